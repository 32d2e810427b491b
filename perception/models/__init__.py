"""Model files: the weights that ship in the wheel, and the manifest of those that are downloaded."""

from perception.models.cards import Card, CardFile, read_card
from perception.models.manifest import MANIFEST, ModelEntry, ModelFile, load_manifest
from perception.models.policy import WeightsPolicy
from perception.models.shipped import WEIGHTS, shipped_weight
from perception.models.store import ModelStore, State, StoredModel

__all__ = [
    "MANIFEST",
    "WEIGHTS",
    "Card",
    "CardFile",
    "ModelEntry",
    "ModelFile",
    "ModelStore",
    "State",
    "StoredModel",
    "WeightsPolicy",
    "load_manifest",
    "read_card",
    "shipped_weight",
]
