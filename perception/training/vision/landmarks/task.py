"""The landmark model on FER+, as a task: the same faces, the same parts and the same figures as the face network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.observation import Modality
from perception.training.calibration import Calibration
from perception.training.cards import select_sources
from perception.training.errors import TrainingDataMissing
from perception.training.experiments.task import Answers, Given, Rows, read_recipe
from perception.training.vision.data import Faces, load_ferplus
from perception.training.vision.landmarks.geometry import ANGLES, FEATURES, KEY_POINTS
from perception.training.vision.landmarks.learner import LandmarkLearner, LandmarkRecipe
from perception.training.vision.landmarks.model import ShapeModel
from perception.training.vision.landmarks.points import landmarks_of, stored_mesh
from perception.training.vision.task import ferplus_source

_LIMITS: Final = (
    "A baseline to hold the face network against; no sense loads it.",
    "It sees the shape of a face only: no wrinkles, no teeth, no gaze, no shadow. Where the mesh errs, so does it.",
    "The mesh was made for faces of 192 pixels; those of FER+ have 48.",
    "Labels are what ten strangers believed to see, not what the person felt. A face is evidence, not a verdict.",
)


class LandmarkTask(LandmarkLearner):
    """FER+ votes and the landmarks of its faces. Implements `Task`."""

    modality = Modality.VISION
    resampled_by = "image"
    languages: tuple[str, ...] = ()
    limits: Sequence[str] = _LIMITS
    summary = (
        "Multinomial logistic regression on distances and angles of the 468 landmarks of MediaPipe's face mesh, the "
        "distances over that of the eyes: a baseline that reads the shape of a face alone."
    )

    def __init__(self, given: Given) -> None:
        """Read FER+, part it, and find the landmarks of its faces.

        Raises:
            TrainingDataMissing: FER+ is not there, not in its layout, or too small to part.
            LicenceForbids: the policy leaves no data.
            ModelError: the face mesh is not on this machine.
        """
        self.experiment, recipe = given.experiment, read_recipe(LandmarkRecipe, given.experiment)
        mesh = stored_mesh()
        given.progress(0.0, "reading FER+ and looking for copies")
        faces = load_ferplus(given.data, limit=given.experiment.limit)
        parts = {"train": faces.train, "dev": faces.dev, "test": faces.test}
        if empty := [name for name, part in parts.items() if not len(part)]:
            raise TrainingDataMissing(f"FER+ in {str(given.data)!r} leaves no faces to {empty[0]}; get the whole files")
        self.splits, self._faces = faces.splits, parts
        self.sources, self.left_out = select_sources([ferplus_source(len(faces.train))], given.policy)
        self._of = {
            name: landmarks_of(part.images, mesh, given.cache, _within(given, *_SHARES[name]))
            for name, part in parts.items()
        }
        self.notes: Mapping[str, str] = _notes(recipe, faces.undecided)
        super().__init__(faces.train, self._of["train"], faces.dev, self._of["dev"], recipe)

    @property
    def parameters(self) -> int:
        return int(self.model.coefficients.size + self.model.intercept.size)

    def dev(self) -> Rows:
        return self._rows("FER+ training file, development part", "dev")

    def tests(self) -> Sequence[Rows]:
        return (self._rows("FER+ validation, majority of the votes", "test"),)

    def logits(self, rows: Rows) -> NDArray[np.float64]:
        return self.model.logits(rows.inputs)

    def export(self, folder: Path, calibration: Calibration) -> Path:
        path = folder / f"{self.experiment.model}.npz"
        path.write_bytes(self.model.calibrated(calibration).as_bytes())
        return path

    def runtime(self, weights: Path) -> Answers:
        model = ShapeModel.load(weights)
        return lambda rows: model.probabilities(rows.inputs)

    def quantise(self, weights: Path, folder: Path) -> Path | None:  # noqa: ARG002
        return None  # ten thousand numbers

    def _rows(self, name: str, part: str) -> Rows:
        faces: Faces = self._faces[part]
        return Rows(name=name, ids=faces.ids, truth=faces.truth, groups=None, inputs=self._of[part])


# parts of the reading in which the landmarks of each part are found
_SHARES: Final = {"train": (0.1, 0.75), "dev": (0.75, 0.85), "test": (0.85, 1.0)}


def _within(given: Given, low: float, high: float) -> Any:
    return lambda part, line: given.progress(low + (high - low) * part, line)


def _notes(recipe: LandmarkRecipe, undecided: int) -> dict[str, str]:
    return {
        "method": f"logistic regression, C = {recipe.penalty:g}, at most {recipe.rounds} iterations; a face counts for "
        f"each emotion as much as it got votes, classes weighted by prior^-{recipe.rarity:g}",
        "features": f"{FEATURES:,}: distances of {len(KEY_POINTS)} landmarks, each to each, in three dimensions, and "
        f"{len(ANGLES)} angles",
        "targets": f"as of the face network ({undecided:,} images left out)",
    }


def make(given: Given) -> Any:
    """Build the task."""
    return LandmarkTask(given)
