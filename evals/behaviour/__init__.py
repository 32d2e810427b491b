"""Behaviour measured: what any reader would agree a text says, what must not matter, and what must move which way."""

from evals.behaviour.evaluation import evaluate_behaviour
from evals.behaviour.judging import judge
from evals.behaviour.loading import SHIPPED, choose, load_items
from evals.behaviour.outcome import BehaviourEvaluation, Group
from evals.behaviour.report import failure_lines, summary_lines
from evals.behaviour.values import Answers, Item, Judged, Moves, Unchanged

__all__ = [
    "SHIPPED",
    "Answers",
    "BehaviourEvaluation",
    "Group",
    "Item",
    "Judged",
    "Moves",
    "Unchanged",
    "choose",
    "evaluate_behaviour",
    "failure_lines",
    "judge",
    "load_items",
    "summary_lines",
]
