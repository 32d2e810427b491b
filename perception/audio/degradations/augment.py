"""Random degradations, for training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np

from perception.audio.degradations.channel import gain, low_pass, opus, telephone, tilt
from perception.audio.degradations.level import audible
from perception.audio.degradations.noise import babble_noise, mix, pink_noise, white_noise
from perception.audio.degradations.room import impulse_response, reverberate
from perception.audio.frames import Floats
from perception.media.values import SAMPLE_RATE

CHANCES: Final[Mapping[str, float]] = MappingProxyType(
    {
        "crop": 0.3,  # a random part, at least 1 s and 40 % of the clip
        "speed": 0.5,  # 0.93 to 1.07 times as fast, pitch with it
        "reverb": 0.3,  # RT60 0.1 to 1.0 s, 0.3 to 2 m away
        "noise": 0.5,  # SNR 0 to 25 dB; babble (40 %, where clips of others are given), pink (30 %), white (30 %)
        "tilt": 0.3,  # -3 to +3 dB an octave
        "low_pass": 0.1,  # 3.5 to 7.5 kHz
        "gain": 0.5,  # -20 to +10 dB, cut off at full scale
        "telephone": 0.1,
        "opus": 0.1,  # 12, 24 or 48 kbit/s; never beside telephone
    }
)
"""Chance of each step of `augment`, in the order in which they come; each is drawn by itself."""

_SPEED: Final = (0.93, 1.07)
_SNR_DB: Final = (0.0, 25.0)
_RT60_S: Final = (0.1, 1.0)
_METRES: Final = (0.3, 2.0)
_TILT_DB: Final = (-3.0, 3.0)
_LOW_PASS_HZ: Final = (3500.0, 7500.0)
_GAIN_DB: Final = (-20.0, 10.0)
_OPUS_BPS: Final = (12_000, 24_000, 48_000)
_SHORTEST: Final = (1.0, 0.4)
_SHARE_OF_BABBLE: Final = 0.4


def augment(samples: Floats, random: np.random.Generator, *, babble: Sequence[Floats] = ()) -> Floats:
    """The same speech as it might have been recorded elsewhere; see `CHANCES` for what is drawn how often.

    In the order of the world: the voice, the room, the noise in it, the microphone, its gain, the line.

    Args:
        samples: At 16 kHz, finite, in [-1, 1].
        random: Draws everything.
        babble: Clips of other speakers; without any, noise is white or pink.
    """
    drawn = {name: random.random() < chance for name, chance in CHANCES.items()}
    if drawn["crop"]:
        samples = _cropped(samples, random)
    if drawn["speed"]:
        samples = _faster(samples, random.uniform(*_SPEED))
    if drawn["reverb"]:
        room = impulse_response(random.uniform(*_RT60_S), random, metres=random.uniform(*_METRES))
        samples = reverberate(samples, room)
    if drawn["noise"]:
        samples = mix(samples, _noise(len(samples), random, babble), random.uniform(*_SNR_DB))
    return _over_channel(samples, random, drawn)


def _over_channel(samples: Floats, random: np.random.Generator, drawn: Mapping[str, bool]) -> Floats:
    if drawn["tilt"]:
        samples = tilt(samples, random.uniform(*_TILT_DB))
    if drawn["low_pass"]:
        # rounded, so that filters are designed once
        samples = low_pass(samples, round(random.uniform(*_LOW_PASS_HZ), -2))
    if drawn["gain"]:
        samples = gain(samples, random.uniform(*_GAIN_DB))
    if drawn["telephone"]:
        return telephone(samples)
    return opus(samples, int(random.choice(_OPUS_BPS))) if drawn["opus"] else samples


def _cropped(samples: Floats, random: np.random.Generator) -> Floats:
    least = max(int(_SHORTEST[0] * SAMPLE_RATE), int(_SHORTEST[1] * len(samples)))
    if len(samples) <= least:
        return samples
    length = int(random.integers(least, len(samples)))
    start = int(random.integers(len(samples) - length + 1))
    return samples[start : start + length]


def _faster(samples: Floats, factor: float) -> Floats:
    """Plays it so many times as fast; at least one sample stays."""
    import librosa

    if len(samples) < 2:
        return samples
    faster = librosa.resample(samples, orig_sr=SAMPLE_RATE * factor, target_sr=SAMPLE_RATE, res_type="soxr_lq")
    return np.asarray(faster, dtype=np.float32)


def _noise(length: int, random: np.random.Generator, babble: Sequence[Floats]) -> Floats:
    if any(audible(voice) for voice in babble) and random.random() < _SHARE_OF_BABBLE:
        return babble_noise(length, babble, random)
    return pink_noise(length, random) if random.random() < 0.5 else white_noise(length, random)
