"""Rooms: what is said, and the walls that give it back."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.audio.frames import Floats
from perception.media.values import SAMPLE_RATE

VOLUME_M3: Final = 60.0
"""A living room or a small office."""
_EARLY_S: Final = (0.003, 0.03)
_REFLECTIONS: Final = 6
_EARLY_SHARE: Final = 0.5


def impulse_response(rt60: float, random: np.random.Generator, *, metres: float = 1.0) -> Floats:
    """A synthetic room: the direct sound, six early reflections, and noise that decays by 60 dB in `rt60` seconds.

    The direct sound, which is sample 0, stands to the rest as Sabine's diffuse field has it at this distance in a room
    of 60 cubic metres (critical distance 0.057 sqrt(V / RT60) m; Kuttruff, Room Acoustics, 2016). Of unit energy.
    Statistical rather than by image sources: the tail is what hurts, and it costs a hundredth.

    Args:
        rt60: Reverberation time in seconds, above 0.
        random: Draws the reflections.
        metres: From the mouth to the microphone.
    """
    length = max(int(rt60 * SAMPLE_RATE), int(_EARLY_S[1] * SAMPLE_RATE) + 1)
    decay = np.exp(-np.arange(length) * (3 * np.log(10) / (rt60 * SAMPLE_RATE)))
    tail = random.standard_normal(length) * decay
    tail[: int(_EARLY_S[0] * SAMPLE_RATE)] = 0
    early = np.zeros(length)
    places = (random.uniform(*_EARLY_S, size=_REFLECTIONS) * SAMPLE_RATE).astype(int)
    early[places] = random.choice((-1.0, 1.0), size=_REFLECTIONS) * decay[places]
    room = np.sqrt(_EARLY_SHARE) * early / np.linalg.norm(early) + np.sqrt(1 - _EARLY_SHARE) * tail / _norm(tail)
    direct = 0.057 * np.sqrt(VOLUME_M3 / rt60) / metres
    room = room / _norm(room)
    room[0] = direct
    response: Floats = (room / _norm(room)).astype(np.float32)
    return response


def reverberate(samples: Floats, response: Floats) -> Floats:
    """The same speech in a room, as long and as powerful as it was: what rings on after its end is cut off."""
    from scipy.signal import oaconvolve

    if not len(samples):
        return samples
    wet = oaconvolve(samples, response)[: len(samples)]
    before, after = _norm(samples), _norm(wet)
    return (wet * (before / after)).astype(np.float32) if after > 0 else samples


def _norm(values: NDArray[Any]) -> float:
    return float(np.linalg.norm(values.astype(np.float64)))
