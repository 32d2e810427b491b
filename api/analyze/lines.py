"""Physical lines of a file, counted, so that reading can go on from any of them."""

from __future__ import annotations

import gzip
import os
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from api.analyze.plan import zipped
from api.errors import InputInvalid

LONGEST: Final = 4 << 20
"""Bytes of a physical line; what is longer is never held in memory."""
_HEAD: Final = 1 << 16
SKETCH: Final = 1000
"""Characters of a broken row that are kept for a person to look at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A physical line."""

    data: bytes
    """With its end; only the beginning where it is over-long."""
    size: int
    """Bytes it takes in the file."""

    @property
    def over_long(self) -> bool:
        """Whether it is longer than `LONGEST`."""
        return self.size > len(self.data)


class Lines:
    """The physical lines of an open file, from where it stands, some of which may be given back."""

    def __init__(self, stream: IO[bytes], *, end: bytes = b"\n") -> None:
        self._stream = stream
        self.end = end
        """What a line ends in."""
        self._given_back: deque[Line] = deque()
        self._rest = b""

    def take(self) -> Line | None:
        """The next line; None at the end of the file."""
        if self._given_back:
            return self._given_back.popleft()
        data = self._stream.readline(LONGEST + 1) if self.end == b"\n" else self._until_return()
        if not data:
            return None
        if len(data) <= LONGEST:
            return Line(data=data, size=len(data))
        return Line(data=data[:SKETCH], size=len(data) + self._skip(data))

    def give_back(self, lines: list[Line]) -> None:
        """Have these next, before what follows."""
        self._given_back.extendleft(reversed(lines))

    def _skip(self, data: bytes) -> int:
        """Bytes up to the end of the line that began with `data`, read past."""
        skipped = 0
        while data and not data.endswith(self.end):
            data = self._stream.readline(LONGEST) if self.end == b"\n" else self._until_return()
            skipped += len(data)
        return skipped

    def _until_return(self) -> bytes:
        """A line that ends in a carriage return alone, as old spreadsheets write them; at most `LONGEST` + 1 bytes."""
        while b"\r" not in self._rest and len(self._rest) <= LONGEST:
            more = self._stream.read(1 << 16)
            if not more:
                break
            self._rest += more
        cut = self._rest.find(b"\r") + 1 or len(self._rest)
        cut = min(cut, LONGEST + 1)
        line, self._rest = self._rest[:cut], self._rest[cut:]
        return line


def line_end(path: Path) -> bytes:
    """How lines end: in a carriage return where the file begins with no other end, otherwise in a line feed."""
    with opened(path) as stream:
        head = stream.read(_HEAD)
    whole = len(head) < _HEAD
    return b"\r" if b"\n" not in head and b"\r" in (head if whole else head[:-1]) else b"\n"


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The decompressed bytes of a file.

    Raises:
        InputInvalid: its compression is broken; wherever in the block that comes out.
    """
    try:
        stream: Any
        with gzip.open(path, "rb") if zipped(path) else path.open("rb") as stream:
            yield stream
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise InputInvalid(f"the input {path.name!r} is no whole gzip file ({error}); get it again") from error


def part_read(stream: IO[bytes], offset: int) -> float:
    """Part of a file that has been read, in [0, 1].

    Args:
        stream: as `opened` gives it.
        offset: bytes read of it; of a compressed file, how far its compressed bytes were read counts instead.
    """
    size = os.fstat(stream.fileno()).st_size
    compressed: Any = getattr(stream, "fileobj", None)
    done = compressed.tell() if compressed is not None else offset
    return min(1.0, done / size) if size else 1.0
