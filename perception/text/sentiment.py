"""Sentiment out of emotion: positive, neutral or negative, and how strongly felt.

There is no model of its own: what the seven emotions say is said in three classes, so that both can never tell
different stories of the same words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from perception.emotions import CIRCUMPLEX, EMOTIONS, Emotion, EmotionScores


class Polarity(StrEnum):
    """The side a text is on. The order is that of display."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


POLARITIES: Final = tuple(Polarity)

POLARITY_OF: Final = {
    Emotion.HAPPY: Polarity.POSITIVE,
    Emotion.SAD: Polarity.NEGATIVE,
    Emotion.ANGRY: Polarity.NEGATIVE,
    Emotion.FEAR: Polarity.NEGATIVE,
    Emotion.DISGUST: Polarity.NEGATIVE,
    Emotion.NEUTRAL: Polarity.NEUTRAL,
}
"""The side of each emotion but surprise, which has none of its own."""

ALONE: Final = 0.1
"""Weight of neutral in what surprise is split by: a surprise in no company is neither good news nor bad."""

_SURPRISE: Final = EMOTIONS.index(Emotion.SURPRISE)
_PLACES: Final = tuple(
    tuple(EMOTIONS.index(emotion) for emotion, side in POLARITY_OF.items() if side is polarity)
    for polarity in POLARITIES
)
_LONGEST: Final = max(math.hypot(*place) for place in CIRCUMPLEX.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentiment:
    """Which side a text is on, and how strongly.

    The mapping, and why:

    - *Happy* is positive; *sad*, *angry*, *fear* and *disgust* are negative; *neutral* is neutral. That is the sign of
      their pleasure in Russell & Mehrabian (1977), and the grouping of GoEmotions (Demszky et al. 2020, ACL).
    - *Surprise* is on no side: GoEmotions groups it as ambiguous, since a gift surprises as a bill does. So the rest of
      the scores decides: its probability p is split as the other six are,
      `p * (side + ALONE * [side is neutral]) / (1 - p + ALONE)`. Surprise with joy is good news, with anger bad news,
      and without either it is neutral. (Its mean pleasure of +0.40 comes from rating the word by itself; taken as
      positive, every complaint that begins with disbelief would be praise.)
    - `intensity` is the length of the expected position on the circumplex, relative to the longest of the seven: in a
      space of pleasure and arousal, how far a feeling is from its neutral centre is how intense it is (Reisenzein 1994,
      J. Personality and Social Psychology 67, 525-539). Neutral is 0, sure joy 1, sure sadness 0.72 (it is calm);
      doubt between opposite feelings shortens it. It tells what the words show, and no more.

    The side need not be that of the likeliest emotion: four negative ones at 0.15 outweigh neutral at 0.4.
    """

    values: tuple[float, float, float]
    """Probabilities of positive, neutral and negative, summing to 1."""
    intensity: float
    """How strongly felt, in [0, 1]."""

    def __post_init__(self) -> None:
        if not (abs(sum(self.values) - 1) <= 1e-3 and min(self.values) >= 0):
            raise ValueError(f"a Sentiment takes three probabilities that sum to 1, got {self.values!r}")
        if not 0 <= self.intensity <= 1:
            raise ValueError(f"the intensity of a Sentiment must be in [0, 1], got {self.intensity!r}")

    @classmethod
    def of(cls, scores: EmotionScores) -> Sentiment:
        """The sentiment of emotion scores."""
        weights = scores.values
        positive, neutral, negative = (sum(weights[i] for i in places) for places in _PLACES)
        split = weights[_SURPRISE] / (positive + neutral + negative + ALONE)
        sides = (positive * (1 + split), neutral * (1 + split) + ALONE * split, negative * (1 + split))
        total = sum(sides)
        return cls(
            values=(sides[0] / total, sides[1] / total, sides[2] / total),
            intensity=min(1.0, math.hypot(scores.valence, scores.arousal) / _LONGEST),
        )

    def __getitem__(self, polarity: Polarity) -> float:
        return self.values[POLARITIES.index(polarity)]

    @property
    def top(self) -> Polarity:
        """The likeliest side; of equally likely ones neutral, then positive."""
        positive, neutral, negative = self.values
        if neutral >= positive and neutral >= negative:
            return Polarity.NEUTRAL
        return Polarity.POSITIVE if positive >= negative else Polarity.NEGATIVE

    @property
    def confidence(self) -> float:
        """Probability of `top`, in [1/3, 1]."""
        return max(self.values)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, rounded to 4 digits."""
        return {
            "sentiment": self.top.value,
            "scores": {side.value: round(p, 4) for side, p in zip(POLARITIES, self.values, strict=True)},
            "intensity": round(self.intensity, 4),
        }
