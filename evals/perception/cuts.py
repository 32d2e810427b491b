"""The figures of parts of the rows, and how far the parts lie apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from evals.perception.values import FEW, Plan
from perception.metrics import Figures, Interval, Predictions, measure
from perception.metrics.intervals import expanded_percentile
from perception.metrics.resampling import Resampled, draws, units_of
from perception.metrics.values import plain

MOST: Final = 40
"""Values that are shown of a column."""

GAPS: Final = ("accuracy", "uar")
"""Metrics whose gap is told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """The rows with one value."""

    value: str | None
    """None where the rows have none."""
    figures: Figures
    """Of these rows."""
    least: int = FEW
    """Rows below which there are few."""

    @property
    def few(self) -> bool:
        """Whether the rows are too few to say much."""
        return self.figures.rows < self.least

    def as_dict(self) -> dict[str, Any]:
        return {"value": self.value, "few": self.few, **self.figures.as_dict()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """How far the best and the worst part lie apart.

    Both were chosen after looking, so that the more parts there are, the larger the gap is by chance alone. And classes
    are spread differently over the parts: `uar` depends on that less than `accuracy`.
    """

    metric: str
    """A field of `Figures`."""
    best: str | None
    """Value of the part that has most of it."""
    worst: str | None
    """Value of the part that has least of it."""
    difference: float
    """Best minus worst."""
    interval: Interval | None
    """95 % bootstrap interval of the difference of these two parts; None where all rows are one group."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """The rows, cut by a column, or by what is known of them."""

    column: str
    """Name of the column, or of what is known."""
    kind: Literal["column", "known"]
    """Whether the manifest has it, or it was found by perceiving."""
    parts: tuple[Part, ...]
    """Those of a column by size, largest first; those found in their own order."""
    gaps: tuple[Gap, ...]
    """By metric, over the parts of a column that are not few; empty where fewer than two are left."""
    more: int
    """Values that are not shown, because there are too many; their rows are in no part."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, figures rounded to 4 digits."""
        return {
            "column": self.column,
            "kind": self.kind,
            "parts": [part.as_dict() for part in self.parts],
            "gaps": [{str(key): plain(value) for key, value in asdict(gap).items()} for gap in self.gaps],
            "values_not_shown": self.more,
        }


def cut(
    column: str, kind: Literal["column", "known"], predictions: Predictions, values: Sequence[str | None], plan: Plan
) -> Cut:
    """Measure the rows of each value.

    Args:
        column: What the values are of.
        kind: Whether the manifest has it.
        predictions: Of all rows.
        values: Of each row.
        plan: Says how the bootstrap goes.
    """
    counts = Counter(values)
    order = [value for value, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0] or ""))]
    shown = order[:MOST]
    if kind == "known":
        shown.sort(key=_as_range)
    given = np.array(values, dtype=object)
    keeps = {value: np.asarray(given == value, dtype=np.bool_) for value in shown}
    parts = tuple(
        Part(
            value=value,
            figures=measure(value or "", predictions.where(keep), resamples=plan.resamples, seed=plan.seed),
            least=plan.few,
        )
        for value, keep in keeps.items()
    )
    return Cut(
        column=column,
        kind=kind,
        parts=parts,
        gaps=tuple(_gaps(predictions, parts, keeps, plan)) if kind == "column" else (),
        more=len(order) - len(shown),
    )


def quartiles(numbers: Sequence[float]) -> list[str | None]:
    """The quarter each number falls into, as its range: `0.2–0.45`. Fewer than four where many are equal."""
    column = np.asarray(numbers, dtype=np.float64)
    place = np.searchsorted(np.unique(np.quantile(column, (0.25, 0.5, 0.75))), column, side="left")
    names = {where: _range(column[place == where]) for where in np.unique(place).tolist()}
    return [names[where] for where in place.tolist()]


def _range(numbers: NDArray[np.float64]) -> str:
    low, high = f"{numbers.min():.4g}", f"{numbers.max():.4g}"
    return low if low == high else f"{low}–{high}"


def _as_range(value: str | None) -> tuple[float, str]:
    """Ranges by their beginning, the rest by name."""
    try:
        return float((value or "").partition("–")[0]), ""
    except ValueError:
        return 0.0, value or ""


def _gaps(
    predictions: Predictions, parts: Sequence[Part], keeps: Mapping[str | None, NDArray[np.bool_]], plan: Plan
) -> list[Gap]:
    big = [part for part in parts if not part.few]
    if len(big) < 2:
        return []
    gaps = []
    for metric in GAPS:
        best, worst = (choose(big, key=lambda part: getattr(part.figures, metric)) for choose in (max, min))
        gaps.append(
            Gap(
                metric=metric,
                best=best.value,
                worst=worst.value,
                difference=getattr(best.figures, metric) - getattr(worst.figures, metric),
                interval=_interval(predictions, keeps[best.value], keeps[worst.value], metric, plan),
            )
        )
    return gaps


def _interval(
    predictions: Predictions, a: NDArray[np.bool_], b: NDArray[np.bool_], metric: str, plan: Plan
) -> Interval | None:
    """Of the difference between two parts; whole groups are drawn, which both may share."""
    if not plan.resamples or a is b:
        return None
    both = predictions.where(a | b)
    unit, units = units_of(both)
    if units < 2:
        return None
    sides = [Resampled.of(both.where(keep), unit[keep], units) for keep in (a[a | b], b[a | b])]
    found = []
    for drawn in draws(units, len(both), resamples=plan.resamples, seed=plan.seed):
        # a resample may hold no row of a part; its difference is no number, and left out
        with np.errstate(invalid="ignore", divide="ignore"):
            first, second = (side.figures(drawn, (metric,))[metric] for side in sides)
        found.append(first - second)
    moved = np.concatenate(found)
    moved = moved[np.isfinite(moved)]
    return expanded_percentile(moved, units) if len(moved) else None
