"""The face network on FER+, as a task: data, learner, export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.observation import Modality
from perception.training.calibration import Calibration
from perception.training.cards import Source, select_sources
from perception.training.errors import TrainingDataMissing
from perception.training.experiments.precision import bf16_pays
from perception.training.experiments.task import Answers, Given, Rows, read_recipe
from perception.training.experiments.teachers import teachers
from perception.training.export import OnnxRunner, export_torch, quantise, weights_metadata
from perception.training.vision.data import Faces, load_ferplus
from perception.training.vision.deployed import deployed
from perception.training.vision.learner import FaceLearner, FaceRecipe, predict, restoring
from perception.training.vision.net import Architecture
from perception.training.vision.webcam import KINDS
from perception.vision.classifier import SIDE

_LIMITS: Final = (
    "Trained on faces found by a web search for English emotion words: many are posed or exaggerated.",
    "Age, ethnicity and culture are not balanced in the data; figures by group were not measured, for want of labels.",
    "Labels are what ten strangers believed to see, not what the person felt. A face is evidence, not a verdict.",
    "Disgust and fear are rare in the data (1 % and 3 % of the votes): their recall rests on few held-out faces.",
    "Sad, neutral and angry are taken for each other most often; a resting face may be read as sad or angry.",
    "One picture at a time: no movement, no comparison with how this person usually looks.",
    "Frontal, upright faces of at least 20 pixels; strongly turned or covered faces are read poorly.",
    "A crop that shows no face is given an emotion all the same: only the detector can tell that there is none.",
)
_NETWORKS: Final[Mapping[Architecture, str]] = {
    "residual": "A compact residual CNN",
    "mini-xception": "Mini-Xception (Arriaga et al. 2017), a baseline,",
}
_CALIBRATED_ON = 500  # faces of the training part that fix the ranges of int8


class FaceTask(FaceLearner):
    """FER+ votes and the network that learns them. Implements `Task`."""

    modality = Modality.VISION
    resampled_by = "image"
    languages: tuple[str, ...] = ()
    limits: Sequence[str] = _LIMITS

    def __init__(self, given: Given) -> None:
        """Read FER+ and part it.

        Raises:
            TrainingDataMissing: it is not there, not in its layout, or too small to part.
            LicenceForbids: the policy leaves no data.
        """
        experiment = given.experiment
        recipe = read_recipe(FaceRecipe, experiment)
        given.progress(0.0, "reading FER+ and looking for copies")
        faces = load_ferplus(given.data, limit=experiment.limit)
        train, dev, test = faces.train, faces.dev, faces.test
        if not (len(train) and len(dev) and len(test)):
            raise TrainingDataMissing(
                f"FER+ in {str(given.data)!r} leaves {len(train)} faces to train on, {len(dev)} to develop on and "
                f"{len(test)} to test; get the whole files"
            )
        self.splits = faces.splits
        self.sources, self.left_out = select_sources([ferplus_source(len(train))], given.policy)
        self._test, self._faces = test, {"train": train, "dev": dev}
        if recipe.teacher:
            train = _taught(train, teachers(recipe.teacher, given, self.splits.digest), recipe.taught)
        self.experiment, self.recipe = experiment, recipe
        self.notes: Mapping[str, str] = _notes(recipe, faces.undecided)
        self._bias = restoring(train, recipe)
        super().__init__(train, dev, recipe, epochs=experiment.epochs, seed=experiment.seed)

    @property
    def summary(self) -> str:
        return (
            f"{_NETWORKS[self.recipe.architecture]} that reads one of seven emotions from a grey face crop of 48 x 48 "
            "pixels. Normalisation, calibration and both mirror views are inside the ONNX file."
        )

    @property
    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())

    def dev(self) -> Rows:
        return _rows("FER+ training file, development part", self._faces["dev"])

    def tests(self) -> Sequence[Rows]:
        truth = _rows("FER+ validation, majority of the votes", self._test)
        return (
            truth,
            Rows(
                name="the same faces, original FER2013 labels",
                ids=truth.ids,
                truth=self._test.original,
                groups=None,
                inputs=truth.inputs,
            ),
        )

    def logits(self, rows: Rows) -> NDArray[np.float64]:
        seen = predict(self.network, rows.inputs) + predict(self.network, rows.inputs, mirrored=True)
        return seen.astype(np.float64) / 2 + self._bias

    def export(self, folder: Path, calibration: Calibration) -> Path:
        import torch

        path = folder / f"{self.experiment.model}.onnx"
        export_torch(
            deployed(self.network, calibration, self._bias),
            (torch.zeros(2, 1, SIDE, SIDE),),
            path,
            input_names=["faces"],
            output_names=["probabilities", "features"],
            metadata=weights_metadata(path.stem, calibration),
        )
        return path

    def runtime(self, weights: Path) -> Answers:
        runner = OnnxRunner(weights)
        return lambda rows: np.asarray(runner(_pixels(rows.inputs)), dtype=np.float64)

    def quantise(self, weights: Path, folder: Path) -> Path | None:
        path = folder / f"{weights.stem}.int8.onnx"
        quantise(weights, path, method="static", calibration=_pixels(self._faces["train"].images[:_CALIBRATED_ON]))
        return path


def _taught(train: Faces, weights: Sequence[Path], part: float) -> Faces:
    """The faces with a part of their targets from teachers: the mean of what they say."""
    told = np.mean([OnnxRunner(path)(_pixels(train.images)) for path in weights], axis=0)
    return replace(train, targets=np.asarray((1 - part) * train.targets + part * told, dtype=np.float32))


def _pixels(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return images[:, None].astype(np.float32)


def _rows(name: str, faces: Faces) -> Rows:
    return Rows(name=name, ids=faces.ids, truth=faces.truth, groups=None, inputs=faces.images)


def ferplus_source(rows: int) -> Source:
    """FER+ as a card names it."""
    return Source(
        name="FER+ (Barsoum et al. 2016): new votes on the training images of FER2013",
        licence="labels MIT; no formal licence is stated for the images",
        commercial=False,
        rows=rows,
        note="images of a web search for a Kaggle contest: research use, no redistribution",
    )


def _notes(recipe: FaceRecipe, undecided: int) -> dict[str, str]:
    return {
        "precision": "bf16 autocast" if bf16_pays() else "fp32, on a processor where bf16 is no faster",
        "method": f"AdamW, one-cycle learning rate with peak {recipe.rate:g}, batches of {recipe.batch}, "
        f"moving average of the weights; cross-entropy with the votes, classes weighted by prior^-{recipe.rarity:g}"
        + (f", {recipe.restored:.0%} of which is taken back in the logits" if recipe.restored else ""),
        "augmentation": "mirror, rotation, scale, shift, gamma, contrast, brightness, noise, random erasing"
        + (f"; {recipe.webcam:.0%} of the faces also {', '.join(KINDS)}" if recipe.webcam else ""),
        "targets": "the votes for our seven emotions: single votes are noise and count as none, votes for contempt, "
        "unknown and no face are left out; an image is dropped when they make up half or more of all votes, and from "
        f"development and test where the vote is a tie ({undecided:,} images)"
        + (f"; {recipe.taught:.0%} of a target is what {recipe.teacher} says" if recipe.teacher else ""),
    }


def make(given: Given) -> Any:
    """Build the task."""
    return FaceTask(given)
