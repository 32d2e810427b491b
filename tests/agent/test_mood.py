"""What a series of affects adds up to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.mood import HALF_LIFE, HALF_LIFE_TIME, LEAD, SILENCE, Felt, felt_in, mood_of
from memory.testing import made_turn
from perception import EMOTIONS, Emotion, EmotionScores, Mood

pytestmark = pytest.mark.unit

weights = st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7).filter(lambda values: sum(values) > 0.01)
scores = weights.map(EmotionScores.normalised)


START = datetime(2026, 3, 1, 9, tzinfo=UTC)
gaps = st.lists(st.floats(-3600.0, 3 * 86_400.0), min_size=25, max_size=25)


def feeling(emotion: Emotion, confidence: float = 1.0) -> EmotionScores:
    """That much of one emotion, the rest neutral."""
    return EmotionScores.normalised(
        confidence * (each is emotion) + (1.0 - confidence) * (each is Emotion.NEUTRAL) for each in EMOTIONS
    )


def series(*felt: EmotionScores | None, gaps: Sequence[float] = ()) -> list[Felt]:
    """Turns of full reliability, `gaps` seconds apart; all at one moment when there are none."""
    at, turns = START, []
    for number, scores in enumerate(felt, 1):
        turns.append(Felt(scores=scores, at=at, number=number))
        at += timedelta(seconds=gaps[number - 1] if number <= len(gaps) else 0.0)
    return turns


def mood(*felt: EmotionScores | None, gaps: Sequence[float] = (), after: timedelta = timedelta(0)) -> Mood:
    """The mood some time after these turns."""
    turns = series(*felt, gaps=gaps)
    known = mood_of(turns, at=turns[-1].at + after)
    assert known is not None
    return known


def apart(one: EmotionScores, other: EmotionScores) -> float:
    return sum(abs(a - b) for a, b in zip(one.values, other.values, strict=True))


def test_nothing_known_is_no_mood() -> None:
    assert mood_of([]) is None
    assert mood_of(series(None, None)) is None


def test_one_turn_is_its_own_mood() -> None:
    known = mood_of(series(feeling(Emotion.SAD, 0.6)))
    assert known is not None
    assert known.scores.values == pytest.approx(known.baseline.values)
    assert (known.scores.top, known.turns, known.trend) == (Emotion.SAD, 1, "steady")
    assert (known.volatility, known.last_shift) == (0.0, None)


def test_the_weight_of_a_turn_halves_with_the_half_life() -> None:
    age = int(HALF_LIFE)
    known = mood_of(series(feeling(Emotion.SAD), *[feeling(Emotion.NEUTRAL)] * (age - 1), feeling(Emotion.HAPPY)))
    assert known is not None
    assert known.scores[Emotion.SAD] / known.scores[Emotion.HAPPY] == pytest.approx(0.5)


def test_recent_turns_outweigh_a_long_past() -> None:
    known = mood_of(series(*[feeling(Emotion.HAPPY)] * 40, *[feeling(Emotion.SAD)] * 3))
    assert known is not None
    assert known.scores.top is Emotion.SAD
    assert known.baseline.top is Emotion.HAPPY


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
    known = mood_of(series(*(feeling(Emotion.HAPPY, part) for part in happy)))
    assert known is not None
    assert known.trend == trend


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
    known = mood_of(series(*(feeling(emotion) for emotion in felt)))
    assert known is not None
    assert known.last_shift is before


@settings(deadline=None)
@given(scores, st.integers(1, 30))
def test_a_constant_feeling_is_the_mood(felt: EmotionScores, turns: int) -> None:
    known = mood_of(series(*[felt] * turns))
    assert known is not None
    assert known.scores.values == pytest.approx(felt.values)
    assert known.baseline.values == pytest.approx(felt.values)
    assert known.volatility == pytest.approx(0.0, abs=1e-9)
    assert (known.trend, known.last_shift, known.turns) == ("steady", None, turns)


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), scores), max_size=25))
def test_turns_without_scores_change_nothing(felt: list[EmotionScores | None]) -> None:
    turns = series(*felt)
    assert mood_of(turns) == mood_of([turn for turn in turns if turn.scores])


@settings(deadline=None)
@given(st.lists(scores, min_size=1, max_size=25))
def test_a_mood_stays_within_what_was_felt(felt: list[EmotionScores]) -> None:
    known = mood_of(series(*felt))
    assert known is not None
    assert 0.0 <= known.volatility <= 1.0
    for emotion in EMOTIONS:
        seen = [known[emotion] for known in felt]
        for mean in (known.scores, known.baseline):
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
    known = mood_of(series(*wobble))
    assert known is not None
    assert known.trend == "steady"


# time


def test_the_weight_of_a_turn_halves_with_the_time_too() -> None:
    known = mood(feeling(Emotion.SAD), feeling(Emotion.HAPPY), gaps=[HALF_LIFE_TIME.total_seconds()])
    at_once = mood(feeling(Emotion.SAD), feeling(Emotion.HAPPY))
    # what the hour took from sadness went to the mean of both, half of it to sadness again
    ratio = at_once.scores[Emotion.SAD] / at_once.scores[Emotion.HAPPY]
    assert known.scores[Emotion.SAD] / known.scores[Emotion.HAPPY] == pytest.approx(
        (0.5 * ratio + 0.25 * ratio) / (1.0 + 0.25 * ratio)
    )


def test_whoever_comes_back_after_days_is_not_met_as_they_left() -> None:
    left = [feeling(Emotion.HAPPY)] * 15 + [feeling(Emotion.SAD)] * 5
    assert mood(*left).scores.top is Emotion.SAD
    back = mood(*left, after=timedelta(days=3))
    assert back.scores.values == pytest.approx(back.baseline.values)
    assert back.scores.top is Emotion.HAPPY
    assert (back.state, back.sitting, back.turns, back.trend) == (None, 0, 20, "steady")
    assert (back.last_shift, back.last_shift_turn, back.turns_in_state, back.volatility) == (None, None, 0, 0.0)


def test_the_first_turn_after_days_counts_as_much_as_what_is_usual() -> None:
    usual = feeling(Emotion.HAPPY)
    turns = series(*[feeling(Emotion.SAD)] * 20, feeling(Emotion.ANGRY), gaps=[0.0] * 19 + [9 * 86_400.0])
    known = mood_of(turns, baseline=usual)
    assert known is not None
    assert known.baseline == usual
    assert known.scores[Emotion.ANGRY] == pytest.approx(0.5, abs=1e-6)
    assert known.scores[Emotion.HAPPY] == pytest.approx(0.5, abs=1e-6)
    assert (known.sitting, known.turns, known.turns_in_state) == (1, 21, 1)


def test_a_silence_is_no_trend_and_no_shift() -> None:
    falling = [feeling(Emotion.HAPPY, part) for part in (0.9, 0.6, 0.3)]
    assert mood(*falling).trend == "falling"
    known = mood(*falling, gaps=[60.0, SILENCE.total_seconds()])
    assert (known.trend, known.sitting, known.last_shift) == ("steady", 1, None)
    assert mood(*falling, gaps=[60.0, SILENCE.total_seconds() - 1]).trend == "falling"


def test_a_clock_that_is_set_back_counts_as_no_time() -> None:
    felt = [feeling(Emotion.SAD), feeling(Emotion.SAD), feeling(Emotion.HAPPY)]
    back, none = mood(*felt, gaps=[60.0, -86_400.0]), mood(*felt, gaps=[60.0, 0.0])
    assert back == none
    assert mood(*felt, gaps=[60.0, 60.0], after=timedelta(days=-1)) == mood(*felt, gaps=[60.0, 60.0])


def test_the_time_goes_on_from_where_the_clock_was_set_back_to() -> None:
    felt = [feeling(Emotion.SAD)] * 4
    known = mood(*felt, gaps=[60.0, -3600.0, 60.0])
    assert known.time_in_state == timedelta(seconds=120)


def test_turns_that_could_not_tell_take_their_time() -> None:
    felt = [feeling(Emotion.SAD), None, feeling(Emotion.SAD)]
    known = mood(*felt, gaps=[300.0, 300.0], after=timedelta(minutes=5))
    assert known.time_in_state == timedelta(minutes=15)
    assert (known.turns, known.turns_in_state, known.sitting) == (2, 2, 2)


# reliability, state and shift


def test_a_turn_weighs_its_reliability() -> None:
    sure, unsure = series(feeling(Emotion.SAD), feeling(Emotion.HAPPY))
    unsure = Felt(scores=unsure.scores, reliability=0.2, at=unsure.at, number=unsure.number)
    known = mood_of([sure, unsure])
    assert known is not None
    assert known.scores[Emotion.HAPPY] / known.scores[Emotion.SAD] == pytest.approx(0.2 * 2 ** (1 / HALF_LIFE))
    assert known.state is Emotion.SAD


def test_one_odd_turn_is_no_shift_and_three_are() -> None:
    long = [feeling(Emotion.NEUTRAL)] * 12
    assert mood(*long, feeling(Emotion.ANGRY)).last_shift is None
    known = mood(*long, *[feeling(Emotion.ANGRY)] * 3)
    assert (known.state, known.last_shift, known.last_shift_turn) == (Emotion.ANGRY, Emotion.NEUTRAL, 15)


def test_a_shift_has_the_turn_that_showed_it_and_the_time_since() -> None:
    known = mood(*[feeling(Emotion.SAD)] * 2, *[feeling(Emotion.HAPPY)] * 4, gaps=[60.0] * 5)
    assert (known.last_shift, known.last_shift_turn) == (Emotion.SAD, 4)
    assert (known.turns_in_state, known.time_in_state) == (3, timedelta(minutes=2))


def test_swings_are_told_from_a_drift_and_from_one_step() -> None:
    up, down = feeling(Emotion.HAPPY, 0.8), feeling(Emotion.SAD, 0.8)
    swinging, drifting = mood(up, down, up, down, up), mood(*(feeling(Emotion.HAPPY, p / 4) for p in range(5)))
    assert swinging.volatility == 1.0
    assert swinging.trend == "steady"
    assert drifting.volatility == pytest.approx(drifting.scores.valence / drifting.scores[Emotion.HAPPY] / 4)
    # four calm turns after a swing, and it is over
    assert mood(up, down, *[up] * 5).volatility == pytest.approx(0.0)


def test_near_ties_do_not_flicker() -> None:
    nearly = [
        EmotionScores.of({"sad": 0.5 + lead, "neutral": 0.5 - lead}) for lead in (LEAD / 3, -LEAD / 3, LEAD / 3) * 4
    ]
    known = mood(*nearly)
    assert (known.state, known.last_shift, known.turns_in_state) == (Emotion.SAD, None, 12)


def test_a_stored_turn_is_felt_with_its_reliability_and_time() -> None:
    turn = made_turn("s", 3)
    felt = felt_in(turn)
    assert turn.affect is not None
    assert (felt.scores, felt.reliability) == (turn.affect.scores, turn.affect.reliability)
    assert (felt.at, felt.number) == (turn.started_at, 3)


def test_a_mood_is_told_as_json() -> None:
    told = mood(*[feeling(Emotion.SAD)] * 2, *[feeling(Emotion.HAPPY)] * 4, gaps=[60.0] * 5).as_dict()
    assert (told["state"], told["last_shift"], told["last_shift_turn"]) == ("happy", "sad", 4)
    assert (told["seconds_in_state"], told["sitting"], told["trend"]) == (120.0, 6, "steady")


# what always holds


@settings(deadline=None)
@given(st.lists(scores, min_size=1, max_size=25), gaps, st.floats(0.0, 1e9))
def test_whatever_the_clock_does_a_mood_stays_within_what_was_felt(
    felt: list[EmotionScores], between: list[float], later: float
) -> None:
    known = mood(*felt, gaps=between, after=timedelta(seconds=later))
    assert known.time_in_state >= timedelta(0)
    assert 0 <= known.turns_in_state <= known.sitting <= known.turns == len(felt)
    assert (known.last_shift is None) == (known.last_shift_turn is None)
    for emotion in EMOTIONS:
        seen = [each[emotion] for each in felt]
        for mean in (known.scores, known.baseline):
            assert min(seen) - 1e-9 <= mean[emotion] <= max(seen) + 1e-9


@settings(deadline=None)
@given(st.lists(scores, min_size=1, max_size=25), gaps, st.floats(0.0, 1e6), st.floats(0.0, 1e6))
def test_the_longer_the_silence_the_nearer_is_what_is_usual(
    felt: list[EmotionScores], between: list[float], one: float, more: float
) -> None:
    sooner = mood(*felt, gaps=between, after=timedelta(seconds=one))
    later = mood(*felt, gaps=between, after=timedelta(seconds=one + more))
    assert apart(later.scores, later.baseline) <= apart(sooner.scores, sooner.baseline) + 1e-9


@settings(deadline=None)
@given(st.lists(scores, min_size=12, max_size=25), scores)
def test_one_turn_does_not_change_the_state_of_a_steady_mood(felt: list[EmotionScores], odd: EmotionScores) -> None:
    steady = [felt[0]] * len(felt)
    before = mood(*steady)
    # a second emotion must be well behind in what is steady for one turn not to carry it over
    if felt[0].margin >= 0.5:
        assert mood(*steady, odd).state is before.state


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), scores), min_size=1, max_size=25), gaps)
def test_when_everything_is_later_nothing_changes(felt: list[EmotionScores | None], between: list[float]) -> None:
    turns = series(*felt, gaps=between)
    moved = [Felt(scores=t.scores, at=t.at + timedelta(days=400), number=t.number) for t in turns]
    assert mood_of(turns) == mood_of(moved)
