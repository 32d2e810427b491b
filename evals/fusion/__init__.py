"""Fusion on synthetic pairs: against each sense alone, and one way against another; clean, corrupted, missing."""

from evals.fusion.evaluation import FusionEvaluation, evaluate_fusion, measure_fusion
from evals.fusion.report import summary_lines

__all__ = ["FusionEvaluation", "evaluate_fusion", "measure_fusion", "summary_lines"]
