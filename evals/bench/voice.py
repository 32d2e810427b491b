"""A voice made in code: no recording of a person is needed to measure what listening costs."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 16_000
"""Samples a second."""

FORMANTS: Final = ((700, 1200, 2600), (300, 2200, 3000), (450, 800, 2500), (550, 1800, 2500))
"""The first three formants of four vowels, in Hz."""

_PITCH: Final = 130.0
_BANDWIDTH: Final = 80.0
_VOWEL: Final = 0.25
_PHRASE: Final = (1.75, 0.5)

Samples = NDArray[np.float32]


def synthetic_voice(seconds: float) -> Samples:
    """Four vowels a second in phrases of 1.75 s, with pauses of half a second between them, at 16 kHz, in [-1, 1].

    Glottal pulses through formant filters (source and filter, Fant 1960): enough for a detector to hear a voice.
    It always is the same for the same length.
    """
    from scipy.signal import lfilter

    random = np.random.default_rng(1)
    time = np.arange(round(seconds * RATE)) / RATE
    cycles = np.cumsum(_PITCH * (1 + 0.25 * np.sin(2 * np.pi * 0.6 * time))) / RATE
    pulses = np.diff(np.floor(cycles), prepend=0.0) + 0.02 * random.normal(size=len(time))
    source = lfilter([1], [1, -0.95], pulses)
    length = round(_VOWEL * RATE)
    parts = np.split(source, range(length, len(source), length))
    sound = np.concatenate([_vowel(part, FORMANTS[i % len(FORMANTS)]) for i, part in enumerate(parts)])
    speaks = np.mod(time, sum(_PHRASE)) < _PHRASE[0]
    return (0.5 * sound * speaks + 1e-4 * random.normal(size=len(time))).astype(np.float32)


def _vowel(source: NDArray[np.float64], formants: tuple[int, ...]) -> NDArray[np.float64]:
    from scipy.signal import lfilter

    radius = np.exp(-np.pi * _BANDWIDTH / RATE)
    for formant in formants:
        resonance = [1, -2 * radius * np.cos(2 * np.pi * formant / RATE), radius**2]
        source = lfilter([1 - radius], resonance, source)
    loudness = np.hanning(len(source) + 2)[1:-1] ** 0.5
    return np.asarray(source / np.abs(source).max() * loudness)
