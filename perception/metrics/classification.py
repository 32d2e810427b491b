"""How often, and on which emotions, a model is right.

Averages go over the classes present in the truth: a class without a true row has no recall, and to count it as 0 would
make the figure depend on which classes a data set happens to lack.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS, Emotion
from perception.metrics.values import Predictions


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassFigures:
    """How one class present in the truth fares."""

    emotion: Emotion
    """Which."""
    support: int
    """True rows."""
    recall: float
    """Part of its true rows that were found, in [0, 1]."""
    precision: float
    """Part of the rows called so that are, in [0, 1]; 0 where the model never answers it."""
    f1: float
    """Harmonic mean of both, in [0, 1]."""


def confusion(predictions: Predictions) -> NDArray[np.int64]:
    """Counts, 7 x 7: rows are the truth, columns the prediction, both in the order of `Emotion`."""
    from sklearn.metrics import confusion_matrix

    matrix = confusion_matrix(predictions.truth, predictions.predicted, labels=range(len(EMOTIONS)))
    return np.asarray(matrix, dtype=np.int64)


def accuracy(predictions: Predictions) -> float:
    """Part of the rows that are right, in [0, 1]."""
    return float(predictions.right.mean())


def per_class(predictions: Predictions) -> tuple[ClassFigures, ...]:
    """Figures of each class present in the truth, in the order of `Emotion`."""
    from sklearn.metrics import precision_recall_fscore_support

    present = np.unique(predictions.truth).tolist()
    columns = precision_recall_fscore_support(
        predictions.truth, predictions.predicted, labels=present, average=None, zero_division=0
    )
    return tuple(
        ClassFigures(emotion=EMOTIONS[k], precision=float(p), recall=float(r), f1=float(f), support=int(n))
        for k, p, r, f, n in zip(present, *columns, strict=True)
    )


def uar(predictions: Predictions) -> float:
    """Unweighted average recall over the classes present, in [0, 1] (Schuller et al. 2009, INTERSPEECH)."""
    return float(np.mean([each.recall for each in per_class(predictions)]))


def macro_f1(predictions: Predictions) -> float:
    """Mean F1 over the classes present, in [0, 1]."""
    return float(np.mean([each.f1 for each in per_class(predictions)]))


def weighted_f1(predictions: Predictions) -> float:
    """F1 of each class weighted by its true rows, in [0, 1]."""
    classes = per_class(predictions)
    return float(np.average([each.f1 for each in classes], weights=[each.support for each in classes]))


def majority(predictions: Predictions) -> tuple[Emotion, float]:
    """The commonest true class, the first in order of several, and the accuracy of always answering it."""
    counts = np.bincount(predictions.truth, minlength=len(EMOTIONS))
    return EMOTIONS[int(counts.argmax())], float(counts.max() / len(predictions))
