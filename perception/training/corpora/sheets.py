"""Tables that people keep: CSV, TSV and JSON lines, packed or not."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from perception.training.corpora.files import allow_long_fields, walk
from perception.training.corpora.official import official
from perception.training.errors import TrainingDataMissing

ENDINGS: Final = (".csv", ".tsv", ".jsonl", ".ndjson")

Record = Mapping[str, Any]


def kind_of(path: Path) -> str:
    """The ending that says how a table is written, without that of a packed file."""
    return Path(path.name.removesuffix(".gz")).suffix.lower()


def sheets_of(root: Path) -> dict[Path, str | None]:
    """The tables in a folder, each with the split its name speaks of; or the one table that the root is.

    Raises:
        TrainingDataMissing: there is none, or there are several that are no splits of each other.
    """
    if root.is_file():
        return {root: None}
    tables = [path for path in walk(root) if path.parent == root and kind_of(path) in ENDINGS]
    if not tables:
        raise TrainingDataMissing(f"no table in {str(root)!r}; it needs one that ends in {', '.join(ENDINGS)}")
    splits = {path: _split_of(path) for path in tables}
    parts = {path: split for path, split in splits.items() if split}
    if len(tables) > 1 and len(set(parts.values())) < len(tables):
        names = ", ".join(path.name for path in tables)
        raise TrainingDataMissing(f"several tables in {str(root)!r} ({names}); pass the one that is meant")
    return dict(splits)


def _split_of(path: Path) -> str | None:
    """`train.csv`, `train_data.csv` and `my-train.csv` are all the training split."""
    words = path.name.partition(".")[0].replace("-", "_").split("_")
    return official(words[0]) or official(words[-1])


def sheet(path: Path) -> Iterator[Record | None]:
    """The rows of a table by column; None for one that cannot be read.

    Raises:
        TrainingDataMissing: the whole table cannot be read.
    """
    allow_long_fields()
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as stream:
            match kind_of(path):
                case ".jsonl" | ".ndjson":
                    yield from (_parsed(line) for line in stream if line.strip())
                case ".tsv":
                    yield from map(_unquoted, csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
                case _:
                    head = stream.readline()
                    stream.seek(0)
                    delimiter = max(",;\t", key=head.count)
                    yield from (_known(row) for row in csv.DictReader(stream, delimiter=delimiter))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise TrainingDataMissing(f"{str(path)!r} cannot be read ({error}); write it as UTF-8") from error


def _parsed(line: str) -> Record | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _known(row: Mapping[str | None, Any]) -> Record:
    """Without the fields that are beyond the header, or that a short row lacks."""
    return {name.strip(): value for name, value in row.items() if name is not None and value is not None}


def _unquoted(row: Mapping[str | None, Any]) -> Record:
    """Some programs quote fields of a TSV, others write quotation marks as they are; a quoted field shows it is."""
    return {name: _plain(value) for name, value in _known(row).items()}


def _plain(field: str) -> str:
    inner = field[1:-1]
    quoted = len(field) > 1 and field[0] == field[-1] == '"' and '"' not in inner.replace('""', "")
    return inner.replace('""', '"') if quoted else field
