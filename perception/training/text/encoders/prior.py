"""The n-gram model that an encoder is blended with: fitted on the same rows, as its own experiment would."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perception.text.model import TextModel, load_model, save_model
from perception.training.calibration import calibrate, fold_text
from perception.training.experiments.config import load_experiment
from perception.training.experiments.task import Given, read_recipe
from perception.training.text.data import Row
from perception.training.text.learner import TextRecipe, decisions, features, fit
from perception.training.text.material import Material

_SHARES = tuple(np.arange(0, 1.55, 0.1).round(2).tolist())


def linear_model(name: str, given: Given, material: Material) -> TextModel:
    """The model that `attune train text --experiment NAME` makes of these rows; kept in the cache."""
    experiment = load_experiment(name)
    key = hashlib.sha256(f"{experiment.digest} {material.texts.splits.digest}".encode()).hexdigest()[:16]
    path = given.cache / f"linear-{name}-{key}.npz"
    if not path.is_file():
        given.progress(0.3, f"fitting {name}, with which it is blended")
        recipe = read_recipe(TextRecipe, experiment)
        train, dev = material.texts.parts["train"], material.dev()
        model = fit(experiment.model, train, features(train, recipe.blocks), recipe, experiment.seed)
        calibration = calibrate(
            decisions(model, dev.inputs),
            dev.truth,
            risk=experiment.risk,
            method=experiment.calibration,
            groups=dev.groups,
            seed=experiment.seed,
        )
        _keep(fold_text(model, calibration), path)
    return load_model(path)


def _keep(model: TextModel, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.npz")
    save_model(model, part)
    part.replace(path)


def said(model: TextModel | None, rows: Sequence[Row]) -> NDArray[np.float64]:
    """Its calibrated logits (rows x 7); zeros without one."""
    return np.zeros((len(rows), 7)) if model is None else decisions(model, rows).astype(np.float64)


def best_share(truth: NDArray[np.int64], encoder: NDArray[np.float64], linear: NDArray[np.float64]) -> float:
    """What the linear logits are multiplied by before they are added: the share with the least development loss."""
    best: float = min(_SHARES, key=lambda share: _loss(truth, encoder + share * linear))
    return best


def _loss(truth: NDArray[np.int64], logits: NDArray[np.float64]) -> float:
    """Mean negative log-likelihood at the temperature that suits it best."""
    best = np.inf
    for factor in np.geomspace(0.3, 3, 16):
        scaled = logits * factor
        log = scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True)
        best = min(best, float(-log[np.arange(len(truth)), truth].mean()))
    return best
