"""`attune analyze`: a table of texts in, the same table with emotion and sentiment out, and a report."""

from api.analyze.plan import AnalyzePlan
from api.analyze.run import Analyzed, analyze
from api.analyze.scoring import Scorer, scorer_of

__all__ = ["AnalyzePlan", "Analyzed", "Scorer", "analyze", "scorer_of"]
