"""Whether one model is better than another on the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.metrics.intervals import check, expanded_percentile, expanded_tail
from perception.metrics.resampling import Resampled, draws, units_of
from perception.metrics.values import Interval, Predictions, plain

FEW: Final = 25
"""Discordant rows below which McNemar's test is exact."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One metric of two models on the same rows."""

    a: float
    """Of the first model."""
    b: float
    """Of the second."""
    difference: float
    """b - a: above 0 the second model has more of it (of `ece`, `nll`, `brier` and `aurc` less is better)."""
    interval: Interval | None
    """95 % interval of the difference; None where all rows are one group, and of `ece`."""
    p: float | None
    """Two-sided: below 0.05 where the interval leaves out 0; None where there is no interval."""


@dataclass(frozen=True, kw_only=True, slots=True)
class McNemar:
    """McNemar's test that two models are right equally often.

    It takes the rows to be independent: where they come in groups it is too sure of itself, and the intervals of the
    differences are to be believed.
    """

    only_a: int
    """Rows that only the first model has right."""
    only_b: int
    """Rows that only the second has right."""
    exact: bool
    """Whether p is of the binomial distribution, or else of chi-square with continuity correction."""
    p: float
    """Two-sided."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two models on the same rows."""

    rows: int
    """How many."""
    groups: int | None
    """How many speakers or dialogues they come from; None when the rows are independent."""
    differences: Mapping[str, Difference]
    """By metric, a field name of `Figures`."""
    mcnemar: McNemar
    """Of the rows that only one has right."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, figures rounded to 4 digits."""
        return {key: plain(value) for key, value in asdict(self).items()}


def compare(
    a: Predictions,
    b: Predictions,
    *,
    metrics: Sequence[str] = ("accuracy", "uar", "macro_f1"),
    resamples: int = 1000,
    seed: int = 0,
) -> Comparison:
    """Compare two models by a paired bootstrap: each resample draws the same rows, or groups, for both.

    Args:
        a: the first model, such as the one in use.
        b: the second, on the same rows in the same order.
        metrics: names out of `resampling.METRICS`. Of `ece` there is the difference alone: chance raises it, the more
            so the better a model is calibrated, which no resampling undoes. Judge calibration by `nll` or `brier`.
        resamples: of the bootstrap.
        seed: the same seed gives the same intervals.

    Raises:
        ValueError: the truths or the groups differ, so these are not the same rows; or a metric is unknown.
    """
    check(resamples, 0.95, metrics)
    _check_same_rows(a, b)
    # by place, not by what `a` says of a row: swapped, the two models must differ by as much
    unit, units = units_of(a) if a.groups else (np.arange(len(a)), len(a))
    both = [Resampled.of(each, unit, units) for each in (a, b)]
    of_a, of_b = (each.figures(np.ones((1, units)), metrics) for each in both)
    moved = _differences(both, units, metrics, resamples, seed) if units > 1 else {}
    return Comparison(
        rows=len(a),
        groups=None if a.groups is None else units,
        differences={
            metric: _difference(
                float(of_a[metric][0]), float(of_b[metric][0]), None if metric == "ece" else moved.get(metric), units
            )
            for metric in metrics
        },
        mcnemar=mcnemar(int((a.right & ~b.right).sum()), int((b.right & ~a.right).sum())),
    )


def mcnemar(only_a: int, only_b: int) -> McNemar:
    """McNemar's test (1947), of rows that only one of two models has right.

    Exact below 25 such rows, where the approximation by chi-square fails; the correction is Edwards' (1948).
    """
    from scipy.stats import binomtest, chi2

    rows = only_a + only_b
    if rows < FEW:
        p = binomtest(only_a, rows).pvalue if rows else 1.0
    else:
        p = chi2.sf(max(abs(only_a - only_b) - 1, 0) ** 2 / rows, 1)
    return McNemar(only_a=only_a, only_b=only_b, exact=rows < FEW, p=float(p))


def _check_same_rows(a: Predictions, b: Predictions) -> None:
    for what, same in (("truths", np.array_equal(a.truth, b.truth)), ("groups", a.groups == b.groups)):
        if not same:
            raise ValueError(
                f"the {what} of the two models differ ({len(a)} and {len(b)} rows): "
                "a paired comparison needs both to answer the same rows in the same order"
            )


def _differences(
    both: Sequence[Resampled], units: int, metrics: Sequence[str], resamples: int, seed: int
) -> Mapping[str, NDArray[np.float64]]:
    """Of each metric, b - a in each resample."""
    parts: dict[str, list[NDArray[np.float64]]] = {metric: [] for metric in metrics}
    for drawn in draws(units, len(both[0].unit), resamples=resamples, seed=seed):
        a, b = (each.figures(drawn, metrics) for each in both)
        for metric, found in parts.items():
            found.append(b[metric] - a[metric])
    return {metric: np.concatenate(found) for metric, found in parts.items()}


def _difference(a: float, b: float, moved: NDArray[np.float64] | None, units: int) -> Difference:
    interval, p = (None, None) if moved is None else (expanded_percentile(moved, units), two_sided_p(moved, units))
    return Difference(a=a, b=b, difference=b - a, interval=interval, p=p)


def two_sided_p(moved: NDArray[np.float64], units: int) -> float:
    """One less the level at which the expanded percentile interval of a difference just reaches 0.

    Args:
        moved: the difference in each resample.
        units: rows or groups drawn in each, at least 2.
    """
    beyond = min((moved <= 0).sum(), (moved >= 0).sum())
    return min(1.0, 2 * expanded_tail((beyond + 1) / (len(moved) + 1), units))
