"""All rows as numbers, by what those that are fitted on tell of scales and vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.text.own.model import Dense
from perception.text.vectorise import Vectoriser
from perception.training.text.own.head import Fold
from perception.training.text.own.numbers import BaseNumbers, dense_matrix, fit_ngrams, gram_matrix

WEIGHT: Final = 1.0
"""Mean length of what a base model says, where each block of n-grams has the length 1."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class View:
    """Rows as numbers."""

    fit: Mask
    """By row: whether it is fitted on."""
    judged: Mask
    """By row: whether it judges."""
    scales: tuple[Dense, ...]
    """How what the base models say was scaled."""
    blocks: tuple[Vectoriser, ...]
    """Which n-grams were counted."""
    dense: Any
    """Rows x numbers of the base models, sparse."""
    grams: Any
    """Rows x n-grams, sparse."""

    def matrix(self, *, whole: bool) -> Any:
        """Rows x features: with what the base models say, or n-grams alone."""
        from scipy.sparse import hstack

        return hstack([self.dense, self.grams]).tocsr() if whole else self.grams

    def fold(self, truth: NDArray[np.int64], *, whole: bool) -> Fold:
        """The rows to fit on and to judge by."""
        matrix = self.matrix(whole=whole)
        return Fold(
            fit=matrix[self.fit],
            fit_truth=truth[self.fit],
            judged=matrix[self.judged],
            judged_truth=truth[self.judged],
        )


def make_view(bases: Sequence[BaseNumbers], texts: Sequence[str], fit: Mask, judged: Mask) -> View:
    """Scale and count.

    Args:
        bases: what the base models say of all rows.
        texts: all rows.
        fit: which are fitted on; nothing else is learned from.
        judged: which judge.
    """
    scales = tuple(each.scaled(fit, WEIGHT) for each in bases)
    fitted = [text for text, inside in zip(texts, fit, strict=True) if inside]
    blocks = fit_ngrams(fitted, [each.lang for each in bases])
    return View(
        fit=fit,
        judged=judged,
        scales=scales,
        blocks=blocks,
        dense=dense_matrix(bases, scales),
        grams=gram_matrix(texts, blocks),
    )
