"""All figures of a model on a set of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from perception.metrics import calibration, classification, selective
from perception.metrics.intervals import intervals
from perception.metrics.values import Figures, Predictions


def measure(name: str, predictions: Predictions, *, resamples: int = 1000, seed: int = 0) -> Figures:
    """Measure, with 95 % intervals.

    Args:
        name: which rows, such as `GoEmotions dev`.
        predictions: what the model said, and the truth.
        resamples: of the bootstrap; 0 leaves the intervals out. They are also left out where rows come from one group
            only: how groups differ cannot be told from one.
        seed: of the bootstrap; the same seed gives the same intervals.
    """
    majority, majority_accuracy = classification.majority(predictions)
    return Figures(
        name=name,
        rows=len(predictions),
        groups=None if predictions.groups is None else len(set(predictions.groups)),
        accuracy=classification.accuracy(predictions),
        ece=calibration.ece(predictions),
        nll=calibration.nll(predictions),
        brier=calibration.brier(predictions),
        majority=majority,
        majority_accuracy=majority_accuracy,
        confusion=tuple(tuple(row) for row in classification.confusion(predictions).tolist()),
        intervals=intervals(predictions, resamples=resamples, seed=seed) if resamples else {},
        **_by_class(predictions),
        **_selective(predictions),
    )


def _by_class(predictions: Predictions) -> Mapping[str, Any]:
    classes = classification.per_class(predictions)
    f1 = [each.f1 for each in classes]
    return {
        "uar": float(np.mean([each.recall for each in classes])),
        "macro_f1": float(np.mean(f1)),
        "weighted_f1": float(np.average(f1, weights=[each.support for each in classes])),
        "support": {each.emotion: each.support for each in classes},
        "recall": {each.emotion: each.recall for each in classes},
        "precision": {each.emotion: each.precision for each in classes},
        "f1": {each.emotion: each.f1 for each in classes},
    }


def _selective(predictions: Predictions) -> Mapping[str, Any]:
    curve = selective.risk_coverage(predictions)
    found = {"aurc": curve.aurc, "accuracy_at_half": curve.accuracy_at(0.5)}
    answered = predictions.answered
    if answered is None:
        return found
    right = predictions.right[answered]
    return {
        **found,
        "coverage": float(answered.mean()),
        "answered_accuracy": float(right.mean()) if len(right) else None,
    }
