"""Trials: fewer rows, always the same ones."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def at_most(ids: Sequence[str], limit: int | None) -> NDArray[np.bool_]:
    """Which rows a trial keeps: those whose ids hash lowest, so that another trial keeps the same."""
    if limit is None or len(ids) <= limit:
        return np.ones(len(ids), dtype=np.bool_)
    ranks = [hashlib.sha256(each.encode()).digest() for each in ids]
    kept = np.zeros(len(ids), dtype=np.bool_)
    kept[sorted(range(len(ids)), key=ranks.__getitem__)[:limit]] = True
    return kept
