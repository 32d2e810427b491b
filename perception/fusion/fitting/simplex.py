"""Every way to share out trust among three senses, in steps, tried on all rows at once.

In the linear pool the emotion that wins does not change when all weights of a row are scaled alike. So there a row's
weights need no normalising, and a combination of trusts costs one matrix product.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.fusion.fitting.rows import MODALITIES, Floats, ScoredRows
from perception.fusion.pooling import DEFAULT_POOLING, FLOOR, Pooling

STEP: Final = 0.02
"""Between trusts: 1,326 combinations of three senses."""

_AT_ONCE: Final = 250_000
"""Cells worked on at a time, rows by combinations, so that they stay in a processor's cache."""
_CLASSES: Final = len(EMOTIONS)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Searched:
    """What every combination answers."""

    trusts: Floats
    """Combinations x 3; each sums to 1."""
    predicted: NDArray[np.int8]
    """Combinations x rows: place in `EMOTIONS`, or -1 where no trusted sense said anything."""
    accuracy: Floats
    """Combinations: part of the rows that are right; no answer is wrong."""
    macro_f1: Floats
    """Combinations: mean F1 over the classes present."""


def simplex(step: float = STEP) -> Floats:
    """All trusts in three senses that sum to 1, in steps: combinations x 3.

    Raises:
        ValueError: the step is no part of 1.
    """
    parts = round(1 / step) if step > 0 else 0
    if parts < 1 or abs(parts * step - 1) > 1e-9:
        raise ValueError(f"a step must divide 1, as 0.02 does; got {step!r}")
    return np.array([(a, b, parts - a - b) for a in range(parts + 1) for b in range(parts + 1 - a)]) / parts


def search(rows: ScoredRows, *, pooling: Pooling = DEFAULT_POOLING, step: float = STEP) -> Searched:
    """Try every combination on every row.

    Args:
        rows: labelled.
        pooling: how weighted scores become one.
        step: between trusts.
    """
    trusts = simplex(step)
    predicted = np.empty((len(trusts), len(rows)), dtype=np.int8)
    base, scores = rows.base.T.astype(np.float32), rows.scores.astype(np.float32).transpose(2, 1, 0)
    means = base * scores
    # a sense without weight is part of nothing, whatever its scores
    logs = base * np.log(np.maximum(scores, FLOOR)) if pooling == "log" else None
    for part in _parts(len(trusts), len(rows)):
        given = trusts[part].astype(np.float32)
        predicted[part] = _likeliest(given, base, means) if logs is None else _agreed(given, base, means, logs)
    accuracy, macro_f1 = figures(predicted, rows.truth)
    return Searched(trusts=trusts, predicted=predicted, accuracy=accuracy, macro_f1=macro_f1)


_Floats32 = NDArray[np.float32]


def _likeliest(trusts: _Floats32, base: _Floats32, means: _Floats32) -> NDArray[np.int8]:
    """Of the linear pool."""
    return _highest([trusts @ mean for mean in means], trusts @ base)


def _agreed(trusts: _Floats32, base: _Floats32, means: _Floats32, logs: _Floats32) -> NDArray[np.int8]:
    """Of the pool that is log-linear as far as the senses agree; as `perception.fusion.pooling` has it."""
    total = trusts @ base
    scale = 1 / np.maximum(total, np.float32(1e-12))
    shared = [np.exp((trusts @ log) * scale) for log in logs]
    disputed = np.maximum(0, 1 - sum(shared)) * scale
    return _highest([both + disputed * (trusts @ mean) for both, mean in zip(shared, means, strict=True)], total)


def _highest(scores: Sequence[_Floats32], total: _Floats32) -> NDArray[np.int8]:
    best, told = scores[0], np.zeros(total.shape, dtype=np.int8)
    for emotion, score in enumerate(scores[1:], start=1):
        told[score > best] = emotion
        best = np.maximum(best, score)
    told[total <= 0] = -1
    return told


def figures(predicted: NDArray[np.int8], truth: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Accuracy and macro-F1 of each combination."""
    present = np.unique(truth)
    support = np.bincount(truth, minlength=_CLASSES)
    right = np.zeros((len(predicted), _CLASSES))
    told = np.zeros((len(predicted), _CLASSES))
    for emotion in range(_CLASSES):
        said = predicted == emotion
        told[:, emotion] = said.sum(axis=1)
        right[:, emotion] = said[:, truth == emotion].sum(axis=1)
    return np.asarray(right.sum(axis=1) / len(truth)), f1_of(right, told, support)[:, present].mean(axis=1)


def f1_of(right: Floats, told: Floats, support: NDArray[np.int64] | Floats) -> Floats:
    """F1 of each class (the last axis); 0 where a class is neither there nor told."""
    total = told + support
    return np.asarray(2 * right / np.maximum(total, 1))


def _parts(combinations: int, rows: int) -> Iterator[slice]:
    width = max(1, _AT_ONCE // max(1, rows))
    for begin in range(0, combinations, width):
        yield slice(begin, min(begin + width, combinations))


assert len(MODALITIES) == 3, "the simplex is one of three senses"
