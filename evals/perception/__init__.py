"""Perception measured: any labelled manifest through the runtime path, with a report that can be believed."""

from evals.perception.evaluation import Evaluation, evaluate_perception
from evals.perception.labels import parse_label_map
from evals.perception.report import check_folder, write_report
from evals.perception.summary import summary_lines
from evals.perception.texts import say
from evals.perception.values import Plan

__all__ = [
    "Evaluation",
    "Plan",
    "check_folder",
    "evaluate_perception",
    "parse_label_map",
    "say",
    "summary_lines",
    "write_report",
]
