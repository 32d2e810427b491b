"""Media on its way to a turn: collected from binary frames or the message, then decoded under limits."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from api.wire import BinaryFrame, MediaKind, UserMessage, WireError
from perception import SAMPLE_RATE, AudioClip, Frame, MediaError, MediaUnreadable
from perception.media import MediaLimits, decode_image
from perception.media.audio import decode_audio, pcm16_clip

_SAMPLE_BYTES: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Collected:
    """What a turn brings, still encoded."""

    picture: Callable[[], Frame] | None = None
    """Decodes the picture; blocks."""
    recording: Callable[[], AudioClip] | None = None
    """Decodes the recording; blocks."""
    size: int = 0
    """Bytes of both, as they came."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """What a turn brings."""

    frame: Frame | None = None
    """The picture, if there was one that could be read."""
    clip: AudioClip | None = None
    """The recording, likewise."""
    failures: tuple[MediaError, ...] = ()
    """Why one could not."""


async def decode(collected: Collected) -> Decoded:
    """Decode off the event loop; media that cannot be read is left out, with the reason."""
    frame = clip = None
    failures: list[MediaError] = []
    try:
        frame = await asyncio.to_thread(collected.picture) if collected.picture else None
    except MediaError as error:
        failures.append(error)
    try:
        clip = await asyncio.to_thread(collected.recording) if collected.recording else None
    except MediaError as error:
        failures.append(error)
    return Decoded(frame=frame, clip=clip, failures=tuple(failures))


class Inbox:
    """The media of one connection that waits for its message: the latest picture and one recording."""

    def __init__(self, limits: MediaLimits | None = None) -> None:
        """Keep at most what `limits` lets a turn bring."""
        self._limits = limits or MediaLimits()
        self._most = int(self._limits.audio_seconds * SAMPLE_RATE) * _SAMPLE_BYTES
        self._picture: BinaryFrame | None = None
        # one buffer, and no list of frames: a frame of one byte would cost a hundred
        self._samples = bytearray()
        self._began_at: datetime | None = None
        self._recording = False
        self._overflowed = False

    def take(self, frame: BinaryFrame) -> None:
        """Keep a binary frame.

        Raises:
            WireError: `media_too_large`, or `audio_not_started`.
        """
        if frame.kind is MediaKind.PCM16:
            self._take_samples(frame)
        elif len(frame.payload) > self._limits.image_bytes:
            raise WireError(
                "media_too_large",
                f"payload: the picture has {len(frame.payload):,} bytes, over the limit of "
                f"{self._limits.image_bytes:,}; send a smaller one",
                field="payload",
            )
        else:
            self._picture = frame

    def start_recording(self) -> None:
        """Begin a recording; one that was not yet sent is dropped."""
        self._drop_recording()
        self._recording = True

    def end_recording(self) -> None:
        """The recording is whole.

        Raises:
            WireError: `audio_not_started`, or `media_unreadable` where it holds nothing.
        """
        if not self._recording:
            raise _not_started()
        self._recording = False
        if len(self._samples) < _SAMPLE_BYTES and not self._overflowed:
            raise WireError("media_unreadable", "the recording holds no samples; record again")

    def collect(self, message: UserMessage) -> Collected:
        """Hand over the media of a turn, and begin anew. A message ends a recording that is still open."""
        picture, samples, began_at = self._picture, self._samples, self._began_at
        self._picture = None
        self._drop_recording()
        return Collected(
            size=_size(message, picture, samples),
            picture=self._decoder_of_picture(message, picture),
            recording=self._decoder_of_sound(message, samples, began_at),
        )

    def _take_samples(self, frame: BinaryFrame) -> None:
        if self._overflowed and self._recording:
            return  # told once
        if not self._recording:
            raise _not_started()
        if len(self._samples) + len(frame.payload) > self._most:
            self._drop_recording()
            self._recording = self._overflowed = True
            raise WireError(
                "media_too_large",
                f"payload: the recording is over the limit of {self._limits.audio_seconds:g} s and dropped; "
                "send a shorter one",
                field="payload",
            )
        if not self._samples:
            self._began_at = frame.captured_at
        self._samples += frame.payload

    def _drop_recording(self) -> None:
        self._samples, self._began_at = bytearray(), None
        self._recording = self._overflowed = False

    def _decoder_of_picture(self, message: UserMessage, frame: BinaryFrame | None) -> Callable[[], Frame] | None:
        if message.image is not None:
            return partial(self._picture_of, message.image, None, message.crop)
        return partial(self._picture_of, frame.payload, frame.captured_at, message.crop) if frame else None

    def _decoder_of_sound(
        self, message: UserMessage, samples: bytearray, began_at: datetime | None
    ) -> Callable[[], AudioClip] | None:
        if message.audio is not None:
            return partial(self._clip_of, message.audio)
        return partial(self._recorded, samples, began_at) if samples else None

    def _picture_of(self, data: bytes | str, captured_at: datetime | None, crop: bool) -> Frame:
        encoded = data if isinstance(data, bytes) else _from_base64(data, "image")
        return decode_image(encoded, limits=self._limits, captured_at=captured_at, crop=crop)

    def _clip_of(self, data: str) -> AudioClip:
        return decode_audio(_from_base64(data, "audio"), limits=self._limits)

    def _recorded(self, samples: bytearray, began_at: datetime | None) -> AudioClip:
        # half a sample at the end is of a recorder that was stopped in the middle of it
        whole = len(samples) - len(samples) % _SAMPLE_BYTES
        return pcm16_clip(bytes(samples[:whole]), limits=self._limits, captured_at=began_at)


def _size(message: UserMessage, picture: BinaryFrame | None, samples: bytearray) -> int:
    inline = sum(len(given) for given in (message.image, message.audio) if given is not None)
    return inline + len(samples) + (len(picture.payload) if picture else 0)


def _not_started() -> WireError:
    return WireError("audio_not_started", "no recording has begun; send user.audio.start first")


def _from_base64(text: str, field: str) -> bytes:
    encoded = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MediaUnreadable(f"{field}: {text[:24]!r}… is not base64 ({error}); encode the file's bytes") from error
