"""Which face detector to use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from perception.errors import ModelMissing
from perception.vision.blazeface import BlazeFaceDetector
from perception.vision.faces import FaceDetector
from perception.vision.haar import HaarDetector

BLAZEFACE = "blazeface-short"
"""Its name in the model manifest."""


def default_detector(find: Callable[[str], Path] | None = None) -> FaceDetector:
    """BlazeFace when its file is on this machine, else the cascade that comes with OpenCV.

    Args:
        find: gives the path of a model by name or raises `ModelMissing`; the user's model store when None.

    Raises:
        ModelRefused: the file is there, but is not what the manifest says.
    """
    try:
        return BlazeFaceDetector((find or _stored)(BLAZEFACE))
    except ModelMissing:
        return HaarDetector()


def _stored(name: str) -> Path:
    from perception.models.store import ModelStore

    return ModelStore().path(name)
