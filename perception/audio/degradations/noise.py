"""Noise beside the speech: white, pink, and the voices of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.audio.degradations.level import audible, speech_level
from perception.audio.frames import Floats
from perception.media.values import SAMPLE_RATE

VOICES: Final = (4, 8)
"""Fewest and most voices of babble: with fewer, single ones stand out; with more, it nears noise of their spectrum."""
_PINK_FROM_HZ: Final = 20.0


def white_noise(length: int, random: np.random.Generator) -> Floats:
    """Normal noise of unit power and flat spectrum, so many samples."""
    return random.standard_normal(length, dtype=np.float32)


def pink_noise(length: int, random: np.random.Generator) -> Floats:
    """Noise of unit power that falls by 3 dB an octave from 20 Hz on, so many samples."""
    from scipy.fft import irfft, next_fast_len, rfft

    size = next_fast_len(max(length, 2), real=True)
    spectrum = rfft(white_noise(size, random))
    hertz = np.arange(len(spectrum)) * (SAMPLE_RATE / size)
    spectrum /= np.sqrt(np.maximum(hertz, _PINK_FROM_HZ)).astype(np.float32)
    spectrum[0] = 0
    return _unit(irfft(spectrum, size)[:length])


def babble_noise(length: int, voices: Sequence[Floats], random: np.random.Generator) -> Floats:
    """Several people speaking at once, of unit power, so many samples.

    Args:
        length: Samples.
        voices: Clips of other speakers; silent ones are passed over. From 4 to 8 are drawn, anew where there are fewer
            than that, each brought to the same speech level, begun anywhere and repeated without end.
        random: Draws clips and beginnings.

    Raises:
        ValueError: no clip holds any sound.
    """
    heard = [index for index, voice in enumerate(voices) if audible(voice)]
    if not heard:
        raise ValueError(f"babble needs clips of other speakers, and none of the {len(voices)} given holds any sound")
    count = int(random.integers(VOICES[0], VOICES[1] + 1))
    total = np.zeros(length, dtype=np.float32)
    for index in random.choice(heard, size=count, replace=len(heard) < count):
        begun = np.roll(voices[index], -int(random.integers(len(voices[index]))))
        total += np.resize(begun * np.float32(10 ** (-(speech_level(begun) or 0.0) / 20)), length)
    return _unit(total)


def mix(samples: Floats, noise: Floats, snr_db: float) -> Floats:
    """Add noise at a ratio to the level of the speech while somebody speaks; silence stays silent.

    What would exceed full scale is turned down as a whole: a recorder is set for what there is, and the ratio stays.
    """
    level = speech_level(samples)
    if level is None:
        return samples
    wanted = 10 ** ((level - snr_db) / 20)
    mixed = samples + _unit(noise) * np.float32(wanted)
    peak = float(np.abs(mixed).max())
    return (mixed / np.float32(peak) if peak > 1 else mixed).astype(np.float32, copy=False)


def _unit(noise: NDArray[Any]) -> Floats:
    rms = float(np.sqrt(np.mean(noise.astype(np.float64) ** 2))) if len(noise) else 0.0
    return (noise / rms).astype(np.float32) if rms > 0 else noise.astype(np.float32)
