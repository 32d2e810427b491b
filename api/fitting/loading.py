"""Labelled rows, from wherever a person has them: scores, a manifest of evidence, or a corpus in its layout."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from api.errors import InputInvalid

Json = Mapping[str, Any]
Tell = Callable[[float, str], None]

SPLIT: Final = "dev"
"""Of a corpus with splits of its authors: what may be chosen on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where rows come from."""

    name: str
    """As a report has it."""
    scored: Path | None
    """A file of scores, or None where the senses have to be asked first."""
    rows: tuple[Json, ...]
    """Rows of evidence for the senses; none where there are scores."""
    root: Path
    """Folder that paths in the rows are relative to."""
    group: str | None
    """Column of what rows depend on, where the source knows."""


def find_source(data: Path, *, corpus: str | None, split: str | None, limit: int | None) -> Source:
    """What a path holds.

    Args:
        data: JSON lines, or the folder of a corpus.
        corpus: which layout a folder has; found out when None.
        split: of a corpus: `train`, `dev`, `test` or `all`; `dev` where there is one, when None.
        limit: at most so many rows of evidence, the first.

    Raises:
        InputInvalid: there is no such path, or nothing in it.
        TrainingDataMissing: the folder is in no layout that is known.
    """
    if data.is_dir() or corpus:
        return _corpus(data, corpus, split, limit)
    first = next(iter(_lines(data)), None)
    if first is None:
        raise InputInvalid(f"{str(data)!r} is empty; give rows of scores, a manifest, or the folder of a corpus")
    if "observations" in first:
        return Source(name=data.name, scored=data, rows=(), root=data.parent, group=None)
    rows = tuple(row for place, row in enumerate(_lines(data)) if limit is None or place < limit)
    return Source(name=data.name, scored=None, rows=rows, root=data.parent, group=None)


def read_labels(path: Path, column: str) -> dict[str, str]:
    """Labels by id, out of a manifest.

    Raises:
        InputInvalid: it cannot be read.
    """
    return {str(row["id"]): str(row[column]) for row in _lines(path) if "id" in row and column in row}


def lines_of(path: Path) -> list[str]:
    """The lines of a file.

    Raises:
        InputInvalid: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputInvalid(
            f"cannot read {str(path)!r} ({error}); give JSON lines, or the folder of a corpus"
        ) from error


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file; what is none is left to whoever reads the rows, and counted there."""
    for line in lines_of(path):
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            yield row


def _corpus(data: Path, name: str | None, split: str | None, limit: int | None) -> Source:
    from perception.training.corpora import detect_corpus, load_corpus
    from perception.training.corpora.manifest import manifest_row

    name = name or detect_corpus(data)
    reading = load_corpus(name, data)
    folder = data if data.is_dir() else data.parent
    wanted = list(_of_split(reading.examples, split))
    if not wanted:
        raise InputInvalid(f"{str(data)!r} has no rows of the split {split!r}; --split all takes every one")
    rows = tuple(manifest_row(example, reading.corpus, folder) for example in wanted[:limit])
    grouped = "dialogue" if all(row.get("dialogue") for row in rows) else None
    return Source(name=f"{reading.corpus.title}", scored=None, rows=rows, root=folder, group=grouped)


def _of_split(examples: Iterable[Any], split: str | None) -> Iterator[Any]:
    kept = list(examples)
    if split is None and any(example.split == SPLIT for example in kept):
        split = SPLIT
    return (example for example in kept if split in {None, "all", example.split})
