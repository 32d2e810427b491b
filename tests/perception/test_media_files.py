"""Files of pictures and recordings, and parts of recordings."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from perception import SAMPLE_RATE, MediaError, MediaMissing, MediaTooLarge, MediaUnreadable
from perception.media import MediaLimits, decode_part, read_audio, read_image

pytestmark = pytest.mark.unit

STEPS = (0.1, 0.2, 0.3, 0.4)


def staircase(path: Path, rate: int = SAMPLE_RATE, **kind: str) -> Path:
    """Four seconds, each louder than the one before, in two channels."""
    mono = np.repeat(STEPS, rate).astype(np.float32)
    soundfile.write(path, np.stack([mono, mono], axis=1), rate, **kind)
    return path


def test_a_picture(tmp_path: Path) -> None:
    Image.new("RGB", (8, 6), (200, 10, 10)).save(tmp_path / "red.png")
    frame = read_image(tmp_path / "red.png", crop=True)
    assert frame.pixels.shape == (6, 8, 3)
    assert frame.crop


@pytest.mark.parametrize(("name", "rate"), [("s.wav", SAMPLE_RATE), ("s.flac", 44_100), ("s.wav", 8_000)])
@pytest.mark.parametrize("second", range(4))
def test_a_part_of_a_recording(tmp_path: Path, name: str, rate: int, second: int) -> None:
    clip = read_audio(staircase(tmp_path / name, rate), start=second, end=second + 1)
    assert clip.seconds == pytest.approx(1.0, abs=0.001)
    assert float(np.median(clip.samples)) == pytest.approx(STEPS[second], abs=0.01)


def test_a_part_of_an_opus_file_as_corpora_keep_them(tmp_path: Path) -> None:
    rate = SAMPLE_RATE
    tones = [np.sin(2 * np.pi * hertz * np.arange(rate) / rate) * 0.4 for hertz in (300, 600, 900)]
    soundfile.write(tmp_path / "s.opus", np.concatenate(tones), rate, format="OGG", subtype="OPUS")
    clip = read_audio(tmp_path / "s.opus", start=1.0, end=2.0)
    assert np.argmax(np.abs(np.fft.rfft(clip.samples, rate))) == pytest.approx(600, abs=2)


def test_a_part_of_a_container_that_ffmpeg_reads(tmp_path: Path) -> None:
    import av

    samples = np.repeat(STEPS, 48_000).astype(np.float32) * np.sin(np.arange(4 * 48_000) / 20).astype(np.float32)
    with av.open(str(tmp_path / "s.webm"), "w") as out:
        stream = out.add_stream("libopus", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="fltp", layout="mono")
        frame.sample_rate = 48_000
        fifo = av.AudioFifo()
        fifo.write(frame)
        for part in (*fifo.read_many(960), None):
            out.mux(stream.encode(part))
    loud = read_audio(tmp_path / "s.webm", start=3.0)
    soft = read_audio(tmp_path / "s.webm", end=1.0)
    assert np.abs(loud.samples).mean() > 2 * np.abs(soft.samples).mean()
    assert soft.seconds == 1.0


def test_open_ends(tmp_path: Path) -> None:
    path = staircase(tmp_path / "s.wav")
    assert read_audio(path).seconds == 4.0
    assert read_audio(path, start=2.5).seconds == 1.5
    assert read_audio(path, end=1.5).seconds == 1.5
    assert read_audio(path, start=3.0, end=4.05).seconds == 1.0, "tables of corpora are rounded"


@pytest.mark.parametrize(("start", "end"), [(4.0, None), (9.0, 10.0), (0.0, 5.0), (2.0, 2.0), (3.0, 1.0), (-1.0, 1.0)])
def test_a_part_that_the_recording_does_not_have(tmp_path: Path, start: float, end: float | None) -> None:
    with pytest.raises(MediaUnreadable, match=r"s\.wav: the part from .*lasts 4\.00 s"):
        read_audio(staircase(tmp_path / "s.wav"), start=start, end=end)


def test_the_limit_of_seconds_holds_for_the_part(tmp_path: Path) -> None:
    limits = MediaLimits(audio_seconds=2.0, audio_bytes=10)
    data = staircase(tmp_path / "s.wav").read_bytes()
    assert decode_part(io.BytesIO(data), start=1.0, end=3.0, limits=limits).seconds == 2.0
    with pytest.raises(MediaTooLarge, match="lasts"):
        decode_part(io.BytesIO(data), start=1.0, limits=limits)


@pytest.mark.parametrize("read", [read_audio, read_image])
def test_a_file_that_cannot_be_opened(tmp_path: Path, read: object) -> None:
    for path in (tmp_path / "nowhere", tmp_path, tmp_path / "a\0b"):
        with pytest.raises(MediaMissing, match="check its path") as caught:
            read(path)  # type: ignore[operator]
        assert isinstance(caught.value, MediaError)


@pytest.mark.parametrize("data", [b"", b"RIFF\x24\x00\x00\x00WAVEfmt garbage", b"hello", bytes(100)])
def test_a_file_that_is_no_recording_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "odd.wav").write_bytes(data)
    for options in ({}, {"start": 0.0, "end": 1.0}):
        with pytest.raises(MediaUnreadable, match=r"^odd\.wav: "):
            read_audio(tmp_path / "odd.wav", **options)  # type: ignore[arg-type]
