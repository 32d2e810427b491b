"""Rows of a CSV or TSV file, whatever is wrong with them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final

from api.analyze.lines import SKETCH, Line, Lines, line_end, opened, part_read
from api.analyze.plan import AnalyzePlan
from api.analyze.rows import check_columns, distinct, felt_text, plural, sound
from api.analyze.values import Batch, Columns, Fault, Position, Row
from api.errors import InputInvalid

if TYPE_CHECKING:
    import pyarrow as pa

FIELD: Final = 1 << 20
"""Characters of a field; what is longer is a fault."""
_BOM: Final = b"\xef\xbb\xbf"
_DELIMITERS: Final = (",", ";", "\t", "|")


class _LineTooLong(Exception):  # noqa: N818  (never leaves this module)
    pass


@dataclass(frozen=True, kw_only=True, slots=True)
class CsvContent:
    """Cells of a batch, as many in each row as there are columns."""

    columns: Sequence[str]
    """Names."""
    rows: Sequence[Sequence[str]]
    """Cells."""

    def cells(self) -> Sequence[Sequence[str]]:
        return self.rows

    def objects(self) -> Sequence[str]:
        pairs = (zip(self.columns, map(sound, row), strict=True) for row in self.rows)
        return [json.dumps(dict(each), ensure_ascii=False) for each in pairs]

    def arrays(self) -> Sequence[pa.Array]:
        import pyarrow as pa

        return [pa.array([sound(row[i]) for row in self.rows], pa.string()) for i in range(len(self.columns))]


class CsvSource:
    """A CSV or TSV file. Bytes that are no UTF-8 are kept as they are, with `surrogateescape`."""

    def __init__(self, plan: AnalyzePlan, stream: IO[bytes], end: bytes) -> None:
        self._plan = plan
        self._stream = stream
        self._end = end
        self._encoding = plan.encoding
        first = stream.read(3)
        self._bom = first == _BOM
        if not self._bom:
            stream.seek(0)
        if first[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise InputInvalid(f"the input {plan.source.name!r} is UTF-16; save it as UTF-8 (in Excel: CSV UTF-8)")
        self._read_header(3 if self._bom else 0)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self._columns

    @property
    def style(self) -> Mapping[str, Any]:
        """How a CSV file like this one is written: `delimiter`, `line_end`, `bom`."""
        return {"delimiter": self._delimiter, "line_end": self._written_end, "bom": self._bom}

    def batches(self, start: Position) -> Iterator[Batch]:
        """Batches from a position on."""
        position = start if start.offset else self._first
        self._stream.seek(position.offset)
        records = _Records(Lines(self._stream, end=self._end), self._encoding, self._delimiter)
        rows: list[Row] = []
        cells: list[list[str]] = []
        for record in records:
            if record.blank:
                position = _after(position, record, rows=0)
                continue
            row, kept = self._row(record, position)
            rows.append(row)
            cells.append(kept)
            position = _after(position, record, rows=1)
            if len(rows) == self._plan.batch_size:
                yield self._batch(rows, cells, position)
                rows, cells = [], []
        if rows:
            yield self._batch(rows, cells, position)

    def _batch(self, rows: list[Row], cells: list[list[str]], end: Position) -> Batch:
        content = CsvContent(columns=self._columns, rows=cells)
        return Batch(rows=rows, content=content, end=end, part=part_read(self._stream, end.offset))

    def _read_header(self, offset: int) -> None:
        start = self._stream.tell()
        found: list[tuple[str, _Record]] = []
        for delimiter in ("\t",) if self._plan.source_kind == "tsv" else _DELIMITERS:
            self._stream.seek(start)
            record = next(iter(_Records(Lines(self._stream, end=self._end), self._encoding, delimiter)), None)
            if record is None or record.cells is None:
                raise InputInvalid(
                    f"the input {self._plan.source.name!r} has no header: it needs a row of column names"
                )
            found.append((delimiter, record))
        named = (each for each in found if self._plan.columns.text in (each[1].cells or ()))
        # spreadsheets write semicolons in half of Europe; the one that makes a column of the words is right
        self._delimiter, header = next(named, max(found, key=lambda each: len(each[1].cells or ())))
        self._columns = tuple(header.cells or ())
        self._written_end = "\r\n" if header.lines[-1].data.endswith(b"\r\n") else "\n"
        self._first = Position(offset=offset + header.size, line=len(header.lines))
        hint = "" if not header.faults else "; they are not UTF-8: is the file --encoding gb18030?"
        check_columns(self._plan, self._columns, hint=hint)
        self._at = _places(self._plan.columns, self._columns)

    def _row(self, record: _Record, before: Position) -> tuple[Row, list[str]]:
        """A row, and the cells that are written of it."""
        number, line = before.rows + 1, before.line + 1
        width = len(self._columns)
        cells, faults = record.cells, list(record.faults)
        if cells is not None and len(cells) > width and not any(cells[width:]):
            cells = cells[:width]
        if cells is not None and len(cells) != width:
            faults.append(Fault(cause="wrong_columns", detail=f"{plural(len(cells), 'column')} instead of {width}"))
        if cells is None or len(cells) != width or record.torn:
            kept = [*(cells or ())[:width], *[""] * (width - len(cells or ()))]
            row = Row(number=number, line=line, status="broken", faults=tuple(faults), raw=record.raw)
            return row, kept
        text, status, found = felt_text(cells[self._at["text"]])
        extra = {what: cells[at] for what, at in self._at.items() if what != "text"}
        merged = distinct(*faults, *found)
        return Row(number=number, line=line, text=text, status=status, faults=merged, **extra), cells


def _places(columns: Columns, names: Sequence[str]) -> Mapping[str, int]:
    wanted = {"text": columns.text, "label": columns.label, "group": columns.group, "time": columns.time}
    return {what: names.index(name) for what, name in wanted.items() if name is not None}


def _after(before: Position, record: _Record, *, rows: int) -> Position:
    return Position(rows=before.rows + rows, offset=before.offset + record.size, line=before.line + len(record.lines))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Record:
    """What was read as one record."""

    lines: Sequence[Line]
    """Physical lines."""
    cells: list[str] | None
    """None where they cannot be told."""
    faults: tuple[Fault, ...] = ()
    """What is wrong with it."""
    torn: bool = False
    """Whether its cells are a guess that its words must not rest on."""

    @property
    def size(self) -> int:
        return sum(line.size for line in self.lines)

    @property
    def blank(self) -> bool:
        return self.cells is not None and not self.cells

    @property
    def raw(self) -> str:
        return b"".join(line.data for line in self.lines)[: 4 * SKETCH].decode("utf-8", "replace")[:SKETCH]


class _Records:
    """Records of a CSV file: strictly read, and mended line by line where that fails.

    A quote that is never closed would make one field of all that follows. So a record over several lines is only taken
    where it is strictly well-formed; of any other its first line alone is broken, and reading goes on with the second.
    """

    def __init__(self, lines: Lines, encoding: str, delimiter: str) -> None:
        self._lines = lines
        self._encoding = encoding
        self._delimiter = delimiter
        self._taken: list[Line] = []
        self._faults: dict[str, Fault] = {}
        self._over_long = False

    def __iter__(self) -> Iterator[_Record]:
        with _field_limit():
            reader = self._reader()
            while True:
                self._taken, self._faults = [], {}
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except (csv.Error, _LineTooLong) as error:
                    # what it had read of the record is lost with it
                    reader = self._reader()
                    yield self._mended(error)
                    continue
                yield _Record(lines=self._taken, cells=cells, faults=tuple(self._faults.values()))

    def _reader(self) -> Any:
        return csv.reader(self._texts(), delimiter=self._delimiter, strict=True)

    def _texts(self) -> Iterator[str]:
        while (line := self._lines.take()) is not None:
            self._taken.append(line)
            if line.over_long:
                raise _LineTooLong
            yield self._decoded(line)

    def _decoded(self, line: Line) -> str:
        data = line.data if self._lines.end == b"\n" else line.data.replace(b"\r", b"\n")
        if b"\0" in data:
            self._faults["nul_byte"] = Fault(cause="nul_byte")
        try:
            return data.decode(self._encoding)
        except UnicodeDecodeError:
            self._faults["invalid_utf8"] = Fault(cause="invalid_utf8", detail=f"not {self._encoding}")
            return data.decode(self._encoding, "surrogateescape")

    def _mended(self, error: Exception) -> _Record:
        first, *others = self._taken
        self._lines.give_back(others)
        self._taken, self._faults = [first], {}
        if first.over_long:
            return _Record(lines=[first], cells=None, faults=(Fault(cause="over_long", detail="over 4 MiB in a line"),))
        text = self._decoded(first)
        if others or "unexpected end" in str(error):
            fault, torn = Fault(cause="unclosed_quote"), True
        elif "field larger" in str(error):
            fault, torn = Fault(cause="over_long", detail=f"over {FIELD:,} characters in a field"), True
        else:
            fault, torn = Fault(cause="stray_quote"), False
        cells = None if fault.cause == "over_long" else self._guessed(text)
        faults = (fault, *self._faults.values())
        return _Record(lines=[first], cells=cells, faults=faults, torn=torn or cells is None)

    def _guessed(self, text: str) -> list[str] | None:
        """The cells of a line by itself, with its quotes taken as they come."""
        try:
            return next(csv.reader([text.rstrip("\r\n").replace("\r", " ")], delimiter=self._delimiter), None)
        except csv.Error:
            return None


@contextmanager
def _field_limit() -> Iterator[None]:
    """The limit is one of the whole process, so it is put back."""
    before = csv.field_size_limit(FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)


@contextmanager
def csv_source(plan: AnalyzePlan) -> Iterator[CsvSource]:
    """Open a CSV or TSV file.

    Raises:
        InputInvalid: it has no header, or lacks a column; wherever in the block its compression is found broken.
    """
    end = line_end(plan.source)
    with opened(plan.source) as stream:
        yield CsvSource(plan, stream, end)
