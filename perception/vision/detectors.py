"""Which face detector to use."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from perception.errors import ModelMissing, ModelRefused
from perception.vision.blazeface import BlazeFaceDetector
from perception.vision.faces import FaceDetector
from perception.vision.haar import HaarDetector

log = logging.getLogger(__name__)

BLAZEFACE = "blazeface-short"
"""Its name in the model manifest."""


def default_detector(find: Callable[[str], Path] | None = None) -> FaceDetector:
    """BlazeFace when its file is on this machine, else the cascade that comes with OpenCV.

    A damaged BlazeFace costs a warning in the log, and not the sense.

    Args:
        find: gives the path of a model by name or raises a `ModelError`; the user's model store when None.
    """
    try:
        return BlazeFaceDetector((find or _stored)(BLAZEFACE))
    except ModelMissing:
        pass
    except ModelRefused as refused:
        log.warning("faces are found with OpenCV's cascade instead of %s: %s", BLAZEFACE, refused)
    return HaarDetector()


def _stored(name: str) -> Path:
    from perception.models.store import ModelStore

    return ModelStore().path(name)
