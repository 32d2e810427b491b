"""Every way to share out trust among three senses, in steps, tried on all rows at once.

Which emotion wins does not change when all weights of a row are scaled alike. So a row's weights need no
normalising, and a combination of trusts costs one matrix product.
"""

from __future__ import annotations

from collections.abc import Iterator
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


def evidence(rows: ScoredRows, pooling: Pooling) -> Floats:
    """Rows x 3 x 7: what each sense adds to the fused score of each emotion, before trust."""
    told = rows.scores if pooling == "linear" else np.log(np.maximum(rows.scores, FLOOR))
    return np.asarray(rows.base[:, :, None] * told)


def search(rows: ScoredRows, *, pooling: Pooling = DEFAULT_POOLING, step: float = STEP) -> Searched:
    """Try every combination on every row.

    Args:
        rows: labelled.
        pooling: how weighted scores become one.
        step: between trusts.
    """
    trusts = simplex(step)
    predicted = np.empty((len(trusts), len(rows)), dtype=np.int8)
    planes = evidence(rows, pooling).astype(np.float32).transpose(2, 1, 0).copy()
    heard = rows.heard.T.astype(np.float32)
    for part in _parts(len(trusts), len(rows)):
        predicted[part] = _answers(trusts[part].astype(np.float32), planes, heard)
    accuracy, macro_f1 = figures(predicted, rows.truth)
    return Searched(trusts=trusts, predicted=predicted, accuracy=accuracy, macro_f1=macro_f1)


def _answers(trusts: NDArray[np.float32], planes: NDArray[np.float32], heard: NDArray[np.float32]) -> NDArray[np.int8]:
    best = trusts @ planes[0]
    told = np.zeros(best.shape, dtype=np.int8)
    for emotion in range(1, _CLASSES):
        score = trusts @ planes[emotion]
        higher = score > best
        told[higher] = emotion
        np.maximum(best, score, out=best)
    told[(trusts @ heard) <= 0] = -1
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
