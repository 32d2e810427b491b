"""Recordings into clips: formats, limits, and everything that is not a recording."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime

import numpy as np
import pytest
import soundfile

from perception import SAMPLE_RATE, MediaError, MediaTooLarge, MediaUnreadable
from perception.media.audio import decode_audio, pcm16_clip
from perception.media.limits import MediaLimits

pytestmark = pytest.mark.unit


def tone(seconds: float = 0.5, rate: int = SAMPLE_RATE, hertz: float = 440.0) -> np.ndarray:
    return (0.4 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def encoded(samples: np.ndarray, rate: int = SAMPLE_RATE, **kind: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, **{"format": "WAV", **kind})
    return file.getvalue()


def by_ffmpeg(samples: np.ndarray, container: str, codec: str, rate: int = 48_000) -> bytes:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="fltp", layout="mono")
        frame.sample_rate = rate
        fifo = av.AudioFifo()
        fifo.write(frame)
        for part in (*fifo.read_many(960 if codec == "libopus" else 1024), None):
            out.mux(stream.encode(part))
    return file.getvalue()


@pytest.mark.parametrize(
    "kind",
    [
        {"format": "WAV", "subtype": "PCM_16"},
        {"format": "WAV", "subtype": "FLOAT"},
        {"format": "FLAC"},
        {"format": "OGG", "subtype": "VORBIS"},
        {"format": "OGG", "subtype": "OPUS"},
        {"format": "MP3"},
    ],
    ids=lambda kind: "-".join(kind.values()),
)
def test_every_format_comes_out_as_the_same_tone(kind: dict[str, str]) -> None:
    clip = decode_audio(encoded(tone(1.0), **kind))
    assert clip.seconds == pytest.approx(1.0, abs=0.1)
    assert np.argmax(np.abs(np.fft.rfft(clip.samples[:SAMPLE_RATE], SAMPLE_RATE))) == pytest.approx(440, abs=2)


@pytest.mark.parametrize(("container", "codec"), [("webm", "libopus"), ("mp4", "aac")])
def test_what_browsers_and_phones_record(container: str, codec: str) -> None:
    clip = decode_audio(by_ffmpeg(tone(1.0, 48_000), container, codec))
    assert clip.seconds == pytest.approx(1.0, abs=0.1)
    assert np.argmax(np.abs(np.fft.rfft(clip.samples[:SAMPLE_RATE], SAMPLE_RATE))) == pytest.approx(440, abs=2)


def test_stereo_at_44_khz_becomes_mono_at_16() -> None:
    left = tone(1.0, 44_100)
    clip = decode_audio(encoded(np.stack([left, np.zeros_like(left)], axis=1), 44_100))
    assert clip.seconds == pytest.approx(1.0, abs=0.001)
    assert np.abs(clip.samples[1000:-1000]).max() == pytest.approx(0.2, abs=0.01)


def test_the_time_of_capture_is_kept() -> None:
    then = datetime(2026, 1, 2, tzinfo=UTC)
    assert decode_audio(encoded(tone()), captured_at=then).captured_at == then
    assert pcm16_clip(b"\0\0", captured_at=then).captured_at == then


def test_too_many_bytes() -> None:
    with pytest.raises(MediaTooLarge, match=r"over the limit of 1,000; send"):
        decode_audio(encoded(tone()), limits=MediaLimits(audio_bytes=1000))


@pytest.mark.parametrize("kind", [{"format": "WAV"}, {"format": "FLAC"}, {"format": "OGG", "subtype": "OPUS"}])
def test_too_many_seconds(kind: dict[str, str]) -> None:
    with pytest.raises(MediaTooLarge, match=r"over the limit of 1 s"):
        decode_audio(encoded(tone(2.0), **kind), limits=MediaLimits(audio_seconds=1.0))


def test_too_many_seconds_of_webm() -> None:
    with pytest.raises(MediaTooLarge, match=r"over the limit of 1 s"):
        decode_audio(by_ffmpeg(tone(2.0, 48_000), "webm", "libopus"), limits=MediaLimits(audio_seconds=1.0))


def test_a_header_that_promises_an_hour_is_refused_before_decoding() -> None:
    data = bytearray(encoded(tone()))
    at = data.index(b"data") + 4
    data[at : at + 4] = (3600 * 32_000).to_bytes(4, "little")
    with pytest.raises(MediaTooLarge, match=r"lasts 3600\.0 s"):
        decode_audio(bytes(data))


def test_a_streamed_wav_of_unknown_size_is_read() -> None:
    data = bytearray(encoded(tone()))
    at = data.index(b"data") + 4
    data[4:8] = data[at : at + 4] = b"\xff\xff\xff\xff"
    assert decode_audio(bytes(data)).seconds == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "cannot be decoded as sound"),
        (b"this is a text, renamed to speech.wav", "cannot be decoded as sound"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", "cannot be decoded as sound"),
        (encoded(tone())[:20], "cannot be decoded as sound"),
        (encoded(tone())[:2000], "the WAV is cut off"),
        (b"RIFF\x24\0\0\0WAVE" + b"\xff" * 200, "cannot be decoded as sound"),
        (encoded(np.zeros(0, dtype=np.float32)), "holds no samples"),
        (b"\x1aE\xdf\xa3" + b"\0" * 100, "cannot be decoded"),
        (by_ffmpeg(tone(1.0, 48_000), "webm", "libopus")[:150], "cannot be decoded|no sound track|no samples"),
    ],
    ids=["nothing", "text", "playlist", "header", "cut", "noise", "empty", "no-webm", "cut-webm"],
)
def test_what_is_no_recording(data: bytes, cause: str) -> None:
    with pytest.raises(MediaUnreadable, match=cause):
        decode_audio(data)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, more of them where headers are than elsewhere; sometimes cut off."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 5, 20))):
        first = chance.choice((0, max(0, len(data) - 900)))
        changed[chance.randrange(first, min(len(data), first + 900))] = chance.choice((0, 255, chance.randrange(256)))
    return bytes(changed[: chance.randrange(1, len(data))] if chance.random() < 0.1 else changed)


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "m4a", "webm"])
def test_damage_is_told_as_unreadable_whatever_the_decoder_trips_over(kind: str) -> None:
    chance = random.Random(f"damaged {kind}")
    if kind in {"m4a", "webm"}:
        container, codec = {"m4a": ("mp4", "aac"), "webm": ("webm", "libopus")}[kind]
        data = by_ffmpeg(tone(0.1, 48_000), container, codec)
    else:
        data = encoded(tone(0.1), format=kind.upper())
    refused = 0
    for _ in range(400):
        try:
            decode_audio(damaged(data, chance))
        except MediaError:
            refused += 1
    assert refused > 20


def test_a_sound_track_of_an_unknown_codec() -> None:
    data = by_ffmpeg(tone(0.1, 48_000), "mp4", "aac")
    with pytest.raises(MediaUnreadable, match="unknown codec"):
        decode_audio(data.replace(b"stsd", b"zzzz"))


@pytest.mark.parametrize("error", [AttributeError("rate"), OverflowError("too large"), MemoryError("2 TB")])
def test_whatever_the_decoder_raises(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise error

    files = (by_ffmpeg(tone(0.1, 48_000), "webm", "libopus"), encoded(tone()))
    monkeypatch.setattr("av.open", fail)
    monkeypatch.setattr("soundfile.SoundFile", fail)
    for data in files:
        with pytest.raises(MediaUnreadable, match="cannot be decoded") as caught:
            decode_audio(data)
        assert caught.value.__cause__ is error


def test_samples_that_are_no_numbers() -> None:
    samples = tone()
    samples[100] = np.nan
    with pytest.raises(MediaUnreadable, match="not finite"):
        decode_audio(encoded(samples, subtype="FLOAT"))


def test_a_rate_nobody_records_at() -> None:
    with pytest.raises(MediaUnreadable, match="100 Hz"):
        decode_audio(encoded(tone(), 100))


def test_loud_float_samples_are_clipped() -> None:
    assert np.abs(decode_audio(encoded(tone() * 5, subtype="FLOAT")).samples).max() == 1.0


def test_raw_samples() -> None:
    clip = pcm16_clip(np.array([0, 16_384, -32_768], dtype="<i2").tobytes())
    assert clip.samples.tolist() == [0.0, 0.5, -1.0]


@pytest.mark.parametrize("data", [b"", b"\0\0\0"])
def test_raw_bytes_that_are_no_samples(data: bytes) -> None:
    with pytest.raises(MediaUnreadable, match="two bytes a sample"):
        pcm16_clip(data)


def test_raw_samples_over_the_limit() -> None:
    with pytest.raises(MediaTooLarge, match=r"lasts 2\.0 s"):
        pcm16_clip(bytes(64_000), limits=MediaLimits(audio_seconds=1.0))
