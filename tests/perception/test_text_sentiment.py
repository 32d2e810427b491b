"""Sentiment out of emotion scores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perception import EMOTIONS, Emotion, EmotionScores
from perception.text import Polarity, Sentiment

pytestmark = pytest.mark.unit

WEIGHTS = st.lists(st.floats(0, 1), min_size=7, max_size=7).filter(lambda weights: sum(weights) > 1e-6)


def sure(emotion: Emotion) -> EmotionScores:
    return EmotionScores.of({emotion: 1.0})


@pytest.mark.parametrize(
    ("emotion", "side"),
    [
        ("happy", "positive"),
        ("sad", "negative"),
        ("angry", "negative"),
        ("fear", "negative"),
        ("disgust", "negative"),
        ("neutral", "neutral"),
        ("surprise", "neutral"),
    ],
)
def test_each_emotion_by_itself(emotion: str, side: str) -> None:
    found = Sentiment.of(sure(Emotion(emotion)))
    assert found.top == side
    assert found.confidence == pytest.approx(1.0)


def test_surprise_takes_the_side_of_its_company() -> None:
    good = Sentiment.of(EmotionScores.of({"surprise": 0.6, "happy": 0.4}))
    bad = Sentiment.of(EmotionScores.of({"surprise": 0.6, "angry": 0.3, "neutral": 0.1}))
    assert good.top is Polarity.POSITIVE
    assert good[Polarity.POSITIVE] == pytest.approx(0.4 + 0.6 * 0.4 / 0.5)
    assert good[Polarity.NEGATIVE] == 0
    assert bad.top is Polarity.NEGATIVE


def test_the_side_may_differ_from_the_likeliest_emotion() -> None:
    mixed = EmotionScores.of({"neutral": 0.4, "sad": 0.15, "angry": 0.15, "fear": 0.15, "disgust": 0.15})
    assert mixed.top is Emotion.NEUTRAL
    assert Sentiment.of(mixed).top is Polarity.NEGATIVE


def test_intensity_is_nothing_for_neutral_most_for_joy_and_less_in_doubt() -> None:
    assert Sentiment.of(sure(Emotion.NEUTRAL)).intensity == 0
    assert Sentiment.of(sure(Emotion.HAPPY)).intensity == pytest.approx(1)
    assert Sentiment.of(sure(Emotion.SAD)).intensity == pytest.approx(0.716, abs=1e-3)
    torn = Sentiment.of(EmotionScores.of({"happy": 0.5, "sad": 0.5}))
    assert torn.intensity < 0.3


def test_equals_are_neutral() -> None:
    assert Sentiment(values=(1 / 3, 1 / 3, 1 / 3), intensity=0.2).top is Polarity.NEUTRAL
    assert Sentiment(values=(0.5, 0.0, 0.5), intensity=0.2).top is Polarity.POSITIVE


@given(WEIGHTS)
def test_any_scores_give_probabilities_and_an_intensity(weights: list[float]) -> None:
    scores = EmotionScores.normalised(weights)
    found = Sentiment.of(scores)
    assert sum(found.values) == pytest.approx(1)
    assert 0 <= found.intensity <= 1
    assert found[Polarity.POSITIVE] >= scores[Emotion.HAPPY] - 1e-9
    assert len(EMOTIONS) == 7


def test_as_json() -> None:
    assert Sentiment.of(sure(Emotion.ANGRY)).as_dict() == {
        "sentiment": "negative",
        "scores": {"positive": 0.0, "neutral": 0.0, "negative": 1.0},
        "intensity": 0.8148,
    }


@pytest.mark.parametrize(("values", "intensity"), [((0.5, 0.5, 0.5), 0.1), ((-0.1, 0.5, 0.6), 0.1), ((1, 0, 0), 1.5)])
def test_what_is_no_sentiment(values: tuple[float, float, float], intensity: float) -> None:
    with pytest.raises(ValueError, match="Sentiment"):
        Sentiment(values=values, intensity=intensity)
