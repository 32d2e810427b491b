"""Shorter and longer: a cut out of the middle of the speech, or the same speech again and again."""

from __future__ import annotations

from typing import Final

import numpy as np

from perception.audio.frames import Floats
from perception.media.values import SAMPLE_RATE

PAUSE_S: Final = 0.4
"""Between repetitions: a pause between sentences."""
_FRAME: Final = 320


def to_length(samples: Floats, seconds: float, random: np.random.Generator) -> Floats:
    """So many seconds of it: a longer clip is cut, a shorter one repeated with pauses.

    Repeating adds no evidence: what it tests is how the length of a recording is dealt with, not what more speech of
    the same person would bring.
    """
    length = max(1, round(seconds * SAMPLE_RATE))
    return cut_middle(samples, length) if len(samples) >= length else loop(samples, length, random)


def cut_middle(samples: Floats, length: int) -> Floats:
    """So many samples about the moment before which half of the energy lies."""
    if len(samples) <= length:
        return samples
    energy = np.cumsum(samples.astype(np.float64) ** 2)
    middle = int(np.searchsorted(energy, energy[-1] / 2)) if energy[-1] > 0 else len(samples) // 2
    start = min(max(0, middle - length // 2), len(samples) - length)
    return samples[start : start + length]


def loop(samples: Floats, length: int, random: np.random.Generator) -> Floats:
    """So many samples: the clip, a pause, the clip again. In the pauses is noise as loud as its softest tenth."""
    if not len(samples) or len(samples) >= length:
        return samples[:length]
    pause = int(PAUSE_S * SAMPLE_RATE)
    times = -(-length // (len(samples) + pause))
    floor = _floor(samples)
    parts = [part for _ in range(times) for part in (samples, floor * random.standard_normal(pause, dtype=np.float32))]
    return np.concatenate(parts)[:length].astype(np.float32)


def _floor(samples: Floats) -> np.float32:
    """RMS of the softest tenth of its frames."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    if not len(frames):
        return np.float32(0)
    return np.float32(np.sqrt(np.percentile(np.mean(frames.astype(np.float64) ** 2, axis=1), 10)))
