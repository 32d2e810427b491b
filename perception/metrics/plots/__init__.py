"""Pictures of figures: each function draws one and returns it."""

from perception.metrics.plots.classes import plot_confusion, plot_label_confusion, plot_recall
from perception.metrics.plots.output import save, svg
from perception.metrics.plots.runs import plot_learning, plot_runs
from perception.metrics.plots.ternary import plot_ternary
from perception.metrics.plots.trust import plot_reliability, plot_risk_coverage
from perception.metrics.plots.views import plot_views

__all__ = [
    "plot_confusion",
    "plot_label_confusion",
    "plot_learning",
    "plot_recall",
    "plot_reliability",
    "plot_risk_coverage",
    "plot_runs",
    "plot_ternary",
    "plot_views",
    "save",
    "svg",
]
