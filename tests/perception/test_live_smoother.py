"""Smoothing observations: what one of them can never do, and what many of them do in time."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perception import EMOTIONS, Emotion, EmotionScores, Modality, Observation, Status
from perception.live import AffectSmoother
from perception.live.smoother import CONSTANT, FORGET, STEP

pytestmark = pytest.mark.unit

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
parts = st.floats(0.0, 1.0)
gaps = st.floats(0.01, 0.4)
scores = st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7).filter(any).map(EmotionScores.normalised)


def seen(at: float, given: EmotionScores | None, *, quality: float = 1.0, status: Status = Status.OK) -> Observation:
    return Observation(
        modality=Modality.VISION,
        status=status,
        model="m",
        scores=given,
        quality=quality,
        captured_at=BEGAN + timedelta(seconds=at),
    )


def of(**weights: float) -> EmotionScores:
    return EmotionScores.of(weights)


def leading(emotion: Emotion, given: EmotionScores) -> EmotionScores:
    """The same probabilities, with the largest on `emotion`, ahead of all others by a hair at least."""
    values = list(given.values)
    at, top = EMOTIONS.index(emotion), values.index(max(values))
    values[at], values[top] = values[top] + 1e-6, values[at]
    return EmotionScores.normalised(values)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Emotion, list[Observation], int]:
    """A second or more in which each observation but one says the same emotion, in many ways; and which one."""
    steady = draw(st.sampled_from(EMOTIONS))
    count = draw(st.integers(8, 40))
    odd = draw(st.integers(0, count - 1))
    at, observations = 0.0, []
    for number in range(count):
        at += draw(gaps)
        if number == odd:
            status = draw(st.sampled_from(Status))
            found = draw(scores if status is Status.OK else st.none() | scores)
            observations.append(seen(at, found, quality=draw(parts), status=status))
        else:
            said = leading(steady, draw(scores))
            observations.append(seen(at, said, quality=draw(st.floats(0.05, 1.0))))
    return steady, observations, odd


@settings(max_examples=100, deadline=None)
@given(histories())
def test_one_arbitrary_observation_never_changes_what_is_shown(drawn: tuple[Emotion, list[Observation], int]) -> None:
    steady, observations, _ = drawn
    smoother = AffectSmoother()
    assert {smoother.take(each).emotion for each in observations} <= {None, steady}


@settings(max_examples=100, deadline=None)
@given(scores, st.sampled_from(EMOTIONS), st.floats(0.02, 0.2), scores, parts, st.floats(0.01, FORGET))
def test_the_steady_emotion_stays_whatever_comes_after_a_second_of_it(
    base: EmotionScores, steady: Emotion, pace: float, odd: EmotionScores, quality: float, gap: float
) -> None:
    smoother, said = AffectSmoother(), leading(steady, base)
    at = 0.0
    while at < 1.0 or smoother.now.emotion is None:
        at += pace
        smoother.take(seen(at, said))
    assert smoother.now.emotion is said.top
    assert smoother.take(seen(at + gap, odd, quality=quality)).emotion is said.top
    for step in range(1, 20):
        assert smoother.take(seen(at + gap + step * pace, said)).emotion is said.top


@settings(max_examples=100, deadline=None)
@given(scores, scores, parts, st.floats(0.0, FORGET))
def test_one_observation_moves_no_score_by_more_than_its_share(
    before: EmotionScores, after: EmotionScores, quality: float, gap: float
) -> None:
    smoother = AffectSmoother()
    smoother.take(seen(0, before))
    now = smoother.take(seen(gap, after, quality=quality)).scores
    assert now is not None
    share = 1 - math.exp(-STEP / CONSTANT)
    assert max(abs(x - y) for x, y in zip(now.values, before.values, strict=True)) <= share + 1e-9


def shown(smoother: AffectSmoother, given: EmotionScores, start: float, end: float, **kwargs: object) -> list[str]:
    times = [start + step / 30 for step in range(round((end - start) * 30))]
    return [str(smoother.take(seen(at, given, **kwargs)).emotion) for at in times]  # type: ignore[arg-type]


class TestWhatManyDo:
    def test_the_first_emotion_is_shown_soon(self) -> None:
        first = shown(AffectSmoother(), of(happy=0.9, neutral=0.1), 0, 1)
        assert first.index("happy") == pytest.approx(9, abs=1)

    def test_another_one_takes_over_within_a_second(self) -> None:
        smoother = AffectSmoother()
        shown(smoother, of(happy=0.9, neutral=0.1), 0, 2)
        then = shown(smoother, of(sad=0.8, neutral=0.2), 2, 4)
        assert then == sorted(then)
        assert 9 < then.index("sad") < 36
        assert smoother.now.since == pytest.approx((BEGAN.timestamp() + 2 + then.index("sad") / 30), abs=0.01)

    def test_pace_makes_little_difference(self) -> None:
        after = []
        for rate in (8, 15, 60):
            smoother = AffectSmoother()
            smoother.take(seen(0, of(happy=1.0)))
            for step in range(1, rate + 1):
                smoother.take(seen(step / rate, of(sad=1.0)))
            assert smoother.now.scores is not None
            after.append(smoother.now.scores[Emotion.SAD])
        assert after == pytest.approx([1 - math.exp(-1 / CONSTANT)] * 3, abs=0.01)

    def test_poor_pictures_count_less(self) -> None:
        good, poor = AffectSmoother(), AffectSmoother()
        for smoother, quality in ((good, 1.0), (poor, 0.3)):
            shown(smoother, of(happy=0.9, neutral=0.1), 0, 1)
            shown(smoother, of(sad=0.9, neutral=0.1), 1, 1.5, quality=quality)
        assert good.now.scores is not None
        assert poor.now.scores is not None
        assert good.now.scores[Emotion.SAD] > 1.5 * poor.now.scores[Emotion.SAD]

    def test_two_that_take_turns_do_not_flicker(self) -> None:
        smoother, told = AffectSmoother(), []
        shown(smoother, of(happy=0.6, neutral=0.4), 0, 1)
        for step in range(90):
            said = of(happy=0.55, neutral=0.45) if step % 2 else of(happy=0.45, neutral=0.55)
            told.append(smoother.take(seen(1 + step / 30, said)).emotion)
        assert set(told) == {Emotion.HAPPY}

    @pytest.mark.parametrize("status", [each for each in Status if each is not Status.OK])
    def test_what_is_not_ok_changes_nothing_and_in_time_is_told_as_not_knowing(self, status: Status) -> None:
        smoother = AffectSmoother()
        shown(smoother, of(happy=0.9, neutral=0.1), 0, 1)
        later = shown(smoother, of(sad=1.0), 1, 4, status=status)
        assert later[:55] == ["happy"] * 55
        assert later[-1] == "None"
        assert smoother.now.scores is None


class TestTime:
    def test_what_comes_late_changes_nothing(self) -> None:
        smoother = AffectSmoother()
        shown(smoother, of(happy=0.9, neutral=0.1), 0, 1)
        before = smoother.now
        assert smoother.take(seen(0.5, of(sad=1.0))) is before

    def test_a_clock_that_is_set_back_does_not_end_it(self) -> None:
        smoother = AffectSmoother()
        shown(smoother, of(happy=0.9, neutral=0.1), 1000, 1001)
        assert set(shown(smoother, of(happy=0.9, neutral=0.1), 0, 1)) == {"happy"}
        assert shown(smoother, of(sad=0.9, neutral=0.1), 1, 3)[-1] == "sad"

    @pytest.mark.parametrize("wrong", [{"constant": 0.0}, {"dwell": -1.0}, {"lead": 1.0}])
    def test_settings_that_mean_nothing(self, wrong: dict[str, float]) -> None:
        with pytest.raises(ValueError, match="seconds above 0"):
            AffectSmoother(**wrong)
