"""Model cards: what a run found, the licence that follows from its data, and the card that tells both."""

from perception.training.cards.card import write_card
from perception.training.cards.licence import (
    RESEARCH,
    Licensed,
    WeightsLicence,
    allows_commerce,
    require_commercial,
    select_sources,
    weights_licence,
)
from perception.training.cards.report import Part, Source, Speed, Splits, TrainingReport

__all__ = [
    "RESEARCH",
    "Licensed",
    "Part",
    "Source",
    "Speed",
    "Splits",
    "TrainingReport",
    "WeightsLicence",
    "allows_commerce",
    "require_commercial",
    "select_sources",
    "weights_licence",
    "write_card",
]
