"""Fitting fusion to labelled rows: how far to trust each sense, and what a model on top of them would bring."""

from perception.fusion.fitting.fit import Fit, fit_trust
from perception.fusion.fitting.rows import Reading, ScoredRows, read_scores
from perception.fusion.fitting.simplex import STEP, Searched, search, simplex
from perception.fusion.fitting.stacking import Stacked, stack

__all__ = [
    "STEP",
    "Fit",
    "Reading",
    "ScoredRows",
    "Searched",
    "Stacked",
    "fit_trust",
    "read_scores",
    "search",
    "simplex",
    "stack",
]
