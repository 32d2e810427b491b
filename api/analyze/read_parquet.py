"""Rows of a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.analyze.plan import AnalyzePlan
from api.analyze.rows import check_columns, felt_text, shown_value
from api.analyze.values import Batch, Position, Row
from api.errors import InputInvalid

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


@dataclass(frozen=True, kw_only=True, slots=True)
class ParquetContent:
    """Columns of a batch."""

    table: pa.Table
    """With the columns of the source."""

    def cells(self) -> Sequence[Sequence[str]]:
        columns = [[shown_value(each) or "" for each in _values(column)] for column in self.table.columns]
        return list(zip(*columns, strict=True))

    def objects(self) -> Sequence[str]:
        import json

        columns = [_values(column) for column in self.table.columns]
        names = self.table.column_names
        return [
            json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=shown_value)
            for row in zip(*columns, strict=True)
        ]

    def arrays(self) -> Sequence[pa.Array]:
        return [column.combine_chunks() for column in self.table.columns]


class ParquetSource:
    """A Parquet file, read a few rows at a time."""

    def __init__(self, plan: AnalyzePlan, file: pq.ParquetFile) -> None:
        self._plan = plan
        self._file = file
        check_columns(plan, self.columns)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self._file.schema_arrow.names)

    @property
    def schema(self) -> pa.Schema:
        """Of the columns."""
        return self._file.schema_arrow

    @property
    def style(self) -> Mapping[str, Any]:
        """Nothing that a CSV file could take over."""
        return {}

    def batches(self, start: Position) -> Iterator[Batch]:
        """Batches from a position on."""
        total = self._file.metadata.num_rows
        at = start.rows
        for table in self._tables(at):
            rows = self._rows(table, at)
            at += len(rows)
            yield Batch(
                rows=rows,
                content=ParquetContent(table=table),
                end=Position(rows=at),
                part=at / total,
            )

    def _tables(self, skip: int) -> Iterator[pa.Table]:
        """Tables of as many rows as a batch has, the last of fewer, after the rows skipped."""
        import pyarrow as pa

        size = self._plan.batch_size
        held = self._file.schema_arrow.empty_table()
        groups, skip = self._from_group(skip)
        for piece in self._file.iter_batches(batch_size=max(size, 1024), row_groups=groups, use_threads=False):
            gone = min(skip, piece.num_rows)
            skip -= gone
            held = pa.concat_tables([held, pa.Table.from_batches([piece.slice(gone)])], promote_options="permissive")
            while held.num_rows >= size:
                yield held.slice(0, size)
                held = held.slice(size)
        if held.num_rows:
            yield held

    def _from_group(self, skip: int) -> tuple[list[int], int]:
        """The row groups from the one that holds a row on, and how many of its rows come before."""
        metadata = self._file.metadata
        first = 0
        while first < metadata.num_row_groups and skip >= metadata.row_group(first).num_rows:
            skip -= metadata.row_group(first).num_rows
            first += 1
        return list(range(first, metadata.num_row_groups)), skip

    def _rows(self, table: pa.Table, before: int) -> list[Row]:
        columns = self._plan.columns
        wanted = {"label": columns.label, "group": columns.group, "time": columns.time}
        extra = {
            what: [shown_value(each) for each in _values(table[name])]
            for what, name in wanted.items()
            if name is not None
        }
        rows = []
        for i, value in enumerate(_values(table[columns.text])):
            words, status, faults = felt_text(value)
            label, group, time = (extra[what][i] if what in extra else None for what in ("label", "group", "time"))
            rows.append(
                Row(
                    number=before + i + 1,
                    text=words,
                    status=status,
                    faults=faults,
                    label=label,
                    group=group,
                    time=time,
                )
            )
        return rows


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Values of Python; times that it cannot hold, such as nanoseconds, as text."""
    import pyarrow as pa

    kind = column.type
    if (pa.types.is_timestamp(kind) or pa.types.is_duration(kind)) and kind.unit == "ns":
        # where pandas is installed pyarrow gives values of its own, which are written otherwise
        column = column.cast(pa.string())
    try:
        found: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        raw = column.cast(pa.binary()).to_pylist()
        found = [None if each is None else each.decode("utf-8", "surrogateescape") for each in raw]
    except (ValueError, OverflowError):
        found = column.cast(pa.string()).to_pylist()
    return found


@contextmanager
def parquet_source(plan: AnalyzePlan) -> Iterator[ParquetSource]:
    """Open a Parquet file.

    Raises:
        InputInvalid: it is none, or lacks a column; wherever in the block it is found damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(plan.source, pre_buffer=False, buffer_size=1 << 16) as file:
            yield ParquetSource(plan, file)
    except pa.ArrowException as error:
        raise InputInvalid(
            f"the input {plan.source.name!r} is no whole Parquet file ({error}); get it again"
        ) from error
