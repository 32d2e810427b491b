"""Rows of a JSONL file, whatever is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, Final

from api.analyze.lines import SKETCH, Line, Lines, opened, part_read
from api.analyze.plan import AnalyzePlan
from api.analyze.rows import check_columns, distinct, felt_text, shown_value, sound
from api.analyze.values import BROKEN, Batch, Fault, Position, Row
from api.errors import InputInvalid

if TYPE_CHECKING:
    import pyarrow as pa

LOOKED_AT: Final = 1000
"""Rows that say which keys there are."""
_BOM: Final = b"\xef\xbb\xbf"

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class JsonlContent:
    """Objects of a batch; None where a line holds none."""

    columns: Sequence[str]
    """Keys of the first rows, which columns of a table are made of."""
    texts: Sequence[str]
    """Each as it stood, or as it was written anew."""
    values: Sequence[Json | None]
    """Each as it was read."""

    def cells(self) -> Sequence[Sequence[str]]:
        return [[_cell((each or {}).get(name)) or "" for name in self.columns] for each in self.values]

    def objects(self) -> Sequence[str]:
        return self.texts

    def arrays(self) -> Sequence[pa.Array]:
        import pyarrow as pa

        return [pa.array([_cell((each or {}).get(name)) for each in self.values], pa.string()) for name in self.columns]


def _cell(value: Any) -> str | None:
    shown = shown_value(value)
    return None if shown is None else sound(shown)


class JsonlSource:
    """A JSONL file: an object in each line."""

    def __init__(self, plan: AnalyzePlan, stream: IO[bytes]) -> None:
        self._plan = plan
        self._stream = stream
        first = stream.read(3)
        if first[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise InputInvalid(f"the input {plan.source.name!r} is UTF-16; save it as UTF-8")
        self._first = Position(offset=3 if first == _BOM else 0)
        self._columns = self._look()

    @property
    def columns(self) -> tuple[str, ...]:
        """Keys of the first rows, in the order they come in."""
        return self._columns

    @property
    def style(self) -> Mapping[str, Any]:
        """Nothing that a CSV file could take over."""
        return {}

    def batches(self, start: Position) -> Iterator[Batch]:
        """Batches from a position on."""
        records = self._records(start if start.offset else self._first)
        while taken := list(islice(records, self._plan.batch_size)):
            content = JsonlContent(
                columns=self._columns,
                texts=[text for _, text, _, _ in taken],
                values=[value for _, _, value, _ in taken],
            )
            end = taken[-1][3]
            yield Batch(
                rows=[row for row, _, _, _ in taken],
                content=content,
                end=end,
                part=part_read(self._stream, end.offset),
            )

    def _records(self, position: Position) -> Iterator[tuple[Row, str, Json | None, Position]]:
        """A row, its object as text and as values, and where the next begins."""
        self._stream.seek(position.offset)
        lines = Lines(self._stream)
        while (line := lines.take()) is not None:
            number, at = position.rows, position.line + 1
            blank = not line.data.strip()
            position = Position(rows=number + (not blank), offset=position.offset + line.size, line=at)
            if not blank:
                row, text, value = self._row(line, number + 1, at)
                yield row, text, value, position

    def _row(self, line: Line, number: int, at: int) -> tuple[Row, str, Json | None]:
        text, value, faults = parse(line, self._plan.encoding)
        if value is None:
            raw = sound(text[:SKETCH])
            return Row(number=number, line=at, status=BROKEN, faults=faults, raw=raw), "{}", None
        columns = self._plan.columns
        words, status, found = felt_text(value.get(columns.text), missing=columns.text not in value)
        extra = {
            what: shown_value(value.get(name))
            for what, name in (("label", columns.label), ("group", columns.group), ("time", columns.time))
            if name is not None
        }
        late = self._late(value)
        row = Row(number=number, line=at, text=words, status=status, faults=distinct(*faults, *late, *found), **extra)
        if not value.keys().isdisjoint(self._plan.added):
            kept = {key: each for key, each in value.items() if key not in self._plan.added}
            return row, json.dumps(kept, ensure_ascii=False), kept
        return row, text, value

    def _late(self, value: Json) -> tuple[Fault, ...]:
        """A key that a table has no column for."""
        if self._plan.out_kind == "jsonl" or value.keys() <= set(self._columns):
            return ()
        key = next(key for key in value if key not in self._columns)
        return (Fault(cause="late_key", detail=repr(key[:60])),)

    def _look(self) -> tuple[str, ...]:
        """The keys of the first rows."""
        self._stream.seek(self._first.offset)
        lines = Lines(self._stream)
        keys: dict[str, None] = {}
        seen = 0
        while seen < LOOKED_AT and (line := lines.take()) is not None:
            if not line.data.strip():
                continue
            seen += 1
            keys.update(dict.fromkeys(parse(line, self._plan.encoding)[1] or ()))
        if not seen:
            raise InputInvalid(f"the input {self._plan.source.name!r} is empty")
        hint = "" if keys else "; each line must be an object: of a JSON array, jq -c '.[]' makes lines"
        check_columns(self._plan, tuple(keys), what=f"keys in the first {seen:,} rows", hint=hint)
        return tuple(keys)


def parse(line: Line, encoding: str) -> tuple[str, Json | None, tuple[Fault, ...]]:
    """A line as text, the object in it or None, and what is wrong.

    Bytes that are no characters do not hinder it: they are kept with `surrogateescape`.
    """
    faults: tuple[Fault, ...] = ()
    try:
        text = line.data.decode(encoding).strip()
    except UnicodeDecodeError:
        text = line.data.decode(encoding, "surrogateescape").strip()
        faults = (Fault(cause="invalid_utf8", detail=f"not {encoding}"),)
    if line.over_long:
        return text, None, (Fault(cause="over_long", detail="over 4 MiB in a line"),)
    try:
        value = json.loads(text)
    # too deep, or an integer of thousands of digits
    except (ValueError, RecursionError) as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
        cause = "nul_byte" if "\0" in text else "invalid_json"
        return text, None, (*faults, Fault(cause=cause, detail=why))
    if not isinstance(value, dict):
        return text, None, (*faults, Fault(cause="not_an_object", detail=f"a {type(value).__name__}"))
    return text, value, faults


@contextmanager
def jsonl_source(plan: AnalyzePlan) -> Iterator[JsonlSource]:
    """Open a JSONL file.

    Raises:
        InputInvalid: it is empty, or lacks a key; wherever in the block its compression is found broken.
    """
    with opened(plan.source) as stream:
        yield JsonlSource(plan, stream)
