"""Learning labels of a user's own from a table: a calibrated linear head on what the text sense says."""

from perception.training.text.own.figures import LabelFigures
from perception.training.text.own.learn import Learned, OwnSettings, learn_labels
from perception.training.text.own.rows import Labelled, LeftOutRow
from perception.training.text.own.write import OwnFiles, write_learned

__all__ = [
    "LabelFigures",
    "Labelled",
    "Learned",
    "LeftOutRow",
    "OwnFiles",
    "OwnSettings",
    "learn_labels",
    "write_learned",
]
