"""Robustness measured: the recordings of a labelled manifest, made worse in every way that is named."""

from evals.robustness.evaluation import Robustness, evaluate_robustness
from evals.robustness.report import write_robustness
from evals.robustness.summary import summary_lines
from evals.robustness.values import RobustnessPlan, chosen_conditions

__all__ = [
    "Robustness",
    "RobustnessPlan",
    "chosen_conditions",
    "evaluate_robustness",
    "summary_lines",
    "write_robustness",
]
