"""Mood: how the affect of a person moves over turns."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from perception import Affect, Emotion, EmotionScores, Mood
from perception.affect import Trend

HALF_LIFE: Final = 2.0
"""Turns after which an affect weighs half: the present turn counts 29 % in a long conversation, the last four 75 %."""

TREND_TURNS: Final = 5
"""How many of the latest turns the trend is read from."""

TREND_LEAST: Final = 3
"""Fewer turns than this have no trend: a single observation is not one."""

DEAD_BAND: Final = 0.05
"""Slope of valence per turn below which it is steady; over `TREND_TURNS` that is 0.2 of the range of 2."""


def mood_of(affects: Sequence[Affect]) -> Mood | None:
    """The mood that a series of affects adds up to.

    Args:
        affects: oldest first. Those without scores are passed over: not knowing is no feeling.

    Returns:
        None when no affect has scores.
    """
    known = [affect.scores for affect in affects if affect.scores is not None]
    if not known:
        return None
    valences = [scores.valence for scores in known]
    return Mood(
        scores=_mean(known, [0.5 ** (age / HALF_LIFE) for age in reversed(range(len(known)))]),
        trend=_trend(valences[-TREND_TURNS:]),
        volatility=min(1.0, statistics.pstdev(valences)),
        baseline=_mean(known, [1.0] * len(known)),
        last_shift=_last_shift([scores.top for scores in known]),
        turns=len(known),
    )


def _mean(series: Sequence[EmotionScores], weights: Sequence[float]) -> EmotionScores:
    by_emotion = zip(*(scores.values for scores in series), strict=True)
    return EmotionScores.normalised(
        sum(weight * value for weight, value in zip(weights, values, strict=True)) for values in by_emotion
    )


def _trend(valences: Sequence[float]) -> Trend:
    """The sign of the least-squares slope of valence over turns, or `steady` within the dead band."""
    if len(valences) < TREND_LEAST:
        return "steady"
    slope = statistics.linear_regression(range(len(valences)), valences).slope
    if abs(slope) <= DEAD_BAND:
        return "steady"
    return "rising" if slope > 0 else "falling"


def _last_shift(tops: Sequence[Emotion]) -> Emotion | None:
    before = [earlier for earlier, later in pairwise(tops) if earlier is not later]
    return before[-1] if before else None
