"""Fitting the head, choosing its settings, and calibrating it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.training.calibration import Threshold, fit_temperature, select_threshold

PENALTIES: Final = (0.1, 0.3, 1.0, 3.0, 10.0)
"""C of the logistic regression, in the order in which it is tried."""
BALANCE: Final = 0.5
"""Class weight is (part of the class) ** -BALANCE: 0 leaves the classes as they are, 1 balances them."""
_TOLERANCE: Final = 1e-3
"""Of the gradient; a tenth of it takes twice as long and moves no answer."""
_ABSENT: Final = -10.0
"""Intercept of a label that none of the rows fitted on has."""

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Head:
    """A linear model."""

    coefficients: NDArray[np.float16]
    """Features x labels."""
    intercept: NDArray[np.float32]
    """By label."""

    def logits(self, matrix: Any) -> Floats:
        """Rows x labels."""
        return np.asarray(matrix @ self.coefficients.astype(np.float32) + self.intercept, dtype=np.float64)


def fit_head(matrix: Any, truth: Places, labels: int, *, penalty: float) -> Head:
    """Multinomial logistic regression (scikit-learn, L-BFGS), classes weighed by `BALANCE`."""
    from sklearn.linear_model import LogisticRegression

    present, counts = np.unique(truth, return_counts=True)
    coefficients = np.zeros((matrix.shape[1], labels), dtype=np.float16)
    moved = np.full(labels, _ABSENT, dtype=np.float32)
    if len(present) == 1:
        moved[present] = 0.0
        return Head(coefficients=coefficients, intercept=moved)
    weight = (counts / len(truth)) ** -BALANCE
    # the mean over the rows is 1, so that the penalty means the same for every table
    weight /= (weight * counts).sum() / len(truth)
    fitted = LogisticRegression(
        C=penalty,
        class_weight=dict(zip(present.tolist(), weight.tolist(), strict=True)),
        tol=_TOLERANCE,
        max_iter=2000,
    ).fit(matrix, truth)
    found, intercept = fitted.coef_, fitted.intercept_
    if len(present) == 2:
        found, intercept = np.vstack([-found, found]) / 2, np.concatenate([-intercept, intercept]) / 2
    coefficients[:, present] = found.T
    moved[present] = intercept
    return Head(coefficients=coefficients, intercept=moved)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Fold:
    """Rows to fit on, and rows to judge by."""

    fit: Any
    """Rows x features."""
    fit_truth: Places
    """Places of their labels."""
    judged: Any
    """Rows x features, of others."""
    judged_truth: Places
    """Places of their labels."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Judged:
    """A penalty, judged on rows that a head with it was not fitted on."""

    penalty: float
    """C."""
    logits: Floats
    """Rows x labels, of all folds in turn."""
    truth: Places
    """Places of the true labels."""
    accuracy: float
    """In [0, 1]."""
    macro_f1: float
    """Over the labels present, in [0, 1]."""

    @property
    def score(self) -> float:
        """What penalties are chosen by."""
        return (self.accuracy + self.macro_f1) / 2


def choose_penalty(folds: Sequence[Fold], labels: int, tell: Callable[[float], None]) -> tuple[Judged, ...]:
    """Each penalty judged, the best first; of equals the stronger.

    Args:
        folds: one with the development rows, or several where those would be few.
        labels: how many.
        tell: told the part done, in [0, 1].
    """
    found = []
    for number, penalty in enumerate(PENALTIES, start=1):
        found.append(_judge(folds, labels, penalty))
        tell(number / len(PENALTIES))
    return tuple(sorted(found, key=lambda each: (-each.score, each.penalty)))


def _judge(folds: Sequence[Fold], labels: int, penalty: float) -> Judged:
    from sklearn.metrics import f1_score

    heads = [fit_head(fold.fit, fold.fit_truth, labels, penalty=penalty) for fold in folds]
    logits = np.concatenate([head.logits(fold.judged) for head, fold in zip(heads, folds, strict=True)])
    truth = np.concatenate([fold.judged_truth for fold in folds])
    said = logits.argmax(axis=1)
    macro = f1_score(truth, said, labels=np.unique(truth), average="macro", zero_division=0)
    return Judged(
        penalty=penalty,
        logits=logits,
        truth=truth,
        accuracy=float((said == truth).mean()),
        macro_f1=float(macro),
    )


def calibrated(logits: Floats, truth: Places, risk: float, groups: Sequence[str] | None) -> tuple[float, Threshold]:
    """The temperature, and the confidence under which there is no answer.

    Args:
        logits: rows x labels, of heads that were not fitted on the rows.
        truth: places of the true labels.
        risk: part of the answers that may be wrong, in (0, 1).
        groups: of the rows; None where they are independent.
    """
    temperature = fit_temperature(logits, truth)
    probabilities = softmax(logits / temperature)
    right = probabilities.argmax(axis=1) == truth
    least = 1 / logits.shape[1]
    return temperature, select_threshold(probabilities.max(axis=1), right, least=least, risk=risk, groups=groups)


def softmax(logits: Floats) -> Floats:
    """Probabilities of each row."""
    from scipy.special import softmax as of

    return np.asarray(of(logits, axis=1))
