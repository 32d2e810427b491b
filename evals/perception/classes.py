"""How sure the figures of each emotion are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from perception import EMOTIONS, Emotion
from perception.metrics import Interval, Predictions
from perception.metrics.intervals import expanded_percentile
from perception.metrics.resampling import CLASSES, Resampled, draws, units_of


def class_intervals(predictions: Predictions, *, resamples: int, seed: int) -> Mapping[Emotion, Mapping[str, Interval]]:
    """95 % bootstrap intervals of `recall`, `precision` and `f1` of each emotion present, by groups where there are.

    Those of an emotion rest on the resamples that hold a row of it. They are missing where there are no resamples, or
    where all rows are one group.
    """
    unit, units = units_of(predictions)
    present = np.unique(predictions.truth).tolist()
    if units < 2 or not resamples:
        return {EMOTIONS[k]: {} for k in present}
    counts = Resampled.of(predictions, unit, units).confusion
    drawn = draws(units, len(predictions), resamples=resamples, seed=seed)
    found = np.concatenate([(counts @ each.T).T.reshape(-1, CLASSES, CLASSES) for each in drawn])
    return {EMOTIONS[k]: _of_class(found, k, units) for k in present}


def _of_class(found: NDArray[np.float64], k: int, units: int) -> Mapping[str, Interval]:
    right, true, said = found[:, k, k], found[:, k, :].sum(axis=1), found[:, :, k].sum(axis=1)
    held = true > 0
    right, true, said = right[held], true[held], said[held]
    values = {"recall": right / true, "precision": right / np.maximum(said, 1), "f1": 2 * right / (true + said)}
    return {name: expanded_percentile(each, units) for name, each in values.items()}
