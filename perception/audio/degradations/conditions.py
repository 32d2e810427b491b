"""Named conditions, for reports."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from perception.audio.degradations.channel import gain, opus, telephone
from perception.audio.degradations.length import to_length
from perception.audio.degradations.noise import babble_noise, mix, pink_noise, white_noise
from perception.audio.degradations.room import impulse_response, reverberate
from perception.audio.frames import Floats

Apply = Callable[[Floats, np.random.Generator, Sequence[Floats]], Floats]
"""Of samples, chance, and clips of other speakers."""

_Make = Callable[[int, np.random.Generator, Sequence[Floats]], Floats]


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """One way in which sound gets worse, to one degree."""

    name: str
    """As `DEGRADATIONS` has it."""
    family: str
    """Which way: conditions of one family draw the same chance for the same clip, and differ in degree only."""
    apply: Apply
    """Makes the samples."""

    @property
    def needs_babble(self) -> bool:
        """Whether clips of other speakers are needed."""
        return self.family == "babble"


def degrade(samples: Floats, condition: str, *, seed: int, babble: Sequence[Floats] = ()) -> Floats:
    """A recording under a named condition; the same for the same samples, condition, seed and babble.

    Args:
        samples: At 16 kHz, finite, in [-1, 1].
        condition: A name in `DEGRADATIONS`.
        seed: Of all that is drawn, at least 0.
        babble: Clips of other speakers, for conditions that need them.

    Raises:
        KeyError: there is no such condition.
        ValueError: babble is needed, and none of it holds any sound.
    """
    if condition not in DEGRADATIONS:
        raise KeyError(f"no condition {condition!r}; there are {', '.join(DEGRADATIONS)}")
    chosen = DEGRADATIONS[condition]
    place = zlib.crc32(np.ascontiguousarray(samples, dtype=np.float32).tobytes())
    random = np.random.default_rng((seed, zlib.crc32(chosen.family.encode()), place))
    return chosen.apply(samples, random, babble)


def _noisy(make: _Make, snr_db: float) -> Apply:
    return lambda samples, random, voices: mix(samples, make(len(samples), random, voices), snr_db)


def _room(rt60: float) -> Apply:
    return lambda samples, random, _: reverberate(samples, impulse_response(rt60, random))


def _gain(decibels: float) -> Apply:
    return lambda samples, _random, _: gain(samples, decibels)


def _length(seconds: float) -> Apply:
    return lambda samples, random, _: to_length(samples, seconds, random)


def _conditions() -> Iterator[Condition]:
    noises: dict[str, _Make] = {
        "babble": lambda length, random, voices: babble_noise(length, voices, random),
        "white": lambda length, random, _: white_noise(length, random),
        "pink": lambda length, random, _: pink_noise(length, random),
    }
    yield Condition(name="clean", family="clean", apply=lambda samples, _random, _: samples)
    for family, make in noises.items():
        for snr in (20, 10, 0):
            yield Condition(name=f"{family}_{snr}dB", family=family, apply=_noisy(make, snr))
    for rt60 in (0.4, 0.8):
        yield Condition(name=f"reverb_{rt60}s", family="reverb", apply=_room(rt60))
    yield Condition(name="telephone", family="telephone", apply=lambda samples, _random, _: telephone(samples))
    yield Condition(name="opus_24k", family="opus", apply=lambda samples, _random, _: opus(samples))
    for decibels in (-20, -10, 10):
        yield Condition(name=f"gain_{decibels:+}dB", family="gain", apply=_gain(decibels))
    for seconds in (0.3, 0.5, 1, 2, 5, 10, 30):
        yield Condition(name=f"length_{seconds:g}s", family="length", apply=_length(seconds))


DEGRADATIONS: Final[Mapping[str, Condition]] = MappingProxyType({each.name: each for each in _conditions()})
"""By name, in the order of a report."""
