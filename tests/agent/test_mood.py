"""What a series of affects adds up to."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.mood import HALF_LIFE, mood_of
from perception import EMOTIONS, Affect, Emotion, EmotionScores

pytestmark = pytest.mark.unit

weights = st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7).filter(lambda values: sum(values) > 0.01)
scores = weights.map(EmotionScores.normalised)


def affect(felt: EmotionScores | None) -> Affect:
    return Affect(scores=felt, shares=(), conflicts=(), reliability=1.0, observations=())


def feeling(emotion: Emotion, confidence: float = 1.0) -> EmotionScores:
    """That much of one emotion, the rest neutral."""
    return EmotionScores.normalised(
        confidence * (each is emotion) + (1.0 - confidence) * (each is Emotion.NEUTRAL) for each in EMOTIONS
    )


def series(*felt: EmotionScores | None) -> list[Affect]:
    return [affect(scores) for scores in felt]


def test_nothing_known_is_no_mood() -> None:
    assert mood_of([]) is None
    assert mood_of(series(None, None)) is None


def test_one_turn_is_its_own_mood() -> None:
    mood = mood_of(series(feeling(Emotion.SAD, 0.6)))
    assert mood is not None
    assert mood.scores.values == pytest.approx(mood.baseline.values)
    assert (mood.scores.top, mood.turns, mood.trend) == (Emotion.SAD, 1, "steady")
    assert (mood.volatility, mood.last_shift) == (0.0, None)


def test_the_weight_of_a_turn_halves_with_the_half_life() -> None:
    age = int(HALF_LIFE)
    mood = mood_of(series(feeling(Emotion.SAD), *[feeling(Emotion.NEUTRAL)] * (age - 1), feeling(Emotion.HAPPY)))
    assert mood is not None
    assert mood.scores[Emotion.SAD] / mood.scores[Emotion.HAPPY] == pytest.approx(0.5)


def test_recent_turns_outweigh_a_long_past() -> None:
    mood = mood_of(series(*[feeling(Emotion.HAPPY)] * 40, *[feeling(Emotion.SAD)] * 3))
    assert mood is not None
    assert mood.scores.top is Emotion.SAD
    assert mood.baseline.top is Emotion.HAPPY


@pytest.mark.parametrize(
    ("happy", "trend"),
    [
        ([0.0, 0.3, 0.6], "rising"),
        ([0.9, 0.5, 0.1], "falling"),
        ([0.5, 0.5, 0.5], "steady"),
        ([0.5, 0.52, 0.54], "steady"),
        ([0.0, 0.9], "steady"),
        ([0.9, 0.6, 0.3, 0.0, 0.0, 0.3, 0.6, 0.9], "rising"),
        ([0.4, 0.4, 0.9, 0.4, 0.4], "steady"),
    ],
    ids=["up", "down", "level", "within the dead band", "two are no trend", "only the latest", "one outlier"],
)
def test_the_trend_follows_the_slope_of_valence(happy: list[float], trend: str) -> None:
    mood = mood_of(series(*(feeling(Emotion.HAPPY, part) for part in happy)))
    assert mood is not None
    assert mood.trend == trend


@pytest.mark.parametrize(
    ("felt", "before"),
    [
        ([Emotion.SAD, Emotion.SAD], None),
        ([Emotion.SAD, Emotion.HAPPY], Emotion.SAD),
        ([Emotion.SAD, Emotion.HAPPY, Emotion.HAPPY], Emotion.SAD),
        ([Emotion.SAD, Emotion.ANGRY, Emotion.SAD], Emotion.ANGRY),
    ],
)
def test_the_last_shift_is_what_was_felt_before(felt: list[Emotion], before: Emotion | None) -> None:
    mood = mood_of(series(*(feeling(emotion) for emotion in felt)))
    assert mood is not None
    assert mood.last_shift is before


@settings(deadline=None)
@given(scores, st.integers(1, 30))
def test_a_constant_feeling_is_the_mood(felt: EmotionScores, turns: int) -> None:
    mood = mood_of(series(*[felt] * turns))
    assert mood is not None
    assert mood.scores.values == pytest.approx(felt.values)
    assert mood.baseline.values == pytest.approx(felt.values)
    assert mood.volatility == pytest.approx(0.0, abs=1e-9)
    assert (mood.trend, mood.last_shift, mood.turns) == ("steady", None, turns)


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), scores), max_size=25))
def test_turns_without_scores_change_nothing(felt: list[EmotionScores | None]) -> None:
    assert mood_of(series(*felt)) == mood_of(series(*(known for known in felt if known)))


@settings(deadline=None)
@given(st.lists(scores, min_size=1, max_size=25))
def test_a_mood_stays_within_what_was_felt(felt: list[EmotionScores]) -> None:
    mood = mood_of(series(*felt))
    assert mood is not None
    assert 0.0 <= mood.volatility <= 1.0
    for emotion in EMOTIONS:
        seen = [known[emotion] for known in felt]
        for mean in (mood.scores, mood.baseline):
            assert min(seen) - 1e-9 <= mean[emotion] <= max(seen) + 1e-9


@settings(deadline=None)
@given(st.lists(scores, min_size=3, max_size=5))
def test_backwards_the_trend_is_the_other_one(felt: list[EmotionScores]) -> None:
    forth, back = mood_of(series(*felt)), mood_of(series(*felt[::-1]))
    assert forth is not None
    assert back is not None
    assert {forth.trend, back.trend} in ({"steady"}, {"rising", "falling"})
    assert forth.baseline.values == pytest.approx(back.baseline.values)


@settings(deadline=None)
@given(st.lists(scores, min_size=1, max_size=12), scores)
def test_the_latest_turn_pulls_the_mood_towards_itself(felt: list[EmotionScores], latest: EmotionScores) -> None:
    before, after = mood_of(series(*felt)), mood_of(series(*felt, latest))
    assert before is not None
    assert after is not None
    for emotion in EMOTIONS:
        gap = abs(latest[emotion] - before.scores[emotion])
        assert abs(latest[emotion] - after.scores[emotion]) <= gap + 1e-9


def test_the_dead_band_is_wider_than_the_noise_of_one_turn() -> None:
    wobble = [feeling(Emotion.HAPPY, part) for part in (0.50, 0.54, 0.48, 0.53, 0.51)]
    mood = mood_of(series(*wobble))
    assert mood is not None
    assert mood.trend == "steady"
