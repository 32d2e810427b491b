"""What is usual for one speaker: the baseline that a voice is heard against, from the second utterance of a session on.

Causal: an utterance is judged before it is learned from. Nothing of it is ever stored or sent: it lives as long as the
session, in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np

from perception.audio.frames import Floats
from perception.cues import Cue

PRIOR: Final = 3.0
"""Utterances that the mean over all training speakers counts for: one utterance of a speaker moves the baseline a
quarter of the way to it, since its emotion is in it as much as the voice."""
MEMORY: Final = 32
"""Utterances that a baseline remembers: an older one fades, so that a cold or another room is learned in time."""
COMPARED_FROM: Final = 2
"""Earlier utterances without which nothing is called unusual."""

LOUDER_DB: Final = 4.0
"""Change of level that is told: twice the just noticeable one would be 2 dB, but a turned head costs as much."""
PITCH_PERCENT: Final = 15
"""Change of median pitch that is told, about 2.4 semitones."""
RATE_PERCENT: Final = 25
"""Change of syllables a second that is told; 5 to 10 % is just noticeable (Quené 2007, JASA 121(1))."""


def shrunk(mean: Floats, count: int, general: Floats) -> Floats:
    """The baseline (width): the mean vector of `count` earlier utterances, drawn towards that of all speakers."""
    together: Floats = ((count * mean + PRIOR * general) / (count + PRIOR)).astype(np.float32)
    return together


@dataclass(frozen=True, kw_only=True, slots=True)
class VoiceMeasures:
    """How one utterance was said."""

    level_dbfs: float
    """RMS of the speech, in dB of full scale."""
    pitch_hz: float | None
    """Median fundamental frequency, in Hz; None where too little is voiced."""
    syllables_per_second: float | None
    """Of the speech without its pauses; None where there is too little."""


class SpeakerBaseline:
    """One speaker's, in one session. Bounded, and safe to share between threads."""

    def __init__(self) -> None:
        """Nothing has been heard."""
        self._lock = Lock()
        self._means: dict[str, _Running] = {}
        self._level, self._pitch, self._rate = _Running(), _Running(), _Running()

    def usual(self, model: str) -> tuple[Floats | None, int]:
        """Mean of `VoiceReading.mean` by that model over earlier utterances, and how many those are."""
        with self._lock:
            found = self._means.get(model)
            return (found.mean.astype(np.float32), found.count) if found else (None, 0)

    def compare(self, now: VoiceMeasures) -> tuple[Cue, ...]:
        """What stands out against earlier utterances: louder or quieter, higher or lower, faster or slower."""
        with self._lock:
            return tuple(self._compared(now))

    def learn(self, model: str, mean: Floats, measures: VoiceMeasures) -> None:
        """Take an utterance in, after it was judged."""
        with self._lock:
            self._means.setdefault(model, _Running()).take(mean.astype(np.float64))
            self._level.take(np.array(measures.level_dbfs))
            for running, value in ((self._pitch, measures.pitch_hz), (self._rate, measures.syllables_per_second)):
                if value:
                    # ratios are compared, so the logarithm is averaged
                    running.take(np.array(np.log(value)))

    def _compared(self, now: VoiceMeasures) -> Iterator[Cue]:
        if self._level.count >= COMPARED_FROM:
            more = now.level_dbfs - float(self._level.mean)
            if abs(more) >= LOUDER_DB:
                code = "louder_than_before" if more > 0 else "quieter_than_before"
                yield Cue(code=code, params={"db": round(abs(more))})
        if percent := _percent(now.pitch_hz, self._pitch, PITCH_PERCENT):
            code = "pitch_above_usual" if percent > 0 else "pitch_below_usual"
            yield Cue(code=code, params={"percent": abs(percent)})
        if percent := _percent(now.syllables_per_second, self._rate, RATE_PERCENT):
            code = "faster_than_before" if percent > 0 else "slower_than_before"
            yield Cue(code=code, params={"percent": abs(percent)})


class _Running:
    """A mean that forgets: from `MEMORY` values on, each new one counts for as much."""

    def __init__(self) -> None:
        self.mean = np.zeros(())
        self.count = 0

    def take(self, value: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
        self.count = min(self.count + 1, MEMORY)
        self.mean = self.mean + (value - self.mean) / self.count


def _percent(value: float | None, usual: _Running, least: int) -> int:
    """By how many percent a value lies off, 0 where that is less than `least` or cannot be told."""
    if not value or usual.count < COMPARED_FROM:
        return 0
    percent = round(100 * (value / float(np.exp(usual.mean)) - 1))
    return percent if abs(percent) >= least else 0
