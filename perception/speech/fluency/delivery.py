"""Speed and pauses of some speech: two of the three dimensions of Tavakoli & Skehan (2005), "Strategic planning, task
structure and performance testing", in Ellis (ed.), Planning and Task Performance in a Second Language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

SILENT_PAUSE: Final = 0.25
"""Seconds from which a silence is a pause; shorter ones belong to articulation: Goldman-Eisler (1968),
Psycholinguistics, and De Jong & Bosker (2013), DiSS, who find 0.25 to 0.3 s to tell speakers apart best."""

SHORTEST: Final = 0.1
"""Seconds under which nothing is a rate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """A silent pause between two words."""

    start: float
    """Seconds from the start of the clip."""
    end: float
    """Seconds from the start of the clip."""

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """How the syllables of somebody's words lie in time; silence before the first and after the last does not count."""

    seconds: float
    """From the first to the last word."""
    syllables: int
    """Estimated from the words' spelling, or nuclei counted in the sound."""
    pauses: tuple[Pause, ...] = ()
    """The silent ones of `SILENT_PAUSE` or more, in order."""

    @property
    def pause_seconds(self) -> float:
        """Silence in all."""
        return sum(pause.seconds for pause in self.pauses)

    @property
    def phonation_seconds(self) -> float:
        """Time less silence."""
        return max(0.0, self.seconds - self.pause_seconds)

    @property
    def speech_rate(self) -> float | None:
        """Syllables a second, pauses included; None where that time is under 0.1 s."""
        return _rate(self.syllables, self.seconds)

    @property
    def articulation_rate(self) -> float | None:
        """Syllables a second of phonation, pauses excluded; None where that time is under 0.1 s."""
        return _rate(self.syllables, self.phonation_seconds)

    @property
    def pause_ratio(self) -> float:
        """Part of the time that is silent, in [0, 1]."""
        return min(1.0, self.pause_seconds / self.seconds) if self.seconds >= SHORTEST else 0.0

    @property
    def pauses_per_minute(self) -> float | None:
        """Silent pauses a minute; None where the time is under 0.1 s."""
        rate = _rate(len(self.pauses), self.seconds)
        return None if rate is None else 60 * rate

    @property
    def mean_pause_seconds(self) -> float | None:
        """Mean length of a silent pause; None where there is none."""
        return self.pause_seconds / len(self.pauses) if self.pauses else None

    @property
    def mean_run_syllables(self) -> float:
        """Mean length of run: syllables between silent pauses."""
        return self.syllables / (len(self.pauses) + 1)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, with everything that follows from the fields."""
        return {
            "seconds": round(self.seconds, 3),
            "syllables": self.syllables,
            "pauses": [[round(pause.start, 3), round(pause.end, 3)] for pause in self.pauses],
            "phonation_seconds": round(self.phonation_seconds, 3),
            "speech_rate": _rounded(self.speech_rate),
            "articulation_rate": _rounded(self.articulation_rate),
            "pause_ratio": _rounded(self.pause_ratio),
            "pauses_per_minute": _rounded(self.pauses_per_minute),
            "mean_pause_seconds": _rounded(self.mean_pause_seconds),
            "mean_run_syllables": _rounded(self.mean_run_syllables),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `as_dict`."""
        return cls(
            seconds=data["seconds"],
            syllables=data["syllables"],
            pauses=tuple(Pause(start=start, end=end) for start, end in data["pauses"]),
        )


def _rate(count: int, seconds: float) -> float | None:
    return count / seconds if seconds >= SHORTEST else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
