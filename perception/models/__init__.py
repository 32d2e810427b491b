"""Model files: the weights that ship in the wheel, and the manifest of those that are downloaded."""

from perception.models.manifest import MANIFEST, ModelEntry, ModelFile, load_manifest
from perception.models.shipped import WEIGHTS, shipped_weight
from perception.models.store import ModelStore, State, StoredModel, WeightsPolicy

__all__ = [
    "MANIFEST",
    "WEIGHTS",
    "ModelEntry",
    "ModelFile",
    "ModelStore",
    "State",
    "StoredModel",
    "WeightsPolicy",
    "load_manifest",
    "shipped_weight",
]
