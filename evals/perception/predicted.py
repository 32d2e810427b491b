"""From rows that were perceived to what metrics take."""

from __future__ import annotations

from collections.abc import Sequence

from evals.perception.values import MeasuredRow
from perception import EmotionScores
from perception.metrics import Predictions


def predictions_of(name: str, rows: Sequence[MeasuredRow], cluster: str | None) -> Predictions:
    """What one source said of rows that all have scores of it."""
    return Predictions.of(
        [row.truth for row in rows],
        [scores_of(row, name) for row in rows],
        groups=groups_of(rows, cluster),
        answered=[row.answers[name].stood_by for row in rows],
    )


def groups_of(rows: Sequence[MeasuredRow], cluster: str | None) -> list[str] | None:
    """The group of each row; None where rows are independent."""
    return [row.cells[cluster] or "" for row in rows] if cluster else None


def scores_of(row: MeasuredRow, name: str) -> EmotionScores:
    """The scores of a source that has some."""
    scores = row.answers[name].scores
    assert scores is not None
    return scores
