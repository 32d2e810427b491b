"""Whether a probability means what it says.

Own code where scikit-learn has nothing: netcal and torchmetrics, which have calibration errors, need PyTorch, and
figures are also measured where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.metrics.values import Predictions

BINS: Final = 15
"""As in Guo et al. (2017)."""
_LEAST: Final = 1e-12
"""Probability below which a truth costs no more (27.6 nats), so that one impossible row does not decide a figure."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reliability:
    """Confidence against accuracy, in bins of equal width."""

    edges: NDArray[np.float64]
    """Bins + 1 edges from 0 to 1; a bin holds its upper edge, not its lower."""
    confidence: NDArray[np.float64]
    """Mean confidence of the rows in each bin; NaN where there are none."""
    accuracy: NDArray[np.float64]
    """Part of them that are right; NaN where there are none."""
    count: NDArray[np.int64]
    """How many rows."""

    @property
    def ece(self) -> float:
        """Expected calibration error, in [0, 1]: the mean distance, weighted by rows."""
        full = self.count > 0
        gaps = np.abs(self.accuracy[full] - self.confidence[full])
        return float(np.average(gaps, weights=self.count[full]))


def bin_of(confidence: NDArray[np.float64], bins: int = BINS) -> NDArray[np.int64]:
    """The bin of each row, 0 to bins - 1: confidence in (bin / bins, (bin + 1) / bins]."""
    return np.digitize(confidence, np.linspace(0, 1, bins + 1)[1:-1], right=True).astype(np.int64)


def reliability(predictions: Predictions, bins: int = BINS) -> Reliability:
    """The reliability curve of the likeliest class (Guo et al. 2017, ICML, section 2).

    Raises:
        ValueError: fewer than one bin.
    """
    if bins < 1:
        raise ValueError(f"reliability needs at least 1 bin, got {bins!r}")
    where = bin_of(predictions.confidence, bins)
    count = np.bincount(where, minlength=bins)
    some = np.where(count > 0, count, np.nan)
    return Reliability(
        edges=np.linspace(0, 1, bins + 1),
        confidence=np.bincount(where, predictions.confidence, minlength=bins) / some,
        accuracy=np.bincount(where, predictions.right, minlength=bins) / some,
        count=count.astype(np.int64),
    )


def ece(predictions: Predictions, bins: int = BINS) -> float:
    """Expected calibration error, in [0, 1] (Naeini et al. 2015, AAAI; Guo et al. 2017, ICML).

    It is biased upwards on few rows: even a perfectly calibrated model shows some.
    """
    return reliability(predictions, bins).ece


def row_nll(predictions: Predictions) -> NDArray[np.float64]:
    """Negative log-likelihood of the truth of each row, in nats; at most 27.6."""
    rows = np.arange(len(predictions))
    total = predictions.probabilities.sum(axis=1)
    said = predictions.probabilities[rows, predictions.truth] / total
    return np.asarray(-np.log(np.clip(said, _LEAST, 1.0)))


def row_brier(predictions: Predictions) -> NDArray[np.float64]:
    """Squared distance of each row's probabilities from its truth, in [0, 2]."""
    off = predictions.probabilities.copy()
    off[np.arange(len(predictions)), predictions.truth] -= 1
    return np.asarray((off**2).sum(axis=1))


def nll(predictions: Predictions) -> float:
    """Mean negative log-likelihood of the truth, in nats."""
    return float(row_nll(predictions).mean())


def brier(predictions: Predictions) -> float:
    """Multi-class Brier score, in [0, 2]: the original form of Brier (1950), summed over the classes."""
    return float(row_brier(predictions).mean())
