"""Files of pictures and recordings, named in what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from perception.errors import MediaError, MediaMissing
from perception.media.audio import decode_audio, decode_part
from perception.media.images import decode_image
from perception.media.limits import MediaLimits
from perception.media.values import AudioClip, Frame

# one byte over the limit is enough to refuse a file, however large it is
_LIMITS: Final = MediaLimits()


def read_image(path: Path, *, crop: bool = False) -> Frame:
    """Decode a picture file; `crop` says that it is a face crop already.

    Raises:
        MediaMissing: the file cannot be opened.
        MediaError: it is no picture, damaged, or too large.
    """
    with _opened(path, "picture") as file:
        return decode_image(file.read(_LIMITS.image_bytes + 1), crop=crop)


def read_audio(path: Path, *, start: float | None = None, end: float | None = None) -> AudioClip:
    """Decode a sound file, or the part of it from `start` to `end`, in seconds.

    Raises:
        MediaMissing: the file cannot be opened.
        MediaError: it is no recording, damaged, too long, or has no such part.
    """
    with _opened(path, "recording") as file:
        if start is None and end is None:
            return decode_audio(file.read(_LIMITS.audio_bytes + 1))
        return decode_part(file, start=start or 0.0, end=end)


@contextmanager
def _opened(path: Path, kind: str) -> Iterator[IO[bytes]]:
    """The file; what turns out to be wrong with it is said with its name."""
    with _open(path, kind) as file:
        try:
            yield file
        except MediaError as error:
            raise type(error)(f"{path.name}: {error}") from error
        except OSError as error:
            raise _missing(path, kind, error) from error


def _open(path: Path, kind: str) -> IO[bytes]:
    try:
        return path.open("rb")
    except (OSError, ValueError) as error:  # a path out of a manifest may hold what no path can
        raise _missing(path, kind, error) from error


def _missing(path: Path, kind: str, error: Exception) -> MediaMissing:
    reason = getattr(error, "strerror", None) or str(error)
    return MediaMissing(f"cannot read the {kind} {str(path)!r} ({reason.lower()}); check its path")
