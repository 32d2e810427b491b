"""The figures of one condition, and how much worse than clean they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.perception.values import Answer
from evals.robustness.hearing import by_status
from evals.robustness.values import CLEAN, HeardRow
from perception import EmotionScores
from perception.metrics import Difference, Figures, Interval, Predictions, compare, measure


@dataclass(frozen=True, kw_only=True, slots=True)
class Drop:
    """By how much a figure falls from clean, on the rows that have scores in both."""

    rows: int
    """How many."""
    points: float
    """Figure of clean less that of the condition, in percentage points: above 0 it is worse."""
    interval: Interval | None
    """95 % interval by a paired bootstrap, in points; None where all rows are one group, or without resamples."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        span = self.interval
        return {
            "rows": self.rows,
            "points": round(self.points, 2),
            "interval": [round(span.low, 2), round(span.high, 2)] if span else None,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """What was found under one condition."""

    name: str
    """As `DEGRADATIONS` has it."""
    asked: int
    """Recordings."""
    statuses: Mapping[str, int]
    """Recordings by status, the commonest first."""
    quality: float
    """Mean of all recordings, in [0, 1]."""
    figures: Figures | None
    """Of the recordings with scores, uncertain ones too; None where there are none."""
    drop: Drop | None
    """Of UAR, from clean; None of clean itself, and where no row has scores in both."""
    accuracy_drop: Drop | None
    """Of accuracy."""

    @property
    def coverage(self) -> float:
        """Part of the recordings the sense stood by, in [0, 1]."""
        return self.statuses.get("ok", 0) / self.asked

    @property
    def scored(self) -> int:
        """Recordings with scores."""
        return self.figures.rows if self.figures else 0

    def share(self, status: str) -> float:
        """Part of the recordings with a status, in [0, 1]."""
        return self.statuses.get(status, 0) / self.asked

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, figures rounded to 4 digits."""
        return {
            "condition": self.name,
            "asked": self.asked,
            "scored": self.scored,
            "coverage": round(self.coverage, 4),
            "statuses": dict(self.statuses),
            "shares": {status: round(self.share(status), 4) for status in self.statuses},
            "quality": round(self.quality, 4),
            "figures": self.figures.as_dict() if self.figures else None,
            "drop": self.drop.as_dict() if self.drop else None,
            "accuracy_drop": self.accuracy_drop.as_dict() if self.accuracy_drop else None,
        }


def measure_condition(name: str, rows: Sequence[HeardRow], *, resamples: int, seed: int) -> Condition:
    """Measure one condition on rows that have an answer under it and under `clean`."""
    answers = [row.answers[name] for row in rows]
    scored = [row for row in rows if row.answers[name].scores is not None]
    drops = _drops(name, scored, resamples, seed)
    return Condition(
        name=name,
        asked=len(rows),
        statuses=by_status(answers),
        quality=sum(answer.quality for answer in answers) / len(rows),
        figures=measure(name, _predictions(name, scored), resamples=resamples, seed=seed) if scored else None,
        drop=drops.get("uar"),
        accuracy_drop=drops.get("accuracy"),
    )


def _drops(name: str, scored: Sequence[HeardRow], resamples: int, seed: int) -> Mapping[str, Drop]:
    """By metric; none of clean itself, and where no row has scores in both."""
    both = [row for row in scored if row.answers[CLEAN].scores is not None]
    if name == CLEAN or not both:
        return {}
    found = compare(
        _predictions(CLEAN, both),
        _predictions(name, both),
        metrics=("uar", "accuracy"),
        resamples=resamples or 1,
        seed=seed,
    )
    return {metric: _drop(each, len(both), resamples) for metric, each in found.differences.items()}


def _drop(found: Difference, rows: int, resamples: int) -> Drop:
    moved = found.interval if resamples else None
    span = Interval(low=_points(moved.high), high=_points(moved.low)) if moved else None
    return Drop(rows=rows, points=_points(found.difference), interval=span)


def _points(gain: float) -> float:
    """What is lost, in percentage points; without the sign that nothing would have."""
    return round(-100 * gain, 6) + 0.0


def _predictions(name: str, rows: Sequence[HeardRow]) -> Predictions:
    known = all(row.group is not None for row in rows)
    return Predictions.of(
        [row.truth for row in rows],
        [_scores(row.answers[name]) for row in rows],
        groups=[row.group or "" for row in rows] if known else None,
        answered=[row.answers[name].stood_by for row in rows],
    )


def _scores(answer: Answer) -> EmotionScores:
    assert answer.scores is not None
    return answer.scores
