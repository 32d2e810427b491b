"""What a model is worth when it may abstain on the rows it is least sure of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perception.metrics.values import Predictions


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RiskCoverage:
    """Error among the rows answered, against how many are answered.

    One point for each distinct confidence: a threshold answers either all rows of equal confidence or none, so the
    curve does not depend on the order of the rows.
    """

    coverage: NDArray[np.float64]
    """Part of the rows answered, rising to 1."""
    risk: NDArray[np.float64]
    """Part of those that are wrong, in [0, 1]."""
    threshold: NDArray[np.float64]
    """Least confidence answered, falling."""

    @property
    def aurc(self) -> float:
        """Area under the curve, in [0, 1]: the mean, over rows, of the risk at that row's confidence as threshold."""
        return float(np.diff(self.coverage, prepend=0) @ self.risk)

    def accuracy_at(self, coverage: float) -> float:
        """Accuracy of the surest rows, `coverage` of them; rows of equal confidence count in proportion.

        Raises:
            ValueError: coverage is not in (0, 1].
        """
        if not 0 < coverage <= 1:
            raise ValueError(f"a coverage is a part of the rows in (0, 1], got {coverage!r}")
        wrong = np.interp(coverage, np.append(0, self.coverage), np.append(0, self.coverage * self.risk))
        return float(1 - wrong / coverage)


def risk_coverage(predictions: Predictions) -> RiskCoverage:
    """The risk-coverage curve of the confidence (Geifman & El-Yaniv 2017, NeurIPS)."""
    threshold, block = np.unique(-predictions.confidence, return_inverse=True)
    answered = np.cumsum(np.bincount(block))
    wrong = np.cumsum(np.bincount(block, ~predictions.right))
    return RiskCoverage(coverage=answered / len(predictions), risk=wrong / answered, threshold=-threshold)


def aurc(predictions: Predictions) -> float:
    """Area under the risk-coverage curve, in [0, 1]; lower is better."""
    return risk_coverage(predictions).aurc


def accuracy_at(predictions: Predictions, coverage: float) -> float:
    """Accuracy of the surest rows, `coverage` of them, in [0, 1].

    Raises:
        ValueError: coverage is not in (0, 1].
    """
    return risk_coverage(predictions).accuracy_at(coverage)
