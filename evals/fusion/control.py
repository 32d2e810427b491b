"""A control for networks trained on equally frequent classes: late fusion that knows as much of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from perception.metrics import Predictions

Floats = NDArray[np.float64]


def class_offsets(dev: Predictions) -> Callable[[Floats], Floats]:
    """Fit a temperature and an offset for each class to probabilities (vector scaling, Guo et al. 2017).

    Args:
        dev: what late fusion says of development pairs.

    Returns:
        From probabilities (n x 7) to probabilities that go by the classes of those pairs.
    """
    from scipy.optimize import minimize

    logs, rows = np.log(np.maximum(dev.probabilities, 1e-9)), np.arange(len(dev))

    def loss(told: Floats) -> tuple[float, Floats]:
        fitted = _softmax(told[0] * logs + told[1:])
        wrong = fitted.copy()
        wrong[rows, dev.truth] -= 1
        slope = np.concatenate([[(wrong * logs).sum(axis=1).mean()], wrong.mean(axis=0)])
        return float(-np.log(np.maximum(fitted[rows, dev.truth], 1e-12)).mean()), slope

    found: Floats = minimize(loss, np.concatenate([[1.0], np.zeros(7)]), jac=True).x
    return lambda probabilities: _softmax(found[0] * np.log(np.maximum(probabilities, 1e-9)) + found[1:])


def _softmax(logits: Floats) -> Floats:
    told = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(told / told.sum(axis=1, keepdims=True))
