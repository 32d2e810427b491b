"""The bootstrap of a search: where each resample finds its optimum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.fusion.fitting.rows import Floats, ScoredRows
from perception.fusion.fitting.simplex import Searched, f1_of
from perception.metrics import Interval

_WORSE: Final = 0.05
"""Combinations worse than the best by more than this are not looked at again: no resample makes them the best."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Bootstrap:
    """What each resample found."""

    trusts: Floats
    """Resamples x 3: the best trust of each."""
    best: Floats
    """Resamples: the metric of the trust that is best on all rows."""
    others: Floats
    """Resamples x rivals: the metric of each."""


def bootstrap(
    rows: ScoredRows,
    searched: Searched,
    others: NDArray[np.int8],
    *,
    best: int,
    metric: str,
    resamples: int,
    seed: int,
) -> Bootstrap | None:
    """Draw rows, or whole groups, and search again.

    Args:
        rows: that were searched.
        searched: what every combination answers.
        others: rivals x rows: what they answer.
        best: the combination that is best on all rows.
        metric: `accuracy` or `macro_f1`.
        resamples: how many; none when 0.
        seed: the same seed draws the same.

    Returns:
        None where nothing can be resampled: no resamples are wanted, or all rows are of one group.
    """
    units, counts = _counts(rows, resamples, seed)
    if units < 2 or not resamples:
        return None
    values = getattr(searched, metric)
    near = np.flatnonzero(values >= values[best] - _WORSE)
    predicted = np.concatenate([searched.predicted[near], searched.predicted[best][None], others])
    found = _resampled(predicted, rows.truth, counts, metric)
    among = found[: len(near)]
    # of ties the one nearest to the optimum of all rows, so that ties do not widen the interval
    distance = np.abs(searched.trusts[near] - searched.trusts[best]).sum(axis=1)
    chosen = (among - 1e-9 * distance[:, None]).argmax(axis=0)
    return Bootstrap(trusts=searched.trusts[near][chosen], best=found[len(near)], others=found[len(near) + 1 :].T)


def interval(values: Floats) -> Interval:
    """The middle 95 %."""
    low, high = np.quantile(values, [0.025, 0.975])
    return Interval(low=float(low), high=float(high))


def _counts(rows: ScoredRows, resamples: int, seed: int) -> tuple[int, NDArray[np.float32]]:
    """How often each row is drawn: rows x resamples."""
    random = np.random.default_rng(seed)
    names = np.unique(np.array(rows.groups), return_inverse=True)[1] if rows.groups else np.arange(len(rows))
    units = int(names.max()) + 1
    drawn = random.multinomial(units, np.full(units, 1 / units), size=resamples)
    return units, drawn[:, names].T.astype(np.float32)


def _resampled(
    predicted: NDArray[np.int8], truth: NDArray[np.int64], counts: NDArray[np.float32], metric: str
) -> Floats:
    """Combinations x resamples."""
    if metric == "accuracy":
        return np.asarray((predicted == truth).astype(np.float32) @ counts / counts.sum(axis=0), dtype=np.float64)
    f1, classes = np.zeros((len(predicted), counts.shape[1])), np.zeros(counts.shape[1])
    for emotion in range(len(EMOTIONS)):
        of_it = truth == emotion
        support = counts[of_it].sum(axis=0)
        said = (predicted == emotion).astype(np.float32)
        right, told = said[:, of_it] @ counts[of_it], said @ counts
        f1 += np.where(support > 0, f1_of(right, told, support), 0.0)
        classes += support > 0
    return np.asarray(f1 / classes)
