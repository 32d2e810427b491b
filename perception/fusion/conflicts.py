"""Where the senses disagree.

`masking`: one sense shows happiness while another, as sure of itself, shows sadness, anger, fear or disgust.
`mixed`: two senses, each sure of itself, show different feelings, neither of them neutral.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from perception.cues import Conflict
from perception.emotions import Emotion, EmotionScores
from perception.observation import Observation, Status

SURE: Final = 0.5
"""Least confidence of a sense whose disagreement counts."""

NEGATIVE: Final = frozenset({Emotion.SAD, Emotion.ANGRY, Emotion.FEAR, Emotion.DISGUST})


def find_conflicts(observations: Sequence[Observation]) -> tuple[Conflict, ...]:
    """Every pair of senses that disagrees, in the order given."""
    return tuple(_conflicts([(o, o.scores) for o in observations if o.status is Status.OK and o.scores is not None]))


def _conflicts(heard: Sequence[tuple[Observation, EmotionScores]]) -> Iterator[Conflict]:
    sure = [(o.modality, s.top) for o, s in heard if s.confidence >= SURE and s.top is not Emotion.NEUTRAL]
    for (one, feeling), (other, feels) in combinations(sure, 2):
        if feeling is feels:
            continue
        masked = Emotion.HAPPY in (feeling, feels) and NEGATIVE & {feeling, feels}
        yield Conflict(
            code="masking" if masked else "mixed", params={one.value: feeling.value, other.value: feels.value}
        )
