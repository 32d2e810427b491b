"""A fixed piece of work, measured again and again between the cases.

A figure in milliseconds belongs to one machine at one hour. Its ratio to the same fixed work, measured right before and
right after it, can be compared between a quiet and a busy machine, and roughly between machines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

SIDE: Final = 320
"""Rows and columns of the matrices: 66 million operations a product, in 1.2 MB, which a second-level cache holds."""

PRODUCTS: Final = 6
"""In a reading. Each part takes some milliseconds, as long as a turn on a shared core: what is much shorter slips
through between two turns of other programs, and would call a busy machine quiet."""

LOOPS: Final = 100_000
"""Turns of the interpreter's loop in a reading."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Yardstick:
    """The work that all figures are set against."""

    parts: Mapping[str, Callable[[], object]]
    """By name. A reading is the geometric mean of their times, so that each counts alike whatever its length."""


@lru_cache(maxsize=1)
def default_yardstick() -> Yardstick:
    """Float32 matrix products (vector units, BLAS) and a loop of the Python interpreter."""
    import numpy as np

    random = np.random.default_rng(0)
    left, right = random.standard_normal((2, SIDE, SIDE), dtype=np.float32)

    def products() -> None:
        for _ in range(PRODUCTS):
            left @ right

    return Yardstick(parts={"matmul": products, "python": _loop})


def _loop() -> int:
    total = 0
    for number in range(LOOPS):
        total += number * number & 7
    return total
