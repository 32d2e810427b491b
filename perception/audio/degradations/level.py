"""How loud the speech of a recording is, whatever silence lies around it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.audio.frames import Floats
from perception.media.values import SAMPLE_RATE

SILENT: Final = -100.0
"""dB of full scale under which there is nothing to measure."""

_STEP: Final = SAMPLE_RATE // 1000
_SMOOTHING_S: Final = 0.03
_HANGOVER_MS: Final = 200
_MARGIN_DB: Final = 15.9
_LOWEST_DB: Final = -96.0
_PRECISION_DB: Final = 0.1


def speech_level(samples: Floats) -> float | None:
    """Active speech level in dB of full scale, after ITU-T P.56 (method B).

    The power of the whole over the time in which somebody speaks: where the envelope, held for 0.2 s, lies over a
    threshold 15.9 dB under that very level. The envelope is taken each millisecond.

    Returns:
        None where there is no sound at all.
    """
    if not audible(samples):
        return None
    energy = float(np.sum(samples.astype(np.float64) ** 2))
    envelope = _envelope(samples)
    # a higher threshold leaves less time, so a higher level, but not by as much: how far it lies above falls steadily
    low, high = _LOWEST_DB, 0.0
    level = _level(energy, envelope, low, len(samples))
    while high - low > _PRECISION_DB:
        middle = (low + high) / 2
        found = _level(energy, envelope, middle, len(samples))
        if found - middle > _MARGIN_DB:
            low, level = middle, found
        else:
            high = middle
    return level


def audible(samples: Floats) -> bool:
    """Whether there is anything to measure."""
    return len(samples) > 0 and float(np.mean(samples.astype(np.float64) ** 2)) > 10 ** (SILENT / 10)


def _level(energy: float, envelope: NDArray[np.float64], threshold_db: float, length: int) -> float:
    """Level over the time in which the envelope is over a threshold, or was within the hangover; below all if never."""
    over = np.flatnonzero(envelope >= 10 ** (threshold_db / 20))
    if not len(over):
        return -np.inf if threshold_db > _LOWEST_DB else float(10 * np.log10(energy / length))
    # each place over the threshold claims the time to the next one, up to the hangover, and itself
    active = np.minimum(np.diff(over, append=len(envelope)), _HANGOVER_MS + 1).sum() * _STEP
    return float(10 * np.log10(energy / min(int(active), length)))


def _envelope(samples: Floats) -> NDArray[np.float64]:
    from scipy.signal import lfilter

    rows = np.abs(np.pad(samples, (0, -len(samples) % _STEP))).reshape(-1, _STEP)
    keep = np.exp(-1 / (1000 * _SMOOTHING_S))
    smoothed = rows.mean(axis=1)
    for _ in range(2):
        smoothed = lfilter([1 - keep], [1, -keep], smoothed)
    envelope: NDArray[np.float64] = smoothed
    return envelope
