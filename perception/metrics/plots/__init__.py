"""Pictures of figures: each function draws one and returns it."""

from perception.metrics.plots.classes import plot_confusion, plot_recall
from perception.metrics.plots.output import save, svg
from perception.metrics.plots.runs import plot_learning, plot_runs
from perception.metrics.plots.trust import plot_reliability, plot_risk_coverage

__all__ = [
    "plot_confusion",
    "plot_learning",
    "plot_recall",
    "plot_reliability",
    "plot_risk_coverage",
    "plot_runs",
    "save",
    "svg",
]
