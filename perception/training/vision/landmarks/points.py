"""The landmarks of face crops, found once and kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from perception.models.store import ModelStore
from perception.vision.faces import FaceBox
from perception.vision.mesh import MODEL, POINTS, FaceMesh, Landmarks

Progress = Callable[[float, str], None]

_FORMAT: Final = 1
# of 100 faces of FER+ the mesh was surest with the edges drawn out by a quarter: 0.98 against 0.89 without
_MARGIN: Final = 0.25


class Mesh(Protocol):
    """What finds landmarks: `FaceMesh`."""

    def landmarks(self, pixels: NDArray[np.uint8], box: FaceBox, /) -> Landmarks:
        """The points of the face in a box of a picture."""


def stored_mesh() -> FaceMesh:
    """The face mesh of the user's model store.

    Raises:
        ModelMissing: it is not on this machine; says how to get it.
        ModelRefused: the file is not what it should be.
    """
    mesh = FaceMesh(ModelStore().path(MODEL))
    mesh.warm_up()
    return mesh


def landmarks_of(images: NDArray[np.uint8], mesh: Mesh, cache: Path, progress: Progress) -> NDArray[np.float32]:
    """The landmarks of crops (n x side x side, grey): n x 468 x 3, in pixels of the crop.

    They are kept in the folder `cache`, by what is in the pictures.
    """
    kept = cache / f"face-mesh-{_FORMAT}-{_digest(images)}.npy"
    if kept.is_file():
        found: NDArray[np.float32] = np.load(kept, allow_pickle=False)
        if found.shape == (len(images), POINTS, 3):
            return found
    points = np.empty((len(images), POINTS, 3), dtype=np.float32)
    for place, image in enumerate(images):
        points[place] = _points(image, mesh)
        if place % 100 == 0:
            progress(place / len(images), f"landmarks of {place:,} of {len(images):,} faces")
    _save(points, kept)
    return points


def _points(image: NDArray[np.uint8], mesh: Mesh) -> NDArray[np.float32]:
    side = len(image)
    margin = round(_MARGIN * side)
    wide = np.pad(image, margin, mode="edge")
    box = FaceBox(left=margin, top=margin, side=side, score=1.0)
    found = mesh.landmarks(np.repeat(wide[:, :, None], 3, axis=2), box).points
    return found - np.array([margin, margin, 0], dtype=np.float32)


def _digest(images: NDArray[np.uint8]) -> str:
    return hashlib.sha256(repr(images.shape).encode() + np.ascontiguousarray(images).tobytes()).hexdigest()[:16]


def _save(points: NDArray[np.float32], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{os.getpid()}.{path.name}")
    with part.open("wb") as file:
        np.save(file, points, allow_pickle=False)
    part.replace(path)
