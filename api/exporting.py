"""`attune export`: everything that is kept of a person, into one file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, get_args

from api.cli.progress import Tell, progress
from api.errors import InputInvalid
from api.export_formats import Kind, encoded
from memory import AffectMemory

if TYPE_CHECKING:
    from collections.abc import Iterator

_PARTIAL: Final = ".partial"


@dataclass(kw_only=True, slots=True)
class Written:
    """What an export wrote."""

    rows: dict[str, int] = field(default_factory=dict)
    """How many, by kind."""

    def count(self, kind: str) -> int:
        """Another row of that kind; gives how many there are."""
        self.rows[kind] = self.rows.get(kind, 0) + 1
        return self.rows[kind]


def kind_of(out: Path) -> Kind:
    """The format that the ending of a file asks for.

    Raises:
        InputInvalid: none does.
    """
    for kind in get_args(Kind):
        if out.suffix.lower() == f".{kind}":
            return kind  # type: ignore[no-any-return]
    raise InputInvalid(f"--out={str(out)!r} says no format; let the file end in .jsonl, .csv or .json")


def export_file(database: Path, user_id: str, out: Path, *, since: datetime | None, until: datetime | None) -> Written:
    """Write a file, whole or not at all, that only its owner may read.

    Raises:
        InputInvalid: nobody is called that, the ending of the file says no format, or it cannot be written.
        MemoryStoreError: the database cannot be read.
    """
    kind = kind_of(out)
    _there(database, user_id)
    with progress("turns") as tell, _whole(out) as file:
        return asyncio.run(_write(database, user_id, file, kind, (since, until), tell))


def export_stream(
    database: Path, user_id: str, file: IO[bytes], *, since: datetime | None, until: datetime | None
) -> Written:
    """Write one JSON document to an open file.

    Raises:
        InputInvalid: nobody is called that.
        MemoryStoreError: the database cannot be read.
    """
    _there(database, user_id)
    return asyncio.run(_write(database, user_id, file, "json", (since, until), lambda _part, _now: None))


def export_labelled(database: Path, user_id: str, out: Path | None, stream: IO[bytes]) -> int:
    """Write turns with the emotion that a person said they felt; only those for which they agreed to that.

    Args:
        database: Where from.
        user_id: Whose.
        out: A file ending in .jsonl or .json; None writes a JSON array to the stream.
        stream: Standard output.

    Returns:
        How many.

    Raises:
        InputInvalid: nobody is called that, the ending of the file says another format, or it cannot be written.
        MemoryStoreError: the database cannot be read.
    """
    kind = "json" if out is None else kind_of(out)
    if kind == "csv":
        raise InputInvalid(f"--out={str(out)!r}: labelled turns hold observations; let the file end in .jsonl or .json")
    _there(database, user_id)
    if out is None:
        return asyncio.run(_write_labelled(database, user_id, stream, kind))
    with _whole(out) as file:
        return asyncio.run(_write_labelled(database, user_id, file, kind))


async def _write_labelled(database: Path, user_id: str, file: IO[bytes], kind: Kind) -> int:
    done = Written()
    async with await AffectMemory.open(database) as memory:
        await _known(memory, user_id)
        async with aclosing(memory.labelled(user_id)) as rows:
            counted = ((done.count("label"), row)[1] async for row in rows)
            async for piece in encoded(counted, kind):
                file.write(piece)
    return done.rows.get("label", 0)


def _there(database: Path, user_id: str) -> None:
    # looking must not leave an empty database behind
    if not database.exists():
        raise InputInvalid(f"nobody is called {user_id!r}: there are no conversations yet; begin one with: attune chat")


async def _write(
    database: Path,
    user_id: str,
    file: IO[bytes],
    kind: Kind,
    within: tuple[datetime | None, datetime | None],
    tell: Tell,
) -> Written:
    done = Written()
    async with await AffectMemory.open(database) as memory:
        await _known(memory, user_id)
        total = max(1, await memory.turn_count(user_id))
        async with aclosing(memory.export(user_id, since=within[0], until=within[1])) as rows:
            async for piece in encoded(_counted(rows, done, total, tell), kind):
                file.write(piece)
    return done


async def _counted(
    rows: AsyncIterator[dict[str, Any]], done: Written, total: int, tell: Tell
) -> AsyncIterator[dict[str, Any]]:
    async for row in rows:
        if (number := done.count(row["kind"])) and row["kind"] == "turn":
            tell(min(1.0, number / total), f"{number:,} turns")
        yield row


async def _known(memory: AffectMemory, user_id: str) -> None:
    people = await memory.people()
    if user_id not in people:
        some = ", ".join(repr(name) for name in people[:5]) or "nobody yet"
        raise InputInvalid(f"nobody is called {user_id!r}; in {str(memory.path)!r} there are: {some}")


@contextmanager
def _whole(out: Path) -> Iterator[IO[bytes]]:
    """A file that takes its name when it is whole."""
    partial = out.with_name(f"{out.name}{_PARTIAL}")
    try:
        # what somebody felt is nobody else's business
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123  (of a descriptor)
                yield file
            partial.replace(out)
        finally:
            with suppress(OSError):
                partial.unlink()
    except OSError as error:
        raise InputInvalid(f"cannot write {str(out)!r} ({error.strerror}); choose another --out") from error
