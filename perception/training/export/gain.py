"""Whether an 8-bit model is worth shipping: what it saves, and what it loses."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.metrics.compare import Comparison, compare
from perception.metrics.values import Predictions
from perception.training.export.runner import OnnxRunner

METRICS: Final = ("accuracy", "uar", "macro_f1")
SLOWER: Final = 0.95
"""Speed under which a model counts as slower: timing on a machine that does other things tells no finer."""
_ROUNDS: Final = 30
_LEAST_SECONDS: Final = 0.004


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantised:
    """An 8-bit model beside the one it was made of."""

    bytes_before: int
    """Size of the file."""
    bytes_after: int
    """Size of the 8-bit file."""
    comparison: Comparison
    """Accuracy, UAR and macro-F1 of both on the same rows, with the interval of the difference."""
    agreement: float
    """Part of the rows with the same top class, in [0, 1]."""
    speed: float
    """How many times as fast it is, on this machine: above 1 it is faster."""
    allowed: float
    """How much of a metric may be lost, in [0, 1]."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it does not pay, one reason each; none where it does."""
        lost = [
            f"it loses {-each.difference:.3f} of {name}, of {self.allowed:.3f} allowed (95 % interval {each.interval})"
            for name, each in self.comparison.differences.items()
            if -each.difference > self.allowed
        ]
        if self.speed < SLOWER:
            lost.append(f"it is slower: {self.speed:.2f} times as fast")
        if self.bytes_after >= self.bytes_before:
            lost.append(f"it is no smaller: {self.bytes_after:,} bytes, of {self.bytes_before:,}")
        return tuple(lost)

    @property
    def pays(self) -> bool:
        """Whether it is smaller, not slower, and loses no more than allowed."""
        return not self.reasons

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, with the verdict."""
        told = asdict(self) | {"comparison": self.comparison.as_dict()}
        return told | {"pays": self.pays, "reasons": list(self.reasons)}


def quantisation_loss(
    before: Predictions, after: Predictions, *, sizes: tuple[int, int], speed: float, allowed: float = 0.01
) -> Quantised:
    """Put together what two models said of the same rows, in the same order, and what they cost.

    Args:
        before: of the model as it was.
        after: of the 8-bit model.
        sizes: bytes of both files.
        speed: see `faster`.
        allowed: how much accuracy, UAR or macro-F1 may be lost.

    Raises:
        ValueError: these are not the same rows.
    """
    return Quantised(
        bytes_before=sizes[0],
        bytes_after=sizes[1],
        comparison=compare(before, after, metrics=METRICS),
        agreement=float((before.predicted == after.predicted).mean()),
        speed=speed,
        allowed=allowed,
    )


def measure_quantised(
    before: Path,
    after: Path,
    rows: NDArray[Any],
    truth: NDArray[np.int64],
    *,
    groups: Sequence[str] | None = None,
    output: str = "probabilities",
    allowed: float = 0.01,
) -> Quantised:
    """Run both files over labelled rows (n x ..., as the graphs take them), and time them on single rows.

    Raises:
        ExportFailed: a file cannot be run on these rows.
        ValueError: truths are not as many, or no emotions.
    """
    files = (before, after)
    said = [_predictions(OnnxRunner(file, output=output)(rows), truth, groups) for file in files]
    one, other = (OnnxRunner(file, output=output, batch=1) for file in files)
    few = rows[:8]
    speed = faster(lambda: one(few), lambda: other(few))
    sizes = (before.stat().st_size, after.stat().st_size)
    return quantisation_loss(said[0], said[1], sizes=sizes, speed=speed, allowed=allowed)


def faster(before: Callable[[], object], after: Callable[[], object], *, rounds: int = _ROUNDS) -> float:
    """How many times as fast `after` is: the median over rounds that time both in turn, in either order.

    Time is what this process spends on the processor, so that neither a busy machine nor its drift decides.
    """
    before()  # the first call allocates
    after()
    times = max(1, math.ceil(_LEAST_SECONDS / _seconds(before, 1)))
    ratios = []
    for turn in range(rounds):
        if turn % 2:
            second, first = _seconds(after, times), _seconds(before, times)
        else:
            first, second = _seconds(before, times), _seconds(after, times)
        ratios.append(first / second)
    return float(np.median(ratios))


def _seconds(call: Callable[[], object], times: int) -> float:
    begun = time.process_time()
    for _ in range(times):
        call()
    return max(time.process_time() - begun, 1e-6)


def _predictions(probabilities: NDArray[Any], truth: NDArray[np.int64], groups: Sequence[str] | None) -> Predictions:
    return Predictions(
        truth=truth,
        probabilities=np.asarray(probabilities, dtype=np.float64),
        groups=None if groups is None else tuple(groups),
    )
