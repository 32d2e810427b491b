"""Figures of a thousand resamples at once.

A resample says how often each unit (a row, or all rows of a speaker) was drawn. Most figures follow from sums over
units, so they cost one matrix product; the risk-coverage curve needs the rows in the order of their confidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

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
NOISE: Final = "ece noise"
"""Beside `METRICS`: the ECE that chance alone gives a resample, were the model calibrated on the rows."""
_CELLS: Final = CLASSES * CLASSES
_AT_ONCE: Final = 100_000
"""Draws worked on at a time: few enough to stay in the cache of a processor."""

Floats = NDArray[np.float64]


def units_of(predictions: Predictions) -> tuple[NDArray[np.int64], int]:
    """The unit each row is drawn with, and how many units there are.

    Without groups each row is one, numbered from the surest by what it holds, so that the order in which rows come
    changes no interval.
    """
    if predictions.groups is not None:
        names, unit = np.unique(np.array(predictions.groups), return_inverse=True)
        return unit.astype(np.int64), len(names)
    rows = len(predictions)
    unit = np.empty(rows, dtype=np.int64)
    unit[np.lexsort((*predictions.probabilities.T, predictions.truth, -predictions.confidence))] = np.arange(rows)
    return unit, rows


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

    confusion: Any
    """49 x units, sparse: counts of (truth, prediction)."""
    sums: Any
    """17 x units, sparse: by bin, how much more was right than the confidence said; then the sums of NLL and Brier."""
    unit: NDArray[np.int64]
    """Rows, surest first: the unit of each."""
    wrong: Floats
    """Rows, surest first: 1 where the model is wrong."""
    last: NDArray[np.int64]
    """The last row of each run of equal confidence."""

    @classmethod
    def of(cls, predictions: Predictions, unit: NDArray[np.int64], units: int) -> Resampled:
        cell = predictions.truth * CLASSES + predictions.predicted
        columns = (
            (bin_of(predictions.confidence), predictions.right - predictions.confidence),
            (np.full(len(unit), BINS), row_nll(predictions)),
            (np.full(len(unit), BINS + 1), row_brier(predictions)),
        )
        order = np.lexsort((unit, -predictions.confidence))
        falls = np.diff(predictions.confidence[order]) < 0
        return cls(
            confusion=_sums(cell, unit, np.ones(len(unit)), (_CELLS, units)),
            sums=_sums(
                np.concatenate([column for column, _ in columns]),
                np.tile(unit, len(columns)),
                np.concatenate([value for _, value in columns]),
                (BINS + 2, units),
            ),
            unit=unit[order],
            wrong=(~predictions.right[order]).astype(np.float64),
            last=np.append(np.flatnonzero(falls), len(unit) - 1),
        )

    def figures(self, drawn: Floats, metrics: Sequence[str]) -> Mapping[str, Floats]:
        """Each metric, of each resample.

        Args:
            drawn: resamples x units, how often each was drawn.
            metrics: names out of `METRICS`.
        """
        found: dict[str, Floats] = {}
        if not set(FROM_CONFUSION).isdisjoint(metrics):
            found |= from_confusion((self.confusion @ drawn.T).T.reshape(-1, CLASSES, CLASSES))
        if not set(FROM_SUMS).isdisjoint(metrics):
            found |= self._from_sums(drawn)
        if not set(FROM_ORDER).isdisjoint(metrics):
            found |= self._from_order(drawn)
        return {metric: found[metric] for metric in metrics}

    def _from_sums(self, drawn: Floats) -> Mapping[str, Floats]:
        means = self._means(drawn)
        gaps, whole = means[:, :BINS], self._means(np.ones((1, drawn.shape[1])))[:, :BINS]
        return {
            "ece": np.abs(gaps).sum(axis=1),
            NOISE: np.abs(gaps - whole).sum(axis=1),
            "nll": means[:, BINS],
            "brier": means[:, BINS + 1],
        }

    def _means(self, drawn: Floats) -> Floats:
        return np.asarray((self.sums @ drawn.T).T / (drawn @ self.confusion.sum(axis=0))[:, None])

    def _from_order(self, drawn: Floats) -> Mapping[str, Floats]:
        in_turn = np.array_equal(self.unit, np.arange(drawn.shape[1]))
        weight = drawn if in_turn else drawn[:, self.unit]
        wrong, answered = np.cumsum(weight * self.wrong, axis=1), np.cumsum(weight, axis=1)
        if len(self.last) < len(self.unit):
            wrong, answered = wrong[:, self.last], answered[:, self.last]
            weight = np.diff(answered, axis=1, prepend=0)
        # before the first drawn row both are 0, and so is its weight
        risk = wrong / np.maximum(answered, 1)
        area = np.einsum("ij,ij->i", weight, risk) / answered[:, -1]
        return {"aurc": area, "accuracy_at_half": _accuracy_at_half(answered, wrong)}


def _sums(row: NDArray[np.int64], unit: NDArray[np.int64], value: Floats, shape: tuple[int, int]) -> Any:
    """Sparse, for a unit of one row touches few sums; and BLAS would fight over the processor with what runs beside."""
    from scipy.sparse import coo_array

    return coo_array((value, (row, unit)), shape=shape).tocsr()


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
