"""The int8 variant of a run's weights: kept where it pays, and what it loses is told either way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from perception.training.experiments.task import Rows, Task
from perception.training.export import Quantised, faster, quantisation_loss

_TIMED = 64
"""Development rows on which speed is compared, many times over."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """What came of it."""

    path: Path | None
    """The file; None where it does not pay, or where the format has none."""
    sentence: str
    """For the card."""


def int8_variant(task: Task, weights: Path, folder: Path, dev: Rows) -> Variant:
    """Quantise, measure both on the development rows, and keep the small one where it pays."""
    path = task.quantise(weights, folder)
    if path is None:
        return Variant(path=None, sentence="this format has no int8 variant")
    plain, small = task.runtime(weights), task.runtime(path)
    some = dev.some(np.arange(min(_TIMED, len(dev))))
    loss = quantisation_loss(
        dev.predictions(plain(dev)),
        dev.predictions(small(dev)),
        sizes=(weights.stat().st_size, path.stat().st_size),
        speed=faster(lambda: plain(some), lambda: small(some)),
    )
    if not loss.pays:
        path.unlink()
    return Variant(path=path if loss.pays else None, sentence=_sentence(loss))


def _sentence(loss: Quantised) -> str:
    moved = ", ".join(
        f"{name} {each.difference:+.3f}" + (f" ({each.interval})" if each.interval else "")
        for name, each in loss.comparison.differences.items()
    )
    told = (
        f"{loss.bytes_after:,} bytes instead of {loss.bytes_before:,}, {loss.speed:.2f} times as fast, same top "
        f"emotion for {loss.agreement:.1%} of the development rows; {moved}"
    )
    return told if loss.pays else f"not kept, because {'; '.join(loss.reasons)}. Measured: {told}"
