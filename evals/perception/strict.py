"""All rows, where silence counts as wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evals.perception.predicted import groups_of, scores_of
from evals.perception.values import MeasuredRow, Plan
from perception import EMOTIONS
from perception.metrics import Interval, Predictions, intervals, uar
from perception.metrics.values import plain


@dataclass(frozen=True, kw_only=True, slots=True)
class Strict:
    """All rows that had evidence, where silence counts as wrong."""

    rows: int
    """How many."""
    right: int
    """Rows whose likeliest emotion is the label and which the sense stood by."""
    uar: float
    """Unweighted average recall, in [0, 1]."""
    intervals: Mapping[str, Interval]
    """Of `accuracy` and `uar`."""

    @property
    def accuracy(self) -> float:
        """In [0, 1]."""
        return self.right / self.rows

    def as_dict(self) -> dict[str, Any]:
        shown = {"rows": self.rows, "right": self.right, "accuracy": self.accuracy, "uar": self.uar}
        spans = {name: {"low": each.low, "high": each.high} for name, each in self.intervals.items()}
        return {str(key): plain(value) for key, value in {**shown, "intervals": spans}.items()}


def measure_strictly(name: str, asked: Sequence[MeasuredRow], plan: Plan, cluster: str | None) -> Strict:
    """Measure all rows that had evidence for a source.

    Only what is right matters for these figures, so a row that is silent or wrong is taken to answer some emotion that
    its label is not.
    """
    right = [row.answers[name].stood_by and scores_of(row, name).top is row.truth for row in asked]
    truth = np.array([EMOTIONS.index(row.truth) for row in asked])
    said = np.where(right, truth, (truth + 1) % len(EMOTIONS))
    groups = groups_of(asked, cluster)
    predictions = Predictions(
        truth=truth, probabilities=np.eye(len(EMOTIONS))[said], groups=tuple(groups) if groups else None
    )
    metrics = ("accuracy", "uar")
    spans = intervals(predictions, resamples=plan.resamples, seed=plan.seed, metrics=metrics) if plan.resamples else {}
    return Strict(rows=len(asked), right=sum(right), uar=uar(predictions), intervals=spans)
