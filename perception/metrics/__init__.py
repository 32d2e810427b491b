"""How good a model is, how sure that is, and how it looks."""

from perception.metrics.calibration import Reliability, brier, ece, nll, reliability
from perception.metrics.classification import (
    ClassFigures,
    accuracy,
    confusion,
    macro_f1,
    majority,
    per_class,
    uar,
    weighted_f1,
)
from perception.metrics.compare import Comparison, Difference, McNemar, compare, mcnemar
from perception.metrics.intervals import intervals
from perception.metrics.measure import measure
from perception.metrics.selective import RiskCoverage, accuracy_at, aurc, risk_coverage
from perception.metrics.values import Figures, Interval, Predictions

__all__ = [
    "ClassFigures",
    "Comparison",
    "Difference",
    "Figures",
    "Interval",
    "McNemar",
    "Predictions",
    "Reliability",
    "RiskCoverage",
    "accuracy",
    "accuracy_at",
    "aurc",
    "brier",
    "compare",
    "confusion",
    "ece",
    "intervals",
    "macro_f1",
    "majority",
    "mcnemar",
    "measure",
    "nll",
    "per_class",
    "reliability",
    "risk_coverage",
    "uar",
    "weighted_f1",
]
