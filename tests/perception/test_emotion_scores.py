"""Seven probabilities, and what is read from them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perception import CIRCUMPLEX, EMOTIONS, Emotion, EmotionScores

pytestmark = pytest.mark.unit

weights = st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=7, max_size=7).filter(lambda w: sum(w) > 1e-6)


def test_the_order_of_the_emotions_is_fixed() -> None:
    assert [e.value for e in EMOTIONS] == ["happy", "sad", "angry", "fear", "surprise", "disgust", "neutral"]


@given(weights)
def test_normalised_scores_are_probabilities(values: list[float]) -> None:
    scores = EmotionScores.normalised(values)
    assert math.isclose(sum(scores.values), 1.0, abs_tol=1e-9)
    assert scores.confidence == max(scores.values) == scores[scores.top]
    assert 1 / 7 - 1e-9 <= scores.confidence <= 1 + 1e-9
    assert 0 <= scores.margin <= scores.confidence
    assert 0 <= scores.entropy <= 1 + 1e-9
    assert -1 <= scores.valence <= 1
    assert -1 <= scores.arousal <= 1


@given(weights)
def test_scores_survive_their_dictionary(values: list[float]) -> None:
    scores = EmotionScores.normalised(values)
    again = EmotionScores.of(scores.as_dict())
    assert all(abs(a - b) < 1e-3 for a, b in zip(scores.values, again.values, strict=True))


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_certain_score_stands_on_its_point_of_the_circumplex(emotion: Emotion) -> None:
    scores = EmotionScores.of({emotion: 3.0})
    assert (scores.top, scores.confidence, scores.margin, scores.entropy) == (emotion, 1.0, 1.0, 0.0)
    assert (scores.valence, scores.arousal) == CIRCUMPLEX[emotion]


def test_a_score_that_knows_nothing() -> None:
    scores = EmotionScores.normalised([1] * 7)
    assert scores.entropy == pytest.approx(1.0)
    assert scores.margin == 0.0
    assert scores.top is Emotion.HAPPY, "the first in order where several are likeliest"


def test_an_emotion_left_out_weighs_nothing() -> None:
    scores = EmotionScores.of({"sad": 3, "fear": 1})
    assert scores[Emotion.SAD] == 0.75
    assert scores[Emotion.HAPPY] == 0.0


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((0.5, 0.5), "takes 7 values, got 2"),
        ((1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0), "sum to 1"),
        ((1.5, -0.5, 0.0, 0.0, 0.0, 0.0, 0.0), "sum to 1"),
        ((math.nan,) * 7, "sum to 1"),
    ],
)
def test_what_is_no_probability_is_refused(values: tuple[float, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        EmotionScores(values=values)


@pytest.mark.parametrize("values", [[0.0] * 7, [math.inf] * 7, [math.nan] * 7, [-1.0] * 7, [1.0, 2.0]])
def test_what_cannot_be_normalised_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match=r"weights must be finite|takes"):
        EmotionScores.normalised(values)


def test_an_unknown_emotion_is_named() -> None:
    with pytest.raises(ValueError, match="'joy' is no emotion; the emotions are happy"):
        EmotionScores.of({"joy": 1.0})
