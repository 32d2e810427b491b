"""Fitting the linear model of face shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.training.experiments.loop import SCORE
from perception.training.vision.data import Faces
from perception.training.vision.landmarks.geometry import shape_features
from perception.training.vision.landmarks.model import ShapeModel

Points = NDArray[np.float32]
_ABSENT = -10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class LandmarkRecipe:
    """How the landmark model is fitted."""

    penalty: float = 0.03
    """C of the logistic regression: smaller is smoother."""
    rarity: float = 0.4
    """A class weighs its prior to the power of minus this in the loss."""
    rounds: int = 300
    """Iterations of L-BFGS at most."""


class LandmarkLearner:
    """Multinomial logistic regression, in one epoch; there is nothing to do in a second."""

    def __init__(
        self, train: Faces, train_points: Points, dev: Faces, dev_points: Points, recipe: LandmarkRecipe
    ) -> None:
        """Take faces and their landmarks; nothing is fitted yet."""
        self._train, self._dev, self._recipe = train, dev, recipe
        self._points = {"train": train_points, "dev": dev_points}
        self._model: ShapeModel | None = None

    @property
    def model(self) -> ShapeModel:
        """The fitted model, not calibrated."""
        assert self._model is not None, "fit first"
        return self._model

    def epoch(self, number: int, tick: Callable[[float], None]) -> Mapping[str, float]:  # noqa: ARG002
        """Fit to the votes: a face counts for each emotion as much as it got votes."""
        features = shape_features(self._points["train"]).astype(np.float64)
        centre, spread = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
        tick(0.1)
        faces, emotions = np.nonzero(self._train.targets)
        weights = self._train.targets[faces, emotions] * self._class_weights()[emotions]
        coefficients, intercept = _fitted(((features - centre) / spread)[faces], emotions, weights, self._recipe)
        self._model = ShapeModel(centre=centre, spread=spread, coefficients=coefficients, intercept=intercept)
        tick(1.0)
        return {}

    def judge(self) -> Mapping[str, float]:
        """Accuracy and UAR on the development faces; the score is their mean, as that of the face network."""
        truth = self._dev.truth
        right = self.model.logits(self._points["dev"]).argmax(axis=1) == truth
        accuracy = float(right.mean())
        uar = float(np.mean([right[truth == emotion].mean() for emotion in np.unique(truth)]))
        return {"dev/accuracy": accuracy, "dev/uar": uar, SCORE: (accuracy + uar) / 2}

    def state(self) -> bytes:
        """The model as its file."""
        return self.model.as_bytes()

    def restore(self, state: bytes) -> None:
        """The inverse of `state`."""
        self._model = ShapeModel.from_bytes(state)

    def _class_weights(self) -> NDArray[np.float64]:
        prior = np.maximum(self._train.targets.mean(axis=0), 1e-3).astype(np.float64)
        raised = prior**-self._recipe.rarity
        return np.asarray(raised / (raised * prior).sum())


def _fitted(
    features: NDArray[np.float64], emotions: NDArray[np.int64], weights: NDArray[np.float64], recipe: LandmarkRecipe
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients and intercepts in the order of `Emotion`; an emotion that no face shows is as good as ruled out."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    classifier = LogisticRegression(C=recipe.penalty, max_iter=recipe.rounds, tol=1e-3)
    with warnings.catch_warnings():
        # `rounds` is a choice of the recipe, and the development figures judge it
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier.fit(features, emotions, sample_weight=weights)
    coefficients = np.zeros((features.shape[1], len(EMOTIONS)))
    intercept = np.full(len(EMOTIONS), _ABSENT)
    binary = len(classifier.classes_) == 2  # scikit-learn then keeps one function: that of the second class
    told = np.concatenate([-classifier.coef_, classifier.coef_]) / 2 if binary else classifier.coef_
    base = np.concatenate([-classifier.intercept_, classifier.intercept_]) / 2 if binary else classifier.intercept_
    coefficients[:, classifier.classes_], intercept[classifier.classes_] = told.T, base
    return coefficients, intercept
