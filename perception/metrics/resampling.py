"""Figures of a thousand resamples at once.

A resample says how often each unit (a row, or all rows of a speaker) was drawn. Most figures follow from sums over
units, so they cost one matrix product; the risk-coverage curve needs the rows in the order of their confidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.metrics.calibration import BINS, bin_of, row_brier, row_nll
from perception.metrics.values import Predictions

CLASSES: Final = len(EMOTIONS)
FROM_CONFUSION: Final = ("accuracy", "uar", "macro_f1", "weighted_f1")
FROM_SUMS: Final = ("ece", "nll", "brier")
FROM_ORDER: Final = ("aurc", "accuracy_at_half")
METRICS: Final = (*FROM_CONFUSION, *FROM_SUMS, *FROM_ORDER)
"""What can be resampled: fields of `Figures`."""
_CELLS: Final = CLASSES * CLASSES
_AT_ONCE: Final = 4_000_000
"""Draws held in memory at a time: 32 MB."""

Floats = NDArray[np.float64]


def units_of(groups: Sequence[str] | None, rows: int) -> tuple[NDArray[np.int64], int]:
    """The unit each row is drawn with, and how many units there are."""
    if groups is None:
        return np.arange(rows), rows
    names, unit = np.unique(np.array(groups), return_inverse=True)
    return unit.astype(np.int64), len(names)


def draws(units: int, rows: int, *, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each unit is drawn, resamples x units, a part of the resamples at a time."""
    random = np.random.default_rng(seed)
    step = max(1, _AT_ONCE // max(units, rows))
    for start in range(0, resamples, step):
        count = min(step, resamples - start)
        drawn = random.integers(0, units, (count, units)) + units * np.arange(count)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=count * units)
        yield counts.reshape(count, units).astype(np.float64)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Resampled:
    """What the figures of any resample follow from."""

    confusion: Floats
    """Units x 49: counts of (truth, prediction)."""
    sums: Floats
    """Units x 17: by bin, how much more was right than the confidence said; then the sums of NLL and Brier score."""
    unit: NDArray[np.int64]
    """Rows, surest first: the unit of each."""
    wrong: Floats
    """Rows, surest first: 1 where the model is wrong."""
    last: NDArray[np.int64]
    """The last row of each run of equal confidence."""

    @classmethod
    def of(cls, predictions: Predictions, unit: NDArray[np.int64], units: int) -> Resampled:
        rows = len(predictions)
        confusion, sums = np.zeros((units, _CELLS)), np.zeros((units, BINS + 2))
        np.add.at(confusion, (unit, predictions.truth * CLASSES + predictions.predicted), 1)
        np.add.at(sums, (unit, bin_of(predictions.confidence)), predictions.right - predictions.confidence)
        np.add.at(sums[:, BINS], unit, row_nll(predictions))
        np.add.at(sums[:, BINS + 1], unit, row_brier(predictions))
        order = np.argsort(-predictions.confidence, kind="stable")
        falls = np.diff(predictions.confidence[order]) < 0
        return cls(
            confusion=confusion,
            sums=sums,
            unit=unit[order],
            wrong=(~predictions.right[order]).astype(np.float64),
            last=np.append(np.flatnonzero(falls), rows - 1),
        )

    def figures(self, drawn: Floats, metrics: Sequence[str]) -> Mapping[str, Floats]:
        """Each metric, of each resample.

        Args:
            drawn: resamples x units, how often each was drawn.
            metrics: names out of `METRICS`.
        """
        found: dict[str, Floats] = {}
        if not set(FROM_CONFUSION).isdisjoint(metrics):
            found |= from_confusion((drawn @ self.confusion).reshape(-1, CLASSES, CLASSES))
        if not set(FROM_SUMS).isdisjoint(metrics):
            found |= self._from_sums(drawn)
        if not set(FROM_ORDER).isdisjoint(metrics):
            found |= self._from_order(drawn)
        return {metric: found[metric] for metric in metrics}

    def _from_sums(self, drawn: Floats) -> Mapping[str, Floats]:
        rows = drawn @ self.confusion.sum(axis=1)
        means = (drawn @ self.sums) / rows[:, None]
        return {"ece": np.abs(means[:, :BINS]).sum(axis=1), "nll": means[:, BINS], "brier": means[:, BINS + 1]}

    def _from_order(self, drawn: Floats) -> Mapping[str, Floats]:
        weight = drawn[:, self.unit]
        wrong = np.cumsum(weight * self.wrong, axis=1)[:, self.last]
        answered = np.cumsum(weight, axis=1, out=weight)[:, self.last]
        risk = np.divide(wrong, answered, out=np.zeros_like(wrong), where=answered > 0)
        area = (np.diff(answered, axis=1, prepend=0) * risk).sum(axis=1) / answered[:, -1]
        return {"aurc": area, "accuracy_at_half": _accuracy_at_half(answered, wrong)}


def from_confusion(counts: Floats) -> Mapping[str, Floats]:
    """The metrics of a stack of confusion matrices, over the classes present in each.

    scikit-learn computes them of one set of labels at a time, which a thousand resamples cannot wait for; tests hold
    both to agree.
    """
    right = np.diagonal(counts, axis1=1, axis2=2)
    true, said = counts.sum(axis=2), counts.sum(axis=1)
    present = true > 0
    classes, rows = present.sum(axis=1), true.sum(axis=1)
    recall = right / np.where(present, true, 1)
    f1 = np.where(present, 2 * right / np.where(present, true + said, 1), 0)
    return {
        "accuracy": right.sum(axis=1) / rows,
        "uar": recall.sum(axis=1) / classes,
        "macro_f1": f1.sum(axis=1) / classes,
        "weighted_f1": (f1 * true).sum(axis=1) / rows,
    }


def _accuracy_at_half(answered: Floats, wrong: Floats) -> Floats:
    """Of the surest half of the rows; the run of equal confidence that the half ends in counts in proportion."""
    half = answered[:, -1:] / 2
    at = (answered < half).sum(axis=1, keepdims=True)
    before = np.maximum(at - 1, 0)
    until, errors = (np.where(at > 0, np.take_along_axis(column, before, 1), 0) for column in (answered, wrong))
    upto, more = (np.take_along_axis(column, at, 1) for column in (answered, wrong))
    part = (half - until) / (upto - until)
    return np.asarray(1 - (errors + part * (more - errors)) / half)[:, 0]
