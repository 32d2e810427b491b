"""Labels of a user's own: a linear head, learned by `attune train text`, on what the text sense says of a text."""

from perception.text.own.base import Base, SenseBase
from perception.text.own.labels import OwnLabels, Said

__all__ = ["Base", "OwnLabels", "Said", "SenseBase"]
