"""The answers of an evaluation, row by row, as they are kept for a later comparison: `rows.jsonl`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import RowInvalid
from agent.manifest import numbered_lines, parse_line
from evals.errors import ManifestUnusable
from evals.perception.values import MeasuredRow
from perception import Emotion, EmotionScores

ROWS: Final = "rows.jsonl"
"""Name of the file in the folder of a report."""

REPORT: Final = "report.json"
"""Name of the report beside it."""

DIGITS: Final = 6
"""Of a stored probability."""


class StoredAnswer(BaseModel):
    """What one source said of a row."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    status: str
    """`ok` when it stood by its scores."""
    scores: Annotated[tuple[float, ...], Field(min_length=7, max_length=7)] | None
    """In the order of `Emotion`."""

    def emotions(self) -> EmotionScores | None:
        """The scores.

        Raises:
            ValueError: they are no probabilities.
        """
        return EmotionScores.normalised(self.scores) if self.scores else None


class StoredRow(BaseModel):
    """A row of an earlier evaluation."""

    model_config = ConfigDict(frozen=True)

    id: str | int
    label: Emotion
    answers: Mapping[str, StoredAnswer]


def stored_lines(rows: Sequence[MeasuredRow]) -> Iterator[str]:
    """The lines of `rows.jsonl`, without their ends. Texts are left out: they are in the manifest."""
    for row in rows:
        answers = {
            name: {
                "status": answer.status,
                "scores": rounded(answer.scores) if answer.scores else None,
                "quality": round(answer.quality, 4),
                "latency_ms": round(answer.latency_ms, 3),
                "model": answer.model,
            }
            for name, answer in row.answers.items()
        }
        shown: dict[str, Any] = {"id": row.id, "line": row.line, "label": row.truth.value, **_cells(row)}
        yield json.dumps({**shown, "answers": answers}, ensure_ascii=False)


def rounded(scores: EmotionScores) -> list[float]:
    """The seven probabilities, as they are stored."""
    return [round(p, DIGITS) for p in scores.values]


def _cells(row: MeasuredRow) -> dict[str, Any]:
    return {"columns": dict(row.cells)} if row.cells else {}


def read_stored(report: Path) -> tuple[StoredRow, ...]:
    """The rows of an earlier evaluation.

    Args:
        report: Its report, or the folder of it.

    Raises:
        ManifestUnusable: there are none, or they are not what they should be.
    """
    path = (report.parent if report.is_file() else report) / ROWS
    try:
        with path.open("rb") as file:
            return tuple(_stored(path, number, line) for number, line in numbered_lines(file))
    except OSError as error:
        raise ManifestUnusable(
            f"cannot read the earlier rows {str(path)!r} ({error.strerror}); --compare takes the folder of a report"
        ) from error


def _stored(path: Path, number: int, line: bytes) -> StoredRow:
    try:
        row = StoredRow.model_validate(parse_line(line))
        for answer in row.answers.values():
            answer.emotions()
    except (ValidationError, RowInvalid, ValueError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise ManifestUnusable(
            f"{str(path)!r}, line {number} is no row of an evaluation ({reason}); run the earlier evaluation again"
        ) from error
    return row
