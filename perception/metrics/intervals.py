"""Confidence intervals of figures, by the bootstrap.

Rows of one speaker or dialogue resemble each other, so whole groups are drawn where there are groups (the cluster
bootstrap, Davison & Hinkley 1997, section 3.8): drawn row by row, the intervals would promise far too much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from perception.metrics.calibration import ece
from perception.metrics.resampling import METRICS, NOISE, Resampled, draws, units_of
from perception.metrics.values import Interval, Predictions


def intervals(
    predictions: Predictions,
    *,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    metrics: Sequence[str] = METRICS,
) -> Mapping[str, Interval]:
    """Bootstrap interval of each metric, by its field name in `Figures`.

    Args:
        predictions: its `groups` are drawn whole; without groups, rows are drawn.
        resamples: how many; 1,000 give the ends of a 95 % interval to about a twentieth of its length.
        seed: the same seed gives the same intervals.
        level: confidence, in (0, 1).
        metrics: which, of `METRICS`.

    Returns:
        Nothing (an empty mapping) where all rows are one group: how groups differ cannot be told from one.

    Raises:
        ValueError: no resamples, a level outside (0, 1), or an unknown metric.
    """
    check(resamples, level, metrics)
    unit, units = units_of(predictions)
    if units < 2:
        return {}
    statistics = Resampled.of(predictions, unit, units)
    wanted = (*metrics, NOISE) if "ece" in metrics else metrics
    parts = [
        statistics.figures(drawn, wanted) for drawn in draws(units, len(predictions), resamples=resamples, seed=seed)
    ]
    found = {metric: np.concatenate([part[metric] for part in parts]) for metric in wanted}
    return {
        metric: _of_ece(ece(predictions), found["ece"], found[NOISE], units, level)
        if metric == "ece"
        else expanded_percentile(found[metric], units, level)
        for metric in metrics
    }


def _of_ece(
    estimate: float, values: NDArray[np.float64], noise: NDArray[np.float64], units: int, level: float
) -> Interval:
    """The interval of a figure that chance can only raise.

    Resampling adds to the ECE what chance added to the estimate, so a percentile interval of a calibrated model lies
    above the truth altogether. The upper end is therefore moved down by that bias; the lower is mirrored (Davison &
    Hinkley 1997, section 5.2), or 0 where so small an estimate is what chance gives a calibrated model.
    """
    high = expanded_percentile(values, units, level).high
    by_chance = estimate <= expanded_percentile(noise, units, level).high
    return Interval(
        low=0.0 if by_chance else min(estimate, max(0.0, 2 * estimate - high)),
        high=max(estimate, high - (float(values.mean()) - estimate)),
    )


def expanded_percentile(values: NDArray[np.float64], units: int, level: float = 0.95) -> Interval:
    """The percentile interval, lengthened for few units.

    A percentile interval of n units is too short, as a z interval with the divisor n would be. The expanded percentile
    interval (Hesterberg 2015, The American Statistician 69, 371-386) takes the quantiles at which a normal distribution
    has what Student's t of n - 1 degrees and the divisor n - 1 ask for. Simulated with 5 speakers of 20 rows each, it
    held the true accuracy in 90 % of the draws, with 10 and with 30 in 95 %; below five it can hold little.

    Args:
        values: the figure in each resample.
        units: rows or groups drawn in each, at least 2.
        level: confidence, in (0, 1).
    """
    from scipy.stats import norm, t

    tail = norm.cdf(np.sqrt(units / (units - 1)) * t.ppf((1 - level) / 2, units - 1))
    ordered = np.sort(values)
    # ordered values rather than interpolated ones, so that a p value and the interval always say the same
    rank = max(1, int((len(ordered) + 1) * tail))
    return Interval(low=float(ordered[rank - 1]), high=float(ordered[-rank]))


def expanded_tail(tail: float, units: int) -> float:
    """The probability that a tail of the bootstrap stands for: what the expanded percentile interval does, undone.

    Args:
        tail: part of the resamples beyond a value, in (0, 1).
        units: rows or groups drawn in each, at least 2.
    """
    from scipy.stats import norm, t

    return float(t.cdf(norm.ppf(tail) / np.sqrt(units / (units - 1)), units - 1))


def check(resamples: int, level: float, metrics: Sequence[str]) -> None:
    if resamples < 1:
        raise ValueError(f"a bootstrap needs at least 1 resample, got {resamples!r}")
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies in (0, 1), such as 0.95; got {level!r}")
    unknown = [metric for metric in metrics if metric not in METRICS]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no metric that can be resampled; those are {', '.join(METRICS)}")
