"""What a person says of their own feeling, which counts for more than what any sense makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from perception.emotions import EMOTIONS, Emotion, EmotionScores

TOLD: Final = 0.9
"""Probability of what a person says they feel; the senses keep the rest, so that what shows beside it stays visible."""

_NEUTRAL_PARTS: Final = 2
"""Parts of what was denied that neutral takes, where every other emotion takes one: it is the recessive one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """A hard override of the senses: what a person feels, or does not feel, by their own account."""

    kind: Literal["correction", "self_statement"]
    """`correction`: they set right how they were read. `self_statement`: they said how they feel, in so many words."""
    stated: tuple[Emotion, ...] = ()
    """What they say they feel, in the order in which they said it."""
    denied: tuple[Emotion, ...] = ()
    """What they say they do not feel. Of an emotion that is stated and denied, the statement counts."""

    def __post_init__(self) -> None:
        if not (self.stated or self.denied):
            raise ValueError(f"an override by {self.kind} needs an emotion that is stated or denied; it has neither")

    @property
    def ruled_out(self) -> frozenset[Emotion]:
        """What is denied and not stated."""
        return frozenset(self.denied) - frozenset(self.stated)


def overridden(scores: EmotionScores | None, override: Override) -> EmotionScores | None:
    """The scores under an override.

    What is stated gets `TOLD`, in equal parts where it is several, and the senses share what is left. What is denied
    gets nothing; its probability is spread over the emotions that are not denied, so that a denial leaves the senses
    less sure and never turns a little doubt into certainty.

    Args:
        scores: of the senses; None when none could tell.
        override: what the person said.

    Returns:
        None when nothing is stated and no sense could tell, or when all seven are denied.
    """
    left = _without(scores, override.ruled_out) if scores else None
    if not override.stated:
        return left
    told = [override.stated.count(emotion) / len(override.stated) for emotion in EMOTIONS]
    if left is None:
        return EmotionScores.normalised(told)
    return EmotionScores.normalised(
        TOLD * said + (1 - TOLD) * seen for said, seen in zip(told, left.values, strict=True)
    )


def kept(scores: EmotionScores | None, override: Override) -> float:
    """The part of what the senses said that a denial leaves standing, in [0, 1]."""
    return 1.0 - sum(scores[emotion] for emotion in override.ruled_out) if scores else 0.0


def _without(scores: EmotionScores, denied: frozenset[Emotion]) -> EmotionScores | None:
    if len(denied) == len(EMOTIONS):
        return None
    gone = sum(scores[emotion] for emotion in denied)
    parts: Sequence[int] = [
        0 if emotion in denied else _NEUTRAL_PARTS if emotion is Emotion.NEUTRAL else 1 for emotion in EMOTIONS
    ]
    return EmotionScores.normalised(
        scores[emotion] + gone * part / sum(parts) if part else 0.0
        for emotion, part in zip(EMOTIONS, parts, strict=True)
    )
