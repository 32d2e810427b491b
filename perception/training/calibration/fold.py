"""Calibration put into the weights, so that nothing but the weights has to be run."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from perception.text.model import TextModel
from perception.training.calibration.values import Calibration

Real = TypeVar("Real", bound=np.floating)


def fold_linear(
    weights: NDArray[Real], intercept: NDArray[Real], calibration: Calibration
) -> tuple[NDArray[Real], NDArray[Real]]:
    """The last layer with the calibration inside: its softmax gives calibrated probabilities.

    Args:
        weights: (... x width x 7), as multiplied from the right.
        intercept: (... x 7).
        calibration: of the logits of this layer.

    Returns:
        Both, of the type they had.
    """
    moved = intercept * calibration.factor + np.array(calibration.bias)
    return (weights * calibration.factor).astype(weights.dtype), moved.astype(intercept.dtype)


def fold_text(model: TextModel, calibration: Calibration) -> TextModel:
    """A text model, not calibrated yet, with the calibration inside and told by its metadata.

    The temperature stays a number of its own, which the model applies.
    """
    only = replace(calibration, temperature=1.0)
    bias = replace(only, bias=tuple(calibration.temperature * each for each in calibration.bias))
    coefficients, intercept = fold_linear(model.coefficients, model.intercept, bias)
    return replace(
        model,
        coefficients=coefficients,
        intercept=intercept,
        temperature=calibration.temperature,
        threshold=calibration.uncertain_below,
        metadata=calibration.metadata(),
    )
