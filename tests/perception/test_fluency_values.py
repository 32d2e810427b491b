"""Fluency as values: JSON and back, the score, syllables, words that no transcriber should write."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perception import Status
from perception.speech import (
    Delivery,
    Fluency,
    Pause,
    Transcript,
    Word,
    hesitation_score,
    measure_fluency,
)
from perception.speech.fluency import count_syllables

pytestmark = pytest.mark.unit

SENTENCE = (
    "um",
    "I",
    "I",
    "think,",
    "well,",
    "on",
    "Monday,",
    "I",
    "mean",
    "Tuesday,",
    "we",
    "all",
    "go",
    "home",
    "again",
)
PLAIN = ("we", "walked", "along", "quiet", "rivers", "until", "evening", "came", "with", "cold", "winds", "blowing")
RATES = st.floats(0, 200)
RATIOS = st.floats(0, 1)
TIMES = st.one_of(st.floats(-10, 1e4), st.sampled_from([math.nan, math.inf, -math.inf, 0.0]))
TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["um,", "I", "I", "mean", "you", "know", "wa-", "--", "嗯，", "那个", "呃", "不对，", "like", "", "5"]
    ),
)


def spoken(words: list[Word], text: str | None = None, seconds: float = 10.0) -> Transcript:
    text = " ".join(word.text for word in words) if text is None else text
    return Transcript(
        status=Status.OK, model="m", text=text, lang="en", words=tuple(words), seconds=seconds, speech_seconds=seconds
    )


def in_a_row(texts: list[str], gap: float = 0.1) -> Transcript:
    words = [
        Word(text=text, start=i * (0.3 + gap), end=i * (0.3 + gap) + 0.3, probability=0.9)
        for i, text in enumerate(texts)
    ]
    return spoken(words, seconds=len(texts) * (0.3 + gap) + 1)


def test_json_and_back() -> None:
    transcript = in_a_row(list(SENTENCE), gap=0.3)
    heard = Delivery(seconds=4.0, syllables=12, pauses=(Pause(start=1.0, end=1.5),))
    fluency = measure_fluency(transcript.text, lang="en", transcript=transcript, heard=heard)
    assert fluency.repairs
    assert fluency.hesitation_score is not None
    shown = json.loads(json.dumps(fluency.as_dict(), ensure_ascii=False, allow_nan=False))
    back = Fluency.from_dict(shown)
    assert back.as_dict() == shown
    assert (back.cues, back.filled_pauses, back.repairs, back.heard) == (
        fluency.cues, fluency.filled_pauses, fluency.repairs, heard,
    )  # fmt: skip


def test_typed_words_as_json() -> None:
    shown = measure_fluency("um, well", lang="en", transcript=None).as_dict()
    assert shown["delivery"] is None
    assert Fluency.from_dict(shown).as_dict() == shown


def test_where_words_have_no_times_the_sound_gives_them() -> None:
    transcript = spoken([], "one two three four five six seven eight nine ten", seconds=20.0)
    heard = Delivery(seconds=5.0, syllables=9, pauses=(Pause(start=2.0, end=3.0),))
    fluency = measure_fluency(transcript.text, lang="en", transcript=transcript, heard=heard)
    assert fluency.words_per_minute == 120.0
    assert fluency.pause_ratio == pytest.approx(0.2)
    assert fluency.delivery == Delivery(seconds=5.0, syllables=11, pauses=heard.pauses)
    assert fluency.hesitation_score is not None


def test_words_with_times_are_believed_before_the_sound() -> None:
    transcript = in_a_row(["word"] * 4)
    heard = Delivery(seconds=9.0, syllables=3)
    fluency = measure_fluency(transcript.text, lang="en", transcript=transcript, heard=heard)
    assert fluency.delivery is not None
    assert fluency.delivery.seconds == pytest.approx(1.5)
    assert fluency.heard == heard


def test_what_is_usual_scores_a_quarter() -> None:
    score = hesitation_score(filled_per_hundred=2.6, repairs_per_hundred=3.4, pause_ratio=0.17, lang="en-GB")
    assert score == pytest.approx(0.25)
    assert hesitation_score(filled_per_hundred=0, repairs_per_hundred=0, pause_ratio=0, lang="zh") == 0.0
    assert hesitation_score(filled_per_hundred=90, repairs_per_hundred=90, pause_ratio=1, lang="zh") == 1.0


@given(RATES, RATES, RATIOS, RATES, st.sampled_from(["en", "zh", "de"]))
def test_the_score_is_bounded_and_never_falls(
    filled: float, repairs: float, ratio: float, more: float, lang: str
) -> None:
    score = hesitation_score(filled_per_hundred=filled, repairs_per_hundred=repairs, pause_ratio=ratio, lang=lang)
    raised = (
        hesitation_score(filled_per_hundred=filled + more, repairs_per_hundred=repairs, pause_ratio=ratio, lang=lang),
        hesitation_score(filled_per_hundred=filled, repairs_per_hundred=repairs + more, pause_ratio=ratio, lang=lang),
        hesitation_score(
            filled_per_hundred=filled, repairs_per_hundred=repairs, pause_ratio=min(1.0, ratio + more), lang=lang
        ),
    )
    assert 0 <= score <= min(raised)
    assert max(raised) <= 1


@given(st.lists(st.integers(0, 11), max_size=8))
@settings(max_examples=30, deadline=None)
def test_more_fillers_never_lower_the_score(places: list[int]) -> None:
    scores = []
    for count in range(len(places) + 1):
        filled = list(PLAIN)
        for place in sorted(places[:count], reverse=True):
            filled.insert(place, "um")
        score = measure_fluency(" ".join(filled), lang="en", transcript=in_a_row(filled)).hesitation_score
        assert score is not None
        scores.append(score)
    assert scores == sorted(scores)


@given(
    st.lists(st.builds(Word, text=TEXTS, start=TIMES, end=TIMES, probability=st.floats(0, 1)), max_size=12),
    st.one_of(st.none(), st.text(max_size=40)),
    st.sampled_from(["en", "zh", "", "zh-TW"]),
)
@settings(max_examples=100, deadline=None)
def test_odd_words_never_raise(words: list[Word], text: str | None, lang: str) -> None:
    transcript = spoken(words, text)
    fluency = measure_fluency(transcript.text, lang=lang, transcript=transcript)
    assert fluency.hesitation_score is None or 0 <= fluency.hesitation_score <= 1
    assert fluency.pause_ratio is not None
    assert 0 <= fluency.pause_ratio <= 1
    json.dumps(fluency.as_dict(), allow_nan=False)


@pytest.mark.parametrize(
    "words",
    [
        [Word(text="one", start=1.0, end=1.0, probability=1.0)],
        [Word(text="one", start=2.0, end=1.0, probability=1.0), Word(text="two", start=1.5, end=3.0, probability=1.0)],
        [Word(text="one", start=math.nan, end=1.0, probability=1.0)],
        [Word(text="one", start=0.0, end=5e-324, probability=1.0)],
        [Word(text="", start=0.0, end=1.0, probability=1.0)],
    ],
)
def test_words_of_no_length_that_overlap_or_have_no_time(words: list[Word]) -> None:
    fluency = measure_fluency("one two", lang="en", transcript=spoken(words))
    json.dumps(fluency.as_dict(), allow_nan=False)
    delivery = fluency.delivery
    assert delivery is None or (delivery.pauses == () and delivery.seconds >= 0)


def test_overlap_is_no_pause_and_order_does_not_matter() -> None:
    late = Word(text="late", start=5.0, end=5.2, probability=1.0)
    long = Word(text="long", start=0.0, end=4.5, probability=1.0)
    short = Word(text="short", start=1.0, end=1.2, probability=1.0)
    delivery = measure_fluency("x", lang="en", transcript=spoken([late, long, short])).delivery
    assert delivery is not None
    assert delivery.pauses == (Pause(start=4.5, end=5.0),)


def test_ten_thousand_words() -> None:
    texts = ["um", "I", "I", "want", "it,", "you", "know,", "那个，", "我", "我们"] * 1000
    fluency = measure_fluency(" ".join(texts), lang="en", transcript=in_a_row(texts))
    assert fluency.fillers >= 1000
    assert len(fluency.repairs) >= 1000


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        ("make", 1), ("makes", 1), ("boxes", 2), ("jumped", 1), ("wanted", 2), ("little", 2), ("people", 2),
        ("everybody", 4), ("idea", 3), ("actually", 4), ("basically", 3), ("didn't", 2), ("rhythm", 2), ("the", 1),
        ("Seeing", 2), ("player", 2), ("business", 2), ("hmm", 1), ("um", 1), ("TV", 2), ("25", 3),
        ("well-known", 2), ("你好", 2), ("OK吗", 3), ("...", 0), ("", 0),
    ],
)  # fmt: skip
def test_syllables(word: str, syllables: int) -> None:
    assert count_syllables(word) == syllables


def test_delivery_of_nothing() -> None:
    nothing: dict[str, Any] = Delivery(seconds=0.0, syllables=0).as_dict()
    assert nothing["speech_rate"] is nothing["articulation_rate"] is nothing["mean_pause_seconds"] is None
    assert nothing["pause_ratio"] == 0.0
