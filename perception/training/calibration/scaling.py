"""Temperature and vector scaling (Guo et al. 2017, On Calibration of Modern Neural Networks, ICML).

scikit-learn calibrates probabilities class by class against the rest, which changes what several classes say of each
other; netcal needs PyTorch.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TEMPERATURES: Final = (0.05, 20.0)
"""A fitted temperature lies in this range. Decision values of a support-vector machine need about 0.2."""
SCALES: Final = (0.01, 100.0)
"""A class's factor lies in this range: below 0 it would turn the class's evidence upside down."""
PULL: Final = 1.0
"""Strength of the pull to no vector scaling: what a normal prior of this precision on each parameter is worth."""


def fit_temperature(logits: Floats, truth: NDArray[np.int64]) -> float:
    """The divisor of logits (n x 7) under which truths (n) are likeliest, within `TEMPERATURES`.

    The loss has one minimum: it is convex in the inverse of the temperature. Rows that are all right would drive it to
    0, and confidence to 1 however few they are; their truths are softened (`soft_truth`). Where logits tell nothing,
    as when they are all alike, it is 1.
    """
    from scipy.optimize import minimize_scalar

    target = soft_truth(logits, truth)

    def loss(log_temperature: float) -> float:
        return -float((target * log_softmax(logits / np.exp(log_temperature))).sum(axis=1).mean())

    bounds = (float(np.log(TEMPERATURES[0])), float(np.log(TEMPERATURES[1])))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    if not found.fun < loss(0.0) - 1e-12:
        return 1.0
    return float(np.clip(np.exp(found.x), *TEMPERATURES))


def fit_vector(logits: Floats, truth: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Factor (7) and bias (7) of each class for logits (n x 7), under which truths (n) are likeliest.

    They are pulled to 1 and 0 as by `PULL` (a normal prior), so give it logits that a temperature has scaled. A class
    that no row has keeps 1 and 0, and the likelihood is taken among the others: such rows cannot tell how often the
    class is right, and it must not be ruled out for that.
    """
    from scipy.optimize import minimize

    present = np.unique(truth)
    size, classes = logits.shape[1], len(present)
    scale, bias = np.ones(size), np.zeros(size)
    if classes < 2:
        return scale, bias
    seen = logits[:, present]
    target = soft_truth(seen, np.searchsorted(present, truth))
    start = np.concatenate([np.ones(classes), np.zeros(classes)])
    found = minimize(
        _vector_loss,
        start,
        args=(seen, target, start),
        jac=True,
        method="L-BFGS-B",
        bounds=[SCALES] * classes + [(None, None)] * classes,
    )
    scale[present], bias[present] = np.split(found.x, 2)
    return scale, bias


def _vector_loss(parameters: Floats, logits: Floats, target: Floats, identity: Floats) -> tuple[float, Floats]:
    """Mean loss and its gradient."""
    scale, bias = np.split(parameters, 2)
    logs = log_softmax(logits * scale + bias)
    off = (np.exp(logs) - target) / len(logits)
    pull = PULL / len(logits) * (parameters - identity)
    loss = -(target * logs).sum() / len(logits) + (pull * (parameters - identity)).sum() / 2
    return float(loss), np.concatenate([(off * logits).sum(axis=0), off.sum(axis=0)]) + pull


def soft_truth(logits: Floats, truth: NDArray[np.int64]) -> Floats:
    """Truths as rows of probabilities: certain, unless every row is right.

    Then they are softened as n rows allow, after Platt (1999, Probabilistic Outputs for Support Vector Machines): the
    truth has 1 - 1 / (n + 2), and the rest is spread over all classes.
    """
    rows, classes = logits.shape
    target = np.eye(classes)[truth]
    if (logits.argmax(axis=1) == truth).all():
        doubt = 1 / (rows + 2)
        return np.asarray((1 - doubt) * target + doubt / classes)
    return target


def log_softmax(logits: Floats) -> Floats:
    """Logarithm of the softmax of each row."""
    from scipy.special import log_softmax as of

    return np.asarray(of(logits, axis=1))
