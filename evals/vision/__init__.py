"""Sight measured: a corpus of faces in the layout of its authors, cut by groups, and with the faces made worse."""

from evals.vision.evaluation import VisionEvaluation, evaluate_vision
from evals.vision.report import write_vision
from evals.vision.summary import summary_lines
from evals.vision.values import LAYOUTS, VisionPlan

__all__ = [
    "LAYOUTS",
    "VisionEvaluation",
    "VisionPlan",
    "evaluate_vision",
    "summary_lines",
    "write_vision",
]
