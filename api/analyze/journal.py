"""What makes a run that was killed go on: a journal beside the output.

While a run lasts, rows are in `OUT.part`, broken rows in `OUT.errors.jsonl.part`, and `OUT.progress.json` says how far
both are good. After each batch both are synced to the disk, then the journal is replaced in one step. Whatever stands
behind the lengths it states is of a batch that was never finished, and is cut off before going on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from api.analyze.values import Position
from api.errors import InputInvalid

FORMAT: Final = 1
HEAD: Final = 1 << 20
"""Bytes of the input that are hashed."""
Stage = Literal["rows", "finishing"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """Everything that a run writes, by the name of its output."""

    out: Path
    """The output."""

    @property
    def part(self) -> Path:
        """Rows so far."""
        return self._beside(".part")

    @property
    def journal(self) -> Path:
        """How far they are good."""
        return self._beside(".progress.json")

    @property
    def errors(self) -> Path:
        """Broken rows."""
        return self._beside(".errors.jsonl")

    @property
    def errors_part(self) -> Path:
        """Broken rows so far."""
        return self._beside(".errors.jsonl.part")

    @property
    def beside(self) -> tuple[Path, ...]:
        """All of them but the output."""
        return (self.part, self.journal, self.errors, self.errors_part)

    def _beside(self, ending: str) -> Path:
        return self.out.with_name(self.out.name + ending)


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """What the journal holds."""

    stage: Stage = "rows"
    """Whether rows are still to be read, or all is done but renaming and the report."""
    position: Position = field(default_factory=Position)
    """Where reading goes on."""
    out_bytes: int = 0
    """Of the part that are good."""
    error_bytes: int = 0
    """Of the broken rows that are good."""
    tally: Mapping[str, Any] = field(default_factory=dict)
    """State of the aggregates."""


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    format: Literal[1]
    input: dict[str, str | int]
    settings: dict[str, str | int | None]
    stage: Stage
    rows: int
    offset: int
    line: int
    out_bytes: int
    error_bytes: int
    tally: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """What must be the same for a run to go on."""

    source: Mapping[str, str | int]
    """Of the input: `name`, `bytes`, `modified_ns`, `sha256_head`."""
    settings: Mapping[str, str | int | None]
    """By the name a person knows them by."""


def fingerprint(path: Path) -> dict[str, str | int]:
    """What tells an input from another without reading all of it."""
    with path.open("rb") as file:
        found = os.fstat(file.fileno())
        head = hashlib.sha256(file.read(HEAD)).hexdigest()
    return {"name": path.name, "bytes": found.st_size, "modified_ns": found.st_mtime_ns, "sha256_head": head}


def load(files: Files, identity: Identity) -> Saved | None:
    """Where to go on; None where there is nothing to go on with.

    Raises:
        InputInvalid: the journal is of another input or of other settings, or is damaged.
    """
    try:
        text = files.journal.read_bytes()
    except FileNotFoundError:
        return None
    try:
        stored = _Stored.model_validate_json(text)
    except ValidationError as error:
        raise InputInvalid(f"cannot go on: {str(files.journal)!r} is damaged; --fresh starts again") from error
    changed = [
        *_changes(_WORDS, stored.input, identity.source),
        *_changes({name: name for name in identity.settings}, stored.settings, identity.settings),
    ]
    if changed:
        raise InputInvalid(
            f"cannot go on with {str(files.part)!r} ({stored.rows:,} rows done): {'; '.join(changed)}. "
            "Put that back as it was, or start again with --fresh"
        )
    _check_lengths(files, stored)
    position = Position(rows=stored.rows, offset=stored.offset, line=stored.line)
    return Saved(
        stage=stored.stage,
        position=position,
        out_bytes=stored.out_bytes,
        error_bytes=stored.error_bytes,
        tally=stored.tally,
    )


_WORDS: Final = {
    "name": "the name of the input",
    "bytes": "the size of the input",
    "modified_ns": "the time the input was last changed",
    "sha256_head": "the beginning of the input",
}


def _changes(words: Mapping[str, str], before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for key, word in words.items():
        if before.get(key) != after[key]:
            told = key not in ("modified_ns", "sha256_head")
            yield f"{word} changed" + (f" from {before.get(key)!r} to {after[key]!r}" if told else "")


def _check_lengths(files: Files, stored: _Stored) -> None:
    if stored.stage == "finishing":
        return
    for path, wanted in ((files.part, stored.out_bytes), (files.errors_part, stored.error_bytes)):
        if (path.stat().st_size if path.exists() else 0) < wanted:
            raise InputInvalid(f"cannot go on: {str(path)!r} is shorter than the journal states; --fresh starts again")


def save(files: Files, identity: Identity, saved: Saved) -> None:
    """Replace the journal in one step, synced to the disk."""
    stored = {
        "format": FORMAT,
        "input": dict(identity.source),
        "settings": dict(identity.settings),
        "stage": saved.stage,
        **saved.position.as_dict(),
        "out_bytes": saved.out_bytes,
        "error_bytes": saved.error_bytes,
        "tally": saved.tally,
    }
    fresh = files.journal.with_name(f".{files.journal.name}.new")
    with fresh.open("wb") as file:
        # escapes, since a text out of the data may hold half of a surrogate pair
        file.write(json.dumps(stored, separators=(",", ":")).encode())
        sync(file)
    fresh.replace(files.journal)


def forget(files: Files) -> None:
    """Remove all that is of an unfinished run."""
    for path in (files.journal, files.part, files.errors_part):
        path.unlink(missing_ok=True)


def sync(file: IO[bytes]) -> None:
    """Have what was written survive a loss of power."""
    file.flush()
    os.fsync(file.fileno())


class Appended:
    """A file that grows by whole batches."""

    def __init__(self, path: Path, keep: int) -> None:
        """Open it, and cut off what is behind the first `keep` bytes."""
        # unbuffered: what a full disk refuses must not be tried again on closing
        self._file = path.open("ab", buffering=0)
        self._file.truncate(keep)
        self.size = keep
        """Bytes it holds."""

    def append(self, data: bytes) -> None:
        """Write at the end, synced to the disk."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        self.size += len(data)
        if data:
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


@contextmanager
def alone(files: Files) -> Iterator[None]:
    """Hold the output: two runs at once would write into each other.

    Raises:
        InputInvalid: another run holds it.
    """
    try:
        import fcntl
    except ImportError:  # Windows has no such lock
        yield
        return
    there = files.part.exists()
    with files.part.open("ab") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputInvalid(f"another attune analyze is writing {str(files.out)!r}; wait for it") from error
        try:
            yield
        finally:
            if not there and not files.journal.exists():
                with suppress(OSError):
                    files.part.unlink(missing_ok=True)
