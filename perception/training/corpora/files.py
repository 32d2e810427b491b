"""Folders and tables of corpora, read in a fixed order."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final

from perception.training.errors import TrainingDataMissing

SOUND: Final = (".wav", ".flac", ".ogg", ".opus", ".m4a", ".mp3")
"""Endings of recordings, the truest first."""
FILM: Final = (".mp4", ".mkv", ".mov", ".webm", ".avi", ".flv")
"""Endings of films."""
PICTURE: Final = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
"""Endings of pictures."""


def allow_long_fields() -> None:
    """Some corpora have a whole dialogue, or a picture as digits, in one field of a table."""
    csv.field_size_limit(2**27)


def walk(root: Path, endings: Sequence[str] = ()) -> Iterator[Path]:
    """The files below a folder, sorted folder by folder; hidden ones, and those that macOS adds, are passed over."""
    for folder, below, files in os.walk(root):
        below[:] = sorted(name for name in below if not name.startswith((".", "__MACOSX")))
        for name in sorted(files):
            if not name.startswith(".") and (not endings or name.lower().endswith(tuple(endings))):
                yield Path(folder, name)


def find(root: Path, *names: str) -> Path | None:
    """The file of one of these names that is nearest below a folder; None without one.

    A name may have folders before it: `EmoLabel/labels.txt`.
    """
    for name in names:
        if (direct := root / name).is_file():
            return direct
    wanted = [Path(name).parts for name in names]
    found = [path for path in walk(root) if any(path.parts[-len(parts) :] == parts for parts in wanted)]
    return min(found, key=lambda path: (len(path.parts), path), default=None)


def copies(files: Iterable[Path], key: Callable[[Path], str]) -> dict[str, list[Path]]:
    """Files by what they are called, sorted; of several with one key the truest recording is first."""
    groups: dict[str, list[Path]] = {}
    for path in files:
        groups.setdefault(key(path), []).append(path)
    order = {ending: place for place, ending in enumerate((*SOUND, *FILM))}
    for group in groups.values():
        group.sort(key=lambda path: (order.get(path.suffix.lower(), len(order)), len(path.parts), path))
    return dict(sorted(groups.items()))


def lines(path: Path) -> Iterator[str]:
    """The lines of a text file, whatever its encoding and its line ends.

    Raises:
        TrainingDataMissing: it cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TrainingDataMissing(f"{str(path)!r} cannot be read ({error.strerror}); check it") from error
    yield from _decoded(data).splitlines()


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace")


def records(path: Path, *, delimiter: str = ",", quoted: bool = True) -> Iterator[dict[str, str]]:
    """The rows of a table with a header, packed or not, by column; those too short have empty fields.

    Raises:
        TrainingDataMissing: it cannot be read, or is empty.
    """
    allow_long_fields()
    try:
        with _opened(path) as stream:
            reader = csv.DictReader(
                stream, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE, restval=""
            )
            if not reader.fieldnames:
                raise TrainingDataMissing(f"{str(path)!r} is empty; get it again")
            for record in reader:
                yield {(name or "").strip(): value for name, value in record.items() if name is not None}
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise TrainingDataMissing(f"{str(path)!r} cannot be read ({error}); get it again") from error


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def require(columns: Iterable[str], record: dict[str, str], path: Path) -> None:
    """Do nothing where a table has the columns.

    Raises:
        TrainingDataMissing: one is not there.
    """
    if lacking := [column for column in columns if column not in record]:
        there = ", ".join(map(repr, record))
        raise TrainingDataMissing(f"{str(path)!r} has no column {lacking[0]!r}, but {there}; is it the right file?")
