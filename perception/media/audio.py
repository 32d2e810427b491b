"""Encoded recordings into `AudioClip`, under limits.

libsndfile reads WAV, FLAC, Ogg (Vorbis, Opus) and MP3; FFmpeg what browsers and phones record (WebM, MP4, M4A).
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.errors import MediaError, MediaTooLarge, MediaUnreadable
from perception.media.limits import MediaLimits
from perception.media.values import SAMPLE_RATE, AudioClip
from perception.observation import now

if TYPE_CHECKING:
    import soundfile

# FFmpeg is told the format, never left to guess it: some formats are playlists that open other files and addresses
_CONTAINERS: Final = ((0, b"\x1aE\xdf\xa3", "matroska"), (4, b"ftyp", "mp4"))
_FORMATS: Final = "WAV, FLAC, Ogg, MP3, WebM or M4A"
_RATES: Final = (4_000, 192_000)
_CHANNELS: Final = 8
# what a writer that cannot seek back leaves in the header of a WAV
_UNKNOWN_SIZE: Final = 0x7FFF_0000
# seconds by which the end of a part may lie behind that of its recording: tables of corpora are rounded
_ROUNDING: Final = 0.1
_DEFAULT: Final = MediaLimits()


def decode_audio(data: bytes, *, limits: MediaLimits = _DEFAULT, captured_at: datetime | None = None) -> AudioClip:
    """Decode a recording of any rate and up to 8 channels into mono at 16 kHz.

    The length is checked against the header before decoding, and again while decoding, since headers lie.

    Raises:
        MediaTooLarge: more bytes or seconds than `limits` allows.
        MediaUnreadable: no sound file, damaged, cut off, empty, or with samples that are no numbers.
    """
    _check_bytes(data, limits)
    container = next((name for at, magic, name in _CONTAINERS if data[at : at + len(magic)] == magic), None)
    samples, rate = _by_ffmpeg(data, container, limits) if container else _by_libsndfile(data, limits)
    return _clip(_resampled(_checked(samples, f"recording of {len(data)} bytes"), rate), captured_at)


def decode_part(
    file: IO[bytes], *, start: float = 0.0, end: float | None = None, limits: MediaLimits = _DEFAULT
) -> AudioClip:
    """Decode a part of a recording, as corpora need it that keep many utterances in one file.

    The limit of seconds holds for the part, not for the recording; in the formats of libsndfile that of bytes does not
    hold at all, since only the part is read.

    Args:
        file: Open for reading at its beginning, and seekable.
        start: Where the part begins, in seconds, at least 0.
        end: Where it ends; the end of the recording when None.
        limits: How much is too much.

    Raises:
        MediaTooLarge: the part lasts longer than `limits` allows.
        MediaUnreadable: as `decode_audio`; or the part lies outside the recording.
    """
    head = file.read(12)
    file.seek(0)
    if any(head[at : at + len(magic)] == magic for at, magic, _ in _CONTAINERS):
        whole = decode_audio(file.read(limits.audio_bytes + 1), limits=limits)
        first, last = _bounds(start, end, len(whole.samples), SAMPLE_RATE)
        return _clip(whole.samples[first:last], None)
    samples, rate = _part_by_libsndfile(file, start, end, limits)
    return _clip(_resampled(_checked(samples, "part of the recording"), rate), None)


def pcm16_clip(data: bytes, *, limits: MediaLimits = _DEFAULT, captured_at: datetime | None = None) -> AudioClip:
    """A clip from raw samples: 16 bits, little-endian, mono, 16 kHz; the payload of the wire's binary frames, joined.

    Raises:
        MediaTooLarge: more bytes or seconds than `limits` allows.
        MediaUnreadable: an odd number of bytes, or none.
    """
    _check_bytes(data, limits)
    if not data or len(data) % 2:
        raise MediaUnreadable(f"PCM16 takes two bytes a sample, got {len(data)} bytes; send whole samples")
    _check_seconds(len(data) / 2 / SAMPLE_RATE, limits)
    return _clip(np.frombuffer(data, dtype="<i2").astype(np.float32) / 32768.0, captured_at)


def _checked(samples: NDArray[np.float32], what: str) -> NDArray[np.float32]:
    if not samples.size:
        raise MediaUnreadable(f"the {what} holds no samples; record again")
    if not np.isfinite(samples).all():
        raise MediaUnreadable("the recording holds samples that are not finite numbers; export it again as 16-bit PCM")
    return samples


def _clip(samples: NDArray[np.float32], captured_at: datetime | None) -> AudioClip:
    return AudioClip(samples=np.clip(samples, -1.0, 1.0, dtype=np.float32), captured_at=captured_at or now())


def _check_bytes(data: bytes, limits: MediaLimits) -> None:
    if len(data) > limits.audio_bytes:
        raise MediaTooLarge(
            f"the recording has {len(data):,} bytes, over the limit of {limits.audio_bytes:,}; "
            "send a shorter one, or a compressed one such as Opus"
        )


def _check_seconds(seconds: float, limits: MediaLimits) -> None:
    if seconds > limits.audio_seconds + 0.01:
        raise MediaTooLarge(
            f"the recording lasts {seconds:.1f} s, over the limit of {limits.audio_seconds:g} s; send a shorter one"
        )


def _by_libsndfile(data: bytes, limits: MediaLimits) -> tuple[NDArray[np.float32], int]:
    import soundfile

    _check_wav(data, limits)
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            _check_shape(file.samplerate, file.channels)
            _check_seconds(file.frames / file.samplerate, limits)
            return _joined(_blocks(file), file.samplerate, limits), file.samplerate
    except MediaError:
        raise
    except Exception as error:  # whatever a decoder trips over, it is the recording that cannot be read
        raise MediaUnreadable(
            f"{len(data)} bytes beginning with {data[:12]!r} cannot be decoded as sound ({error}); send {_FORMATS}"
        ) from error


def _part_by_libsndfile(
    file: IO[bytes], start: float, end: float | None, limits: MediaLimits
) -> tuple[NDArray[np.float32], int]:
    import soundfile

    try:
        with soundfile.SoundFile(file) as sound:
            _check_shape(sound.samplerate, sound.channels)
            first, last = _bounds(start, end, sound.frames, sound.samplerate)
            _check_seconds((last - first) / sound.samplerate, limits)
            sound.seek(first)
            return _joined(_blocks(sound, last - first), sound.samplerate, limits), sound.samplerate
    except MediaError:
        raise
    except Exception as error:  # as with a whole recording
        raise MediaUnreadable(
            f"the part from {start:g} s cannot be decoded as sound ({error}); send {_FORMATS}"
        ) from error


def _bounds(start: float, end: float | None, length: int, rate: int) -> tuple[int, int]:
    """First sample of a part and the one after its last."""
    lasts = length / rate
    if start < 0 or start >= lasts or (end is not None and not start < end <= lasts + _ROUNDING):
        shown = "its end" if end is None else f"{end:g} s"
        raise MediaUnreadable(
            f"the part from {start:g} s to {shown} is not within the recording, which lasts {lasts:.2f} s; "
            "check start and end"
        )
    return round(start * rate), length if end is None else min(length, round(end * rate))


def _check_wav(data: bytes, limits: MediaLimits) -> None:
    """Refuse a WAV that was cut off: libsndfile reads what is there, and says nothing."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return
    at, byte_rate = 12, 0
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"fmt ":
            byte_rate = int.from_bytes(data[at + 16 : at + 20], "little")
        if name == b"data" and size < _UNKNOWN_SIZE:
            _check_seconds(size / byte_rate if byte_rate else 0.0, limits)
            if size > len(data) - at - 8:
                raise MediaUnreadable(
                    f"the WAV is cut off: its header promises {size:,} bytes of samples, {len(data) - at - 8:,} are "
                    "there; send the whole file"
                )
            return
        at += 8 + size + size % 2


def _check_shape(rate: int, channels: int) -> None:
    if not (_RATES[0] <= rate <= _RATES[1] and 1 <= channels <= _CHANNELS):
        raise MediaUnreadable(
            f"the recording has {channels} channels at {rate} Hz; send 1 to {_CHANNELS} channels at "
            f"{_RATES[0]} to {_RATES[1]} Hz"
        )


def _blocks(file: soundfile.SoundFile, frames: int | None = None) -> Iterator[NDArray[np.float32]]:
    """Mono blocks of a second each, of so many frames or of all there are."""
    left = sys.maxsize if frames is None else frames
    while len(block := file.read(min(file.samplerate, left), dtype="float32", always_2d=True)):
        left -= len(block)
        yield block.mean(axis=1)


def _joined(blocks: Iterator[NDArray[np.float32]], rate: int, limits: MediaLimits) -> NDArray[np.float32]:
    kept: list[NDArray[np.float32]] = []
    length = 0
    for block in blocks:
        length += len(block)
        _check_seconds(length / rate, limits)
        kept.append(block)
    return np.concatenate(kept) if kept else np.empty(0, dtype=np.float32)


def _by_ffmpeg(data: bytes, container: str, limits: MediaLimits) -> tuple[NDArray[np.float32], int]:
    import av

    try:
        with av.open(io.BytesIO(data), "r", format=container) as file:
            if not file.streams.audio:
                raise MediaUnreadable(f"the {container} file has no sound track; send {_FORMATS}")
            _check_seconds((file.duration or 0) / av.time_base, limits)
            stream = file.streams.audio[0]
            if stream.codec_context is None:
                raise MediaUnreadable(f"the sound track of the {container} file has an unknown codec; send {_FORMATS}")
            _check_shape(stream.rate, stream.channels)
            return _joined(_decoded(file, stream), SAMPLE_RATE, limits), SAMPLE_RATE
    except MediaError:
        raise
    except Exception as error:  # besides its own errors, PyAV raises attribute, value, overflow and memory errors
        raise MediaUnreadable(f"the {container} file cannot be decoded ({error}); send {_FORMATS}") from error


def _decoded(file: Any, stream: Any) -> Iterator[NDArray[np.float32]]:
    import av

    resampler = av.AudioResampler(format="fltp", layout="mono", rate=SAMPLE_RATE)
    for frame in file.decode(stream):
        for part in resampler.resample(frame):
            yield part.to_ndarray()[0]
    for part in resampler.resample(None):
        yield part.to_ndarray()[0]


def _resampled(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    if rate == SAMPLE_RATE:
        return samples
    import librosa

    resampled: NDArray[np.float32] = librosa.resample(samples, orig_sr=rate, target_sr=SAMPLE_RATE, res_type="soxr_hq")
    return resampled.astype(np.float32, copy=False)
