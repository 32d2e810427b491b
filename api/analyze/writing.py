"""The original columns and ours as bytes, a batch at a time.

The bytes of a batch depend on that batch alone, so that a file which is cut off after any of them can be gone on with.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from api.analyze.plan import AnalyzePlan, Kind, zipped
from api.analyze.reading import Source
from api.analyze.values import DIGITS, Batch, Verdict

_BOM: Final = "\ufeff"


class Encoder(Protocol):
    """How a format is written."""

    def head(self) -> bytes:
        """What stands before the first row."""

    def encode(self, batch: Batch, verdicts: Sequence[Verdict]) -> bytes:
        """A batch."""


def make_encoder(plan: AnalyzePlan, source: Source) -> Encoder:
    """The encoder of the output's format."""
    if plan.out_kind == "parquet":
        from api.analyze.write_parquet import ParquetEncoder

        return ParquetEncoder(source, plan.added)
    encoder: Encoder
    if plan.out_kind == "jsonl":
        encoder = JsonlEncoder(plan.added)
    else:
        encoder = CsvEncoder(plan.out_kind, (*source.columns, *plan.added), source.style)
    return _Zipped(encoder) if zipped(plan.out) else encoder


def finish_part(kind: Kind, part: Path, out: Path) -> None:
    """Make the whole part the output, at once."""
    if kind == "parquet":
        from api.analyze.write_parquet import merge

        merge(part, out)
        part.unlink()
    else:
        part.replace(out)


class CsvEncoder:
    """CSV or TSV, with the delimiter, the line ends and the byte order mark of a source of that kind."""

    def __init__(self, kind: Kind, columns: Sequence[str], style: Mapping[str, Any]) -> None:
        self._columns = columns
        self._bom = bool(style.get("bom"))
        delimiter = "\t" if kind == "tsv" else style.get("delimiter", ",")
        # out of a TSV, the delimiter of a CSV file is the usual one
        self._delimiter: str = "," if kind == "csv" and delimiter == "\t" else delimiter
        self._end: str = style.get("line_end", "\n")

    def head(self) -> bytes:
        return _BOM.encode() * self._bom + self._rows([self._columns])

    def encode(self, batch: Batch, verdicts: Sequence[Verdict]) -> bytes:
        cells = batch.content.cells()
        return self._rows([[*row, *_shown(verdict)] for row, verdict in zip(cells, verdicts, strict=True)])

    def _rows(self, rows: Sequence[Sequence[str]]) -> bytes:
        text = io.StringIO()
        csv.writer(text, delimiter=self._delimiter, lineterminator=self._end).writerows(rows)
        # bytes that were no characters are written as they were
        return text.getvalue().encode("utf-8", "surrogateescape")


def _shown(verdict: Verdict) -> list[str]:
    return [f"{each:.{DIGITS}f}" if isinstance(each, float) else each or "" for each in verdict.values()]


class JsonlEncoder:
    """JSONL: our fields are added to each object as it stood, numbers and spelling untouched."""

    def __init__(self, added: Sequence[str]) -> None:
        self._added = added

    def head(self) -> bytes:
        return b""

    def encode(self, batch: Batch, verdicts: Sequence[Verdict]) -> bytes:
        pairs = zip(batch.content.objects(), verdicts, strict=True)
        return "".join(_extended(text, self._added, verdict) for text, verdict in pairs).encode(
            "utf-8", "surrogateescape"
        )


def _extended(text: str, added: Sequence[str], verdict: Verdict) -> str:
    ours = json.dumps(dict(zip(added, verdict.values(), strict=True)))
    begun = text[:-1].rstrip()
    return f"{begun}{'' if begun.endswith('{') else ', '}{ours[1:]}\n"


class _Zipped:
    """Each batch a member of a gzip file of its own, which together are one."""

    def __init__(self, inner: Encoder) -> None:
        self._inner = inner

    def head(self) -> bytes:
        return _zip(self._inner.head())

    def encode(self, batch: Batch, verdicts: Sequence[Verdict]) -> bytes:
        return _zip(self._inner.encode(batch, verdicts))


def _zip(data: bytes) -> bytes:
    # the time of compression would make every run another
    return gzip.compress(data, compresslevel=6, mtime=0) if data else b""
