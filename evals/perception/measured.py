"""The figures of one sense, or of all together, over the rows of a manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evals.perception.classes import class_intervals
from evals.perception.curves import curves
from evals.perception.cuts import Cut, cut, quartiles
from evals.perception.predicted import predictions_of, scores_of
from evals.perception.strict import Strict, measure_strictly
from evals.perception.values import FUSED, MeasuredRow, Plan
from perception import Emotion
from perception.metrics import Figures, Interval, Predictions, measure

MISTAKES: Final = 20
"""The most confident ones that a report shows."""

SHOWN: Final = 300
"""Characters of a text that a report shows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mistake:
    """A row that was answered, and wrongly."""

    row: MeasuredRow
    """Which."""
    said: Emotion
    """The answer."""
    confidence: float
    """Its probability, in [0, 1]."""
    truth: float
    """Probability of the label, in [0, 1]."""

    def as_dict(self) -> dict[str, Any]:
        text = self.row.text
        return {
            "id": self.row.id,
            "line": self.row.line,
            "label": self.row.truth.value,
            "answer": self.said.value,
            "confidence": round(self.confidence, 4),
            "label_probability": round(self.truth, 4),
            "text": text if text is None or len(text) <= SHOWN else text[:SHOWN] + "…",
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One sense, or all together."""

    name: str
    """Of the sense, or `FUSED`."""
    asked: int
    """Rows with evidence for it."""
    statuses: Mapping[str, int]
    """Rows by status, the commonest first."""
    models: Mapping[str, int]
    """Rows with scores by model, the commonest first."""
    predictions: Predictions
    """Of the rows with scores; there is at least one."""
    figures: Figures
    """Of the rows with scores, uncertain ones too; `coverage` is the part of them it stood by."""
    class_intervals: Mapping[Emotion, Mapping[str, Interval]]
    """Of `recall`, `precision` and `f1` of each emotion present."""
    strict: Strict
    """Of all rows asked."""
    cuts: tuple[Cut, ...]
    """The figures by the values of columns, and by what is known of each row anyway."""
    mistakes: tuple[Mistake, ...]
    """The most confident ones it stood by."""

    @property
    def answered(self) -> int:
        """Rows it stood by."""
        return self.statuses.get("ok", 0)

    @property
    def coverage(self) -> float:
        """Part of the rows asked that it stood by, in [0, 1]."""
        return self.answered / self.asked

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, figures rounded to 4 digits."""
        return {
            "asked": self.asked,
            "scored": len(self.predictions),
            "answered": self.answered,
            "coverage": round(self.coverage, 4),
            "statuses": dict(self.statuses),
            "models": dict(self.models),
            "figures": self.figures.as_dict(),
            "class_intervals": _plain_intervals(self.class_intervals),
            "silence_is_wrong": self.strict.as_dict(),
            "cuts": [each.as_dict() for each in self.cuts],
            "mistakes": [each.as_dict() for each in self.mistakes],
            "curves": curves(self.predictions),
        }


def measure_source(name: str, rows: Sequence[MeasuredRow], plan: Plan, cluster: str | None) -> Measured | None:
    """Measure one sense, or `FUSED`.

    Returns:
        None where it gave no scores for any row; what it said instead is in its statuses.
    """
    asked = [row for row in rows if name in row.answers]
    scored = [row for row in asked if row.answers[name].scores is not None]
    if not scored:
        return None
    predictions = predictions_of(name, scored, cluster)
    return Measured(
        name=name,
        asked=len(asked),
        statuses=statuses(name, asked),
        models=dict(Counter(row.answers[name].model for row in scored).most_common()),
        predictions=predictions,
        figures=measure(name, predictions, resamples=plan.resamples, seed=plan.seed),
        class_intervals=class_intervals(predictions, resamples=plan.resamples, seed=plan.seed),
        strict=measure_strictly(name, asked, plan, cluster),
        cuts=tuple(_cuts(name, scored, predictions, plan)),
        mistakes=_mistakes(name, scored),
    )


def statuses(name: str, rows: Sequence[MeasuredRow]) -> Mapping[str, int]:
    """Rows by status, the commonest first."""
    return dict(Counter(row.answers[name].status for row in rows if name in row.answers).most_common())


def _cuts(name: str, rows: Sequence[MeasuredRow], predictions: Predictions, plan: Plan) -> list[Cut]:
    """By each column asked for; then by what is known of each row anyway, where that differs between rows."""
    answers = [row.answers[name] for row in rows]
    known: list[tuple[str, list[str | None]]] = [
        ("status", [answer.status for answer in answers]),
        ("model", [answer.model for answer in answers]),
        ("quality", quartiles([answer.quality for answer in answers])),
    ]
    if name == FUSED:
        known = [("reliability", known[2][1])]
    if name == "text":
        known.append(("characters", quartiles([len(row.text or "") for row in rows])))
    if name == "audio":
        known.append(("seconds", quartiles([row.seconds or 0.0 for row in rows])))
    asked = [(column, [row.cells[column] for row in rows]) for column in plan.by]
    told = [cut(column, "column", predictions, values, plan) for column, values in asked]
    found = [cut(title, "known", predictions, values, plan) for title, values in known if len(set(values)) > 1]
    return [*told, *found]


def _mistakes(name: str, rows: Sequence[MeasuredRow]) -> tuple[Mistake, ...]:
    wrong = [
        Mistake(row=row, said=scores.top, confidence=scores.confidence, truth=scores[row.truth])
        for row in rows
        if row.answers[name].stood_by and (scores := scores_of(row, name)).top is not row.truth
    ]
    return tuple(sorted(wrong, key=lambda each: (-each.confidence, each.row.line))[:MISTAKES])


def _plain_intervals(found: Mapping[Emotion, Mapping[str, Interval]]) -> dict[str, Any]:
    return {
        emotion.value: {name: {"low": round(each.low, 4), "high": round(each.high, 4)} for name, each in spans.items()}
        for emotion, spans in found.items()
    }
