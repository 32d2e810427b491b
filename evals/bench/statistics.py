"""Numbers that stand for many samples.

SciPy's bootstrap would do, but its import takes longer than most benches and would count as theirs.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES: Final = 2000
"""Of a bootstrap."""

_LEVEL: Final = (2.5, 97.5)
_MOST: Final = 500_000


def spread(samples: Floats) -> float:
    """Distance between the quartiles as a part of the median: 0 when all samples are alike."""
    low, middle, high = np.percentile(samples, (25, 50, 75))
    return float((high - low) / middle) if middle else 0.0


def median_interval(samples: Floats) -> tuple[float, float]:
    """95 % bootstrap interval of the median (percentile method, Efron 1979)."""
    low, high = np.percentile(_medians(samples, _draws(len(samples))), _LEVEL)
    return float(low), float(high)


def ratio_interval(first: Floats, second: Floats) -> tuple[float, float]:
    """95 % bootstrap interval of the ratio of two medians.

    Samples taken in turns (as many of each) are drawn together, round by round: what disturbed a round disturbed both.
    """
    rounds = _draws(len(first))
    others = rounds if len(first) == len(second) else _draws(len(second), seed=1)
    low, high = np.percentile(_medians(first, rounds) / _medians(second, others), _LEVEL)
    return float(low), float(high)


def _draws(samples: int, *, seed: int = 0) -> NDArray[np.int64]:
    # of thousands of samples fewer draws do, and memory stays bounded
    resamples = max(200, min(RESAMPLES, _MOST // samples))
    return np.random.default_rng(seed).integers(0, samples, (resamples, samples))


def _medians(samples: Floats, rounds: NDArray[np.int64]) -> Floats:
    return np.asarray(np.median(samples[rounds], axis=1))
