"""Pace, pauses, fillers."""

from __future__ import annotations

import pytest

from perception import Status
from perception.speech import Transcript, Word, measure_fluency

pytestmark = pytest.mark.unit

TEN = "one two three four five six seven eight nine ten"


def spoken(seconds: float, *, speech: float | None = None, words: tuple[Word, ...] = ()) -> Transcript:
    return Transcript(
        status=Status.OK, model="m", seconds=seconds, speech_seconds=seconds if speech is None else speech, words=words
    )


def codes(words: str, lang: str, transcript: Transcript | None) -> list[str]:
    return [cue.code for cue in measure_fluency(words, lang=lang, transcript=transcript).cues]


def test_typed_words_have_no_pace() -> None:
    fluency = measure_fluency("um, well", lang="en", transcript=None)
    assert (fluency.words_per_minute, fluency.pause_ratio, fluency.fillers, fluency.cues) == (None, None, 1, ())


def test_a_failed_transcript_has_no_pace() -> None:
    failed = Transcript(status=Status.FAILED, model="m", seconds=3.0)
    assert measure_fluency("", lang="en", transcript=failed).words_per_minute is None


def test_pace_is_over_the_whole_clip() -> None:
    fluency = measure_fluency(TEN, lang="en", transcript=spoken(5.0, speech=4.0))
    assert fluency.words_per_minute == 120.0
    assert fluency.pause_ratio == pytest.approx(0.2)
    assert fluency.cues == ()


@pytest.mark.parametrize(
    ("words", "lang", "seconds", "code"),
    [
        (TEN, "en", 2.0, "speaks_fast"),
        (TEN, "en", 10.0, "speaks_slowly"),
        ("我今天真的很高兴见到你", "zh", 1.5, "speaks_fast"),
        ("我今天真的很高兴见到你", "zh", 8.0, "speaks_slowly"),
        ("我今天真的很高兴见到你", "zh-CN", 8.0, "speaks_slowly"),
    ],
)
def test_unusual_pace_is_told(words: str, lang: str, seconds: float, code: str) -> None:
    assert codes(words, lang, spoken(seconds)) == [code]


def test_a_few_words_say_nothing_of_pace() -> None:
    assert codes("yes of course", "en", spoken(0.5)) == []


def test_silence_around_the_words_makes_nobody_slow() -> None:
    assert codes(TEN, "en", spoken(20.0, speech=4.0)) == []


def test_long_pauses_are_between_words() -> None:
    words = tuple(
        Word(text=text, start=start, end=start + 0.3, probability=0.9)
        for text, start in (("so", 0.0), ("then", 2.0), ("nothing", 2.5), ("came", 5.6))
    )
    (cue,) = measure_fluency("so then nothing came", lang="en", transcript=spoken(6.0, words=words)).cues
    assert cue.code == "long_pauses"
    assert cue.params == {"count": 2, "longest_seconds": 2.8}


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("Um, I was, uh, er, thinking. Hmm.", 4),
        ("Ummm uhhh", 2),
        ("The umbrella erred; we hum.", 0),
        ("嗯，我不知道，那个，呃，怎么说", 3),
        ("那个人是我的朋友", 0),
        ("那个那个，我想说", 2),
        ("嗯", 0),
        ("", 0),
    ],
)
def test_fillers(words: str, count: int) -> None:
    assert measure_fluency(words, lang="en", transcript=None).fillers == count


def test_many_fillers_are_told() -> None:
    (cue,) = measure_fluency("um so uh I er do not know", lang="en", transcript=None).cues
    assert (cue.code, cue.params) == ("many_fillers", {"count": 3})
