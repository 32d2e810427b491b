"""What people say of their own feeling, found or not: hand-written texts, English and Chinese."""

from evals.statements.evaluation import evaluate_statements
from evals.statements.loading import load_texts
from evals.statements.report import failure_lines, summary_lines
from evals.statements.values import Claim, Counts, Judged, StatementsEvaluation, Text

__all__ = [
    "Claim",
    "Counts",
    "Judged",
    "StatementsEvaluation",
    "Text",
    "evaluate_statements",
    "failure_lines",
    "load_texts",
    "summary_lines",
]
