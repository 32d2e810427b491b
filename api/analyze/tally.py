"""Counts of one set of rows: all, a group, a week."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from api.analyze.values import Verdict
from perception import EMOTIONS
from perception.text.sentiment import POLARITIES


@dataclass(kw_only=True, slots=True)
class Tally:
    """Counts that can be added to and put together."""

    rows: int = 0
    """All."""
    emotions: list[int] = field(default_factory=lambda: [0] * len(EMOTIONS))
    """Rows answered, by the likeliest emotion, in the order of `Emotion`."""
    sides: list[int] = field(default_factory=lambda: [0] * len(POLARITIES))
    """Rows answered, by the likeliest side, in the order of `Polarity`."""
    intensity: float = 0.0
    """Sum over the rows answered."""

    @property
    def answered(self) -> int:
        """Rows whose scores the text sense stands by."""
        return sum(self.emotions)

    @property
    def mean_intensity(self) -> float | None:
        """In [0, 1]; None where nothing was answered."""
        return self.intensity / self.answered if self.answered else None

    def add(self, verdict: Verdict) -> None:
        """Count a row."""
        self.rows += 1
        if not verdict.answered or verdict.observation is None or verdict.observation.scores is None:
            return
        if verdict.sentiment is None:
            return
        values = verdict.observation.scores.values
        self.emotions[values.index(max(values))] += 1
        self.sides[POLARITIES.index(verdict.sentiment.top)] += 1
        self.intensity += verdict.sentiment.intensity

    def merge(self, other: Tally) -> None:
        """Count the rows of another too."""
        self.rows += other.rows
        self.emotions = [a + b for a, b in zip(self.emotions, other.emotions, strict=True)]
        self.sides = [a + b for a, b in zip(self.sides, other.sides, strict=True)]
        self.intensity += other.intensity

    def state(self) -> list[Any]:
        """JSON-ready; floats come back the same."""
        return [self.rows, self.emotions, self.sides, self.intensity]

    @classmethod
    def of(cls, state: list[Any]) -> Tally:
        """The inverse of `state`."""
        rows, emotions, sides, intensity = state
        return cls(rows=rows, emotions=emotions, sides=sides, intensity=intensity)
