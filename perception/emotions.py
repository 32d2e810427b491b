"""The seven emotions and a probability over them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Emotion(StrEnum):
    """Ekman's six basic emotions and neutral. The order is fixed: every vector in Attune follows it."""

    HAPPY = "happy"
    SAD = "sad"
    ANGRY = "angry"
    FEAR = "fear"
    SURPRISE = "surprise"
    DISGUST = "disgust"
    NEUTRAL = "neutral"


EMOTIONS: Final = tuple(Emotion)

# Mean pleasure and arousal of the matching terms in Russell & Mehrabian (1977), "Evidence for a
# three-factor theory of emotions", J. Research in Personality 11, 273-294: points in Russell's circumplex.
CIRCUMPLEX: Final[Mapping[Emotion, tuple[float, float]]] = {
    Emotion.HAPPY: (0.81, 0.51),
    Emotion.SAD: (-0.63, -0.27),
    Emotion.ANGRY: (-0.51, 0.59),
    Emotion.FEAR: (-0.64, 0.60),
    Emotion.SURPRISE: (0.40, 0.67),
    Emotion.DISGUST: (-0.60, 0.35),
    Emotion.NEUTRAL: (0.0, 0.0),
}

_TOLERANCE: Final = 1e-3


@dataclass(frozen=True, kw_only=True, slots=True)
class EmotionScores:
    """A probability for each emotion."""

    values: tuple[float, ...]
    """Seven probabilities in the order of `Emotion`, each in [0, 1], summing to 1."""

    def __post_init__(self) -> None:
        if len(self.values) != len(EMOTIONS):
            raise ValueError(f"EmotionScores takes {len(EMOTIONS)} values, got {len(self.values)}: {self.values!r}")
        total = sum(self.values)
        if not (abs(total - 1.0) <= _TOLERANCE and min(self.values) >= 0.0):
            raise ValueError(f"EmotionScores takes probabilities that sum to 1, got {self.values!r} (sum {total:.4f})")

    @classmethod
    def normalised(cls, weights: Iterable[float]) -> EmotionScores:
        """Scores in proportion to seven non-negative weights.

        Raises:
            ValueError: the weights are negative, not finite, not seven, or all zero.
        """
        values = tuple(float(w) for w in weights)
        total = sum(values)
        if not (math.isfinite(total) and total > 0):
            raise ValueError(f"weights must be finite and not all zero, got {values!r}")
        return cls(values=tuple(v / total for v in values))

    @classmethod
    def of(cls, weights: Mapping[str, float]) -> EmotionScores:
        """Scores in proportion to weights by emotion name; an emotion left out weighs 0.

        Raises:
            ValueError: a name is no emotion, or the weights cannot be normalised.
        """
        unknown = sorted(set(weights) - set(EMOTIONS))
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no emotion; the emotions are {', '.join(EMOTIONS)}")
        return cls.normalised(weights.get(emotion, 0.0) for emotion in EMOTIONS)

    def __getitem__(self, emotion: Emotion) -> float:
        return self.values[EMOTIONS.index(emotion)]

    @property
    def top(self) -> Emotion:
        """The likeliest emotion; the first in order where several are."""
        return EMOTIONS[self.values.index(max(self.values))]

    @property
    def confidence(self) -> float:
        """Probability of `top`, in [1/7, 1]."""
        return max(self.values)

    @property
    def margin(self) -> float:
        """Distance of the two likeliest emotions, in [0, 1]."""
        first, second = sorted(self.values, reverse=True)[:2]
        return first - second

    @property
    def entropy(self) -> float:
        """Shannon entropy divided by its maximum, in [0, 1]: 0 is certain, 1 knows nothing."""
        nats = -sum(p * math.log(p) for p in self.values if p > 0)
        return max(0.0, nats / math.log(len(EMOTIONS)))

    @property
    def valence(self) -> float:
        """Expected pleasure on Russell's circumplex, in [-1, 1] (see `CIRCUMPLEX`)."""
        return sum(p * CIRCUMPLEX[emotion][0] for emotion, p in zip(EMOTIONS, self.values, strict=True))

    @property
    def arousal(self) -> float:
        """Expected activation on Russell's circumplex, in [-1, 1] (see `CIRCUMPLEX`)."""
        return sum(p * CIRCUMPLEX[emotion][1] for emotion, p in zip(EMOTIONS, self.values, strict=True))

    def as_dict(self) -> dict[str, float]:
        """Probabilities by emotion name, in order, rounded to 4 digits."""
        return {emotion.value: round(p, 4) for emotion, p in zip(EMOTIONS, self.values, strict=True)}
