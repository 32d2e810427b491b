"""The source of rows, by its format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from api.analyze.plan import AnalyzePlan
from api.analyze.values import Batch, Position


class Source(Protocol):
    """A table that is read batch by batch, a few at a time in memory."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the original columns."""

    @property
    def style(self) -> Mapping[str, Any]:
        """What a CSV file written from it takes over: `delimiter`, `line_end`, `bom`."""

    def batches(self, start: Position) -> Iterator[Batch]:
        """Batches from a position on; the same as if they were read from the beginning."""


def open_source(plan: AnalyzePlan) -> AbstractContextManager[Source]:
    """The source of a plan.

    Raises:
        InputInvalid: on entering, or wherever in the block, the input is found to be unreadable as a whole.
    """
    if plan.source_kind == "jsonl":
        from api.analyze.read_jsonl import jsonl_source

        return jsonl_source(plan)
    if plan.source_kind == "parquet":
        from api.analyze.read_parquet import parquet_source

        return parquet_source(plan)
    from api.analyze.read_csv import csv_source

    return csv_source(plan)
