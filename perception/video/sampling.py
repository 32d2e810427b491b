"""Frames of a video file, evenly over its length, one at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from perception.errors import MediaMissing, MediaTooLarge, MediaUnreadable
from perception.media.limits import MediaLimits
from perception.media.values import Frame
from perception.vision.quiet import quiet_stderr

# containers, told by their first bytes. FFmpeg would also open playlists, which name other files and addresses
_MAGIC: Final = (
    (0, b"\x1aE\xdf\xa3"),  # Matroska, WebM
    (8, b"AVI "),
    (4, b"ftyp"),  # MP4, MOV
    *((4, box) for box in (b"moov", b"mdat", b"wide", b"free", b"skip")),  # older MOV
    (0, b"OggS"),
    (0, b"FLV\x01"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),  # WMV
    (0, b"\x00\x00\x01\xba"),  # MPEG program stream
    (0, b"\x00\x00\x01\xb3"),
    (0, b"G\x40"),  # MPEG transport stream
)
_KNOWN: Final = "MP4, MOV, WebM, MKV, AVI, MPEG, OGV, FLV or WMV"
_RATES: Final = (0.1, 1000.0)
"""Frames a second that can be true."""
_FAR: Final = 24
"""Frames to the next that is wanted, from which a seek is cheaper than decoding all between."""
_LIMITS: Final = MediaLimits()


@dataclass(frozen=True, kw_only=True, slots=True)
class TimedFrame:
    """A picture of a video."""

    at: float
    """Seconds from the video's beginning."""
    frame: Frame
    """The picture."""


def sample_video(path: Path, count: int, *, limits: MediaLimits = _LIMITS) -> Iterator[TimedFrame]:
    """Decode up to `count` frames, each from the middle of an equal part of the video.

    What the file says of its length is not believed before its last frame was seen. One frame is held at a time.

    Args:
        path: the file.
        count: how many, at least 1; a shorter video gives all it has.
        limits: how large a frame may be.

    Yields:
        Frames in the order of time. One that is damaged is left out.

    Raises:
        MediaMissing: the file cannot be opened, or is a folder.
        MediaTooLarge: its frames have more pixels than the limits allow.
        MediaUnreadable: no video in a known format, or none of its frames can be decoded.
    """
    if count < 1:
        raise ValueError(f"a video is sampled at one frame at least, not at {count}")
    _check_file(path)
    with _capture(path, limits) as capture:
        length = _length(capture)
    if length == 0:
        raise MediaUnreadable(f"{path.name}: no frame of the video can be decoded; it is cut off or damaged")
    many = min(count, length)
    yielded = False
    with _capture(path, limits) as capture:
        for timed in _frames(capture, [(2 * part + 1) * length // (2 * many) for part in range(many)]):
            yielded = True
            yield timed
    if not yielded:
        raise MediaUnreadable(f"{path.name}: none of {many} frames can be decoded; the video is damaged")


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MediaMissing(f"cannot read the video {str(path)!r} ({reason.lower()}); check its path") from error
    if not any(head[at : at + len(magic)] == magic for at, magic in _MAGIC):
        told = "is empty" if not head else f"begins with {head[:8]!r}, which is no video in a known format"
        raise MediaUnreadable(f"{path.name}: the file {told}; give {_KNOWN}")


@contextmanager
def _capture(path: Path, limits: MediaLimits) -> Iterator[Any]:
    import cv2

    with _quiet():
        capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        if not capture.isOpened():
            raise MediaUnreadable(f"{path.name}: there is no video stream that can be decoded in it; give {_KNOWN}")
        width, height = (_whole(capture.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        if width * height > limits.image_pixels:
            raise MediaTooLarge(
                f"{path.name}: its frames are {width} x {height}, more than {limits.image_pixels:,} pixels; "
                "give a smaller one"
            )
        yield capture
    finally:
        capture.release()


def _length(capture: Any) -> int:
    """How many frames there really are."""
    import cv2

    claimed = _whole(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    with _quiet():
        if claimed > 0:
            capture.set(cv2.CAP_PROP_POS_FRAMES, claimed - 1)
            if capture.grab() and not capture.grab():
                return claimed
        capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
        counted = 0
        while capture.grab():
            counted += 1
    return counted


def _frames(capture: Any, wanted: list[int]) -> Iterator[TimedFrame]:
    """The frames of some numbers, in rising order."""
    import cv2

    rate = capture.get(cv2.CAP_PROP_FPS)
    next_one = 0
    for number in wanted:
        with _quiet():
            if number - next_one > _FAR:
                capture.set(cv2.CAP_PROP_POS_FRAMES, number)
            else:
                for _ in range(number - next_one):
                    capture.grab()
            clock = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            read, pixels = capture.read()
        next_one = number + 1
        if not read or pixels is None or not pixels.size:
            continue
        at = number / rate if _RATES[0] <= rate <= _RATES[1] else clock
        colours = cv2.COLOR_GRAY2RGB if pixels.ndim == 2 else cv2.COLOR_BGR2RGB
        yield TimedFrame(
            at=max(0.0, at) if math.isfinite(at) else 0.0, frame=Frame(pixels=cv2.cvtColor(pixels, colours))
        )


def _whole(value: float) -> int:
    return int(value) if math.isfinite(value) else 0


def _quiet() -> Any:
    """FFmpeg and OpenCV complain on standard error; what they mean becomes an error of ours."""
    return quiet_stderr("[")
