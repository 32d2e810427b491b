"""How sure the voice network may be: temperature and threshold, from speakers it never heard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.training.report import Figures, measure

USABLE = 2 / len(EMOTIONS)
"""An answer is `uncertain` where answers as sure as it are right less often than this: twice as often as by chance.

Not more is asked, since fusion weighs an answer by its confidence anyway."""

_TEMPERATURES = np.geomspace(0.2, 5.0, 161)
_CONFIDENCES = np.arange(0.15, 0.8, 0.01)
_NEIGHBOURS = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """What cross-validation tells."""

    temperature: float
    """What logits are divided by."""
    uncertain_below: float
    """Confidence under which an answer is `uncertain`."""
    figures: tuple[Figures, ...]
    """Of the cross-validated answers."""
    note: str
    """Expected calibration error before and after."""


def calibrate(logits: NDArray[np.float64], labels: NDArray[np.int64], *, of: str) -> Calibration:
    """Fit a temperature by likelihood (Guo et al. 2017) and find the threshold.

    Args:
        logits: rows x seven, each by networks that did not see the row.
        labels: rows; places in `Emotion`.
        of: what the rows are, for the figures.
    """
    losses = [-np.log(_softmax(logits / t)[np.arange(len(labels)), labels] + 1e-12).mean() for t in _TEMPERATURES]
    temperature = float(_TEMPERATURES[int(np.argmin(losses))])
    probabilities = _softmax(logits / temperature)
    truth, told = ([EMOTIONS[i] for i in row] for row in (labels, probabilities.argmax(axis=1)))
    before, after = (_calibration_error(p, labels) for p in (_softmax(logits), probabilities))
    return Calibration(
        temperature=temperature,
        uncertain_below=_threshold(probabilities, labels),
        figures=(measure(of, truth, told),),
        note=f"expected calibration error {before:.3f} before, {after:.3f} after",
    )


def _threshold(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    near = {float(c): np.abs(confidence - c) <= _NEIGHBOURS for c in _CONFIDENCES}
    poor = [c for c, rows in near.items() if rows.sum() >= 20 and right[rows].mean() < USABLE]
    return round(max(poor, default=1 / len(EMOTIONS)), 2)


def _calibration_error(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * 15).astype(int), 14)
    gaps = [abs(right[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(np.sum(gaps))


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float64)
