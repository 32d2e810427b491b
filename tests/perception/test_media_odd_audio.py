"""Odd recordings at the audio door: decoded as they should be, or refused with a reason, in bounded memory."""

from __future__ import annotations

import io
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from perception import SAMPLE_RATE, AudioClip, MediaError, MediaTooLarge, MediaUnreadable
from perception.media import MediaLimits, decode_audio, read_audio

pytestmark = pytest.mark.unit

HOURS = 2 * 3600
Samples = NDArray[np.float64]


def tone(seconds: float = 0.5, rate: int = SAMPLE_RATE) -> Samples:
    return 0.4 * np.sin(2 * np.pi * 440.0 * np.arange(int(seconds * rate)) / rate)


def wav(samples: Samples, rate: int = SAMPLE_RATE, subtype: str = "PCM_16") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype=subtype)
    return file.getvalue()


def by_pyav(container: str, codec: str, rate: int) -> bytes:
    import av

    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg has no {codec}")
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone(1.0, rate).astype(np.float32)[None, :], format="fltp", layout="mono")
        frame.sample_rate = rate
        fifo = av.AudioFifo()
        fifo.write(frame)
        for part in (*fifo.read_many(960 if codec == "libopus" else 1024), None):
            out.mux(stream.encode(part))
    return file.getvalue()


def is_the_tone(clip: AudioClip) -> bool:
    assert clip.samples.dtype == np.float32
    spectrum = np.abs(np.fft.rfft(clip.samples, SAMPLE_RATE))
    return abs(int(np.argmax(spectrum)) - 440) <= 3


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"])
def test_every_depth_is_the_same_sound(subtype: str) -> None:
    clip = decode_audio(wav(tone(), subtype=subtype))
    assert is_the_tone(clip)
    assert np.abs(clip.samples).max() == pytest.approx(0.4, abs=0.02)
    assert len(clip.samples) == SAMPLE_RATE // 2


@pytest.mark.parametrize("rate", [4_000, 8_000, 11_025, 44_100, 96_000, 192_000])
def test_every_rate_is_the_same_sound(rate: int) -> None:
    clip = decode_audio(wav(tone(rate=rate), rate))
    assert is_the_tone(clip)
    assert clip.seconds == pytest.approx(0.5, abs=0.01)


def test_six_channels_become_one() -> None:
    clip = decode_audio(wav(np.stack([tone()] * 6, axis=1)))
    assert clip.samples.ndim == 1
    assert is_the_tone(clip)


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [
        ("mp3", "libmp3lame", 44_100),
        ("flac", "flac", 44_100),
        ("ogg", "libopus", 48_000),
        ("ogg", "libvorbis", 44_100),
        ("webm", "libopus", 48_000),
        ("ipod", "aac", 44_100),
    ],
)
def test_what_ffmpeg_writes(container: str, codec: str, rate: int) -> None:
    if codec == "flac":
        # its samples are whole numbers, and soundfile writes it too
        file = io.BytesIO()
        soundfile.write(file, tone(1.0, rate), rate, format="FLAC", subtype="PCM_24")
        clip = decode_audio(file.getvalue())
    else:
        clip = decode_audio(by_pyav(container, codec, rate))
    assert is_the_tone(clip)
    assert clip.seconds == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_no_samples_are_refused(subtype: str) -> None:
    with pytest.raises(MediaUnreadable, match="no samples"):
        decode_audio(wav(np.zeros(0), subtype=subtype))


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
@pytest.mark.parametrize("rate", [SAMPLE_RATE, 44_100])
def test_samples_that_are_no_numbers_are_refused(odd: float, subtype: str, rate: int) -> None:
    samples = tone(rate=rate)
    samples[100] = odd
    with pytest.raises(MediaUnreadable, match="not finite"):
        decode_audio(wav(samples, rate, subtype))


def test_numbers_beyond_full_scale_are_cut_off() -> None:
    samples = tone()
    samples[100] = 1e30
    assert np.abs(decode_audio(wav(samples, subtype="DOUBLE")).samples).max() == 1.0


def test_numbers_beyond_single_precision_are_refused() -> None:
    samples = tone()
    samples[100] = 1e300
    with pytest.raises(MediaUnreadable, match="not finite"):
        decode_audio(wav(samples, subtype="DOUBLE"))


def test_a_twentieth_of_a_second_is_decoded() -> None:
    assert decode_audio(wav(tone(0.05))).seconds == pytest.approx(0.05)
    assert len(decode_audio(wav(np.full(1, 0.5), 48_000)).samples) <= 1


@pytest.mark.parametrize("samples", [np.full(8000, 0.5), np.sign(tone() + 1e-9), np.zeros(8000)])
def test_constants_squares_and_silence_are_decoded_as_they_are(samples: Samples) -> None:
    clip = decode_audio(wav(samples))
    assert np.allclose(clip.samples, samples, atol=1e-3)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hours at 8 kHz and 8 bits: 58 MB, on disk a hole."""
    path = tmp_path_factory.mktemp("long") / "long.wav"
    length = HOURS * 8_000
    header = b"RIFF" + struct.pack("<I", 36 + length) + b"WAVEfmt "
    header += struct.pack("<IHHIIHH", 16, 1, 1, 8_000, 8_000, 1, 8) + b"data" + struct.pack("<I", length)
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + length)
    return path


class TestTwoHours:
    def test_they_are_refused_before_they_are_in_memory(self, long: Path) -> None:
        tracemalloc.start()
        try:
            with pytest.raises(MediaTooLarge, match=r"long\.wav.*limit of 25,000,000"):
                read_audio(long)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 30_000_000

    def test_a_part_of_them_is_read(self, long: Path) -> None:
        tracemalloc.start()
        try:
            clip = read_audio(long, start=3600.0, end=3602.0)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert clip.seconds == pytest.approx(2.0)
        assert peak < 20_000_000

    def test_the_rest_of_them_is_too_long(self, long: Path) -> None:
        with pytest.raises(MediaTooLarge, match="limit of 120 s"):
            read_audio(long, start=10.0)

    def test_a_small_file_that_unfolds_into_them_is_refused(self) -> None:
        file = io.BytesIO()
        with soundfile.SoundFile(file, "w", 4_000, 1, format="FLAC", subtype="PCM_S8") as sound:
            for _ in range(HOURS // 600):
                sound.write(np.zeros(600 * 4_000, dtype=np.int16))
        assert len(file.getvalue()) < 1_000_000
        with pytest.raises(MediaTooLarge, match="lasts 7200"):
            decode_audio(file.getvalue())


class TestHeadersThatLie:
    def test_more_seconds_than_there_are(self) -> None:
        data = bytearray(wav(tone()))
        data[40:44] = struct.pack("<I", HOURS * SAMPLE_RATE * 2)
        with pytest.raises(MediaTooLarge, match="limit of 120 s"):
            decode_audio(bytes(data))

    def test_somewhat_more_than_there_is(self) -> None:
        data = bytearray(wav(tone()))
        data[40:44] = struct.pack("<I", 32_000)
        with pytest.raises(MediaUnreadable, match="cut off"):
            decode_audio(bytes(data))

    def test_fewer_seconds_than_there_are(self) -> None:
        """What follows the samples that were promised is no sound."""
        data = bytearray(wav(tone(1.0)))
        data[40:44] = struct.pack("<I", 16_000)
        assert decode_audio(bytes(data)).seconds == pytest.approx(0.5)

    @pytest.mark.parametrize(("at", "value"), [(22, 0), (22, 65_535), (24, 0), (24, 1), (32, 0), (34, 0), (34, 5)])
    def test_formats_that_cannot_be(self, at: int, value: int) -> None:
        data = bytearray(wav(tone()))
        data[at : at + 2] = struct.pack("<H", value)
        if at == 24:
            data[26:28] = b"\0\0"
        try:
            clip = decode_audio(bytes(data))
        except MediaError:
            return
        assert np.isfinite(clip.samples).all()

    def test_a_name_that_lies(self, tmp_path: Path) -> None:
        path = tmp_path / "voice.mp3"
        path.write_bytes(wav(tone()))
        assert is_the_tone(read_audio(path))

    def test_the_limit_holds_while_decoding_too(self) -> None:
        data = bytearray(wav(tone(3.0)))
        data[40:44] = b"\xff\xff\xff\xff"
        with pytest.raises(MediaTooLarge):
            decode_audio(bytes(data), limits=MediaLimits(audio_seconds=1.0))
