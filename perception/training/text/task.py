"""The n-gram model of a language, as a task: corpora, learner, export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.observation import Modality
from perception.text.model import load_model, save_model, softmax
from perception.training.calibration import Calibration, fold_text
from perception.training.experiments.task import Answers, Given, Rows, read_recipe
from perception.training.text.learner import TextLearner, TextRecipe, decisions
from perception.training.text.material import read_material
from perception.training.text.sources import LIMITS, SUMMARY


class TextTask(TextLearner):
    """Labelled texts of a language and the model that learns them. Implements `Task`."""

    modality = Modality.TEXT
    resampled_by = "dialogue"

    def __init__(self, given: Given) -> None:
        """Read the corpora and part them.

        Raises:
            TrainingDataMissing: a required corpus is not there, or there are too few rows to part.
            LicenceForbids: the policy leaves no data.
        """
        self.experiment, self.recipe = given.experiment, read_recipe(TextRecipe, given.experiment)
        self.material = read_material(given, self.recipe.lang)
        self.sources, self.left_out = self.material.sources, self.material.left_out
        self.splits, self.languages = self.material.texts.splits, (self.recipe.lang,)
        self.summary, self.limits = SUMMARY[self.recipe.lang], LIMITS[self.recipe.lang]
        train, dev = self.material.texts.parts["train"], self.material.texts.parts["dev"]
        super().__init__(given.experiment.model, train, dev, self.recipe, seed=given.experiment.seed)

    @property
    def notes(self) -> Mapping[str, str]:
        """What is known once it is fitted."""
        blocks = "; ".join(f"{len(b.vocabulary):,} of {b.analyzer} {b.low}-{b.high}" for b in self.model.blocks)
        return {"n-grams": blocks}

    @property
    def parameters(self) -> int:
        return int(self.model.coefficients.size + self.model.intercept.size)

    def dev(self) -> Rows:
        return self.material.dev()

    def tests(self) -> Sequence[Rows]:
        return self.material.tests()

    def logits(self, rows: Rows) -> NDArray[np.float64]:
        return decisions(self.model, rows.inputs).astype(np.float64)

    def export(self, folder: Path, calibration: Calibration) -> Path:
        path = folder / f"{self.experiment.model}.npz"
        save_model(fold_text(self.model, calibration), path)
        return path

    def runtime(self, weights: Path) -> Answers:
        model = load_model(weights)
        return lambda rows: softmax(decisions(model, rows.inputs))

    def quantise(self, weights: Path, folder: Path) -> Path | None:  # noqa: ARG002
        return None  # its coefficients are half floats already, and n-grams are most of the file


def make(given: Given) -> Any:
    """Build the task."""
    return TextTask(given)
