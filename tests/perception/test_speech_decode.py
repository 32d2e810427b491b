"""How Whisper is asked, with a Whisper that says what the test wants."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from perception import SAMPLE_RATE, AudioClip, Status, Transcript
from perception.speech import WhisperTranscriber
from perception.speech.decode import choose_language, hear
from perception.speech.transcribe import in_order
from perception.speech.vad import Stretch

pytestmark = pytest.mark.unit


def segment(text: str = " so it is and so it stays", **fields: Any) -> Any:
    words = [
        SimpleNamespace(word=f" {word}", start=0.2 * k, end=0.2 * k + 0.15, probability=0.9)
        for k, word in enumerate(text.split())
    ]
    given = {"avg_logprob": -0.3, "compression_ratio": 1.0, "seek": 0, "start": 0.0, "end": 1.5, **fields}
    return SimpleNamespace(text=text, words=words, **given)


class Scripted:
    """Answers in turn, and remembers how it was asked."""

    name = "whisper-scripted"
    languages = frozenset({"en", "zh", "de"})

    def __init__(self, *answers: list[Any], found: dict[str, float] | None = None) -> None:
        self._answers = list(answers)
        self._found = found
        self.asked: list[dict[str, Any]] = []
        self.decoded: list[str | None] = []

    def transcribe(self, samples: np.ndarray, **options: Any) -> Any:
        self.asked.append(options)
        lang = options["language"]
        found = self._found if lang is None else None
        best = max(found, key=lambda code: found[code]) if found else lang or "en"
        info = SimpleNamespace(language=best, all_language_probs=list(found.items()) if found else None)
        return self._decode(best), info

    def _decode(self, lang: str) -> Any:
        self.decoded.append(lang)
        yield from self._answers.pop(0)


def ask(whisper: Scripted, *, seconds: float = 2.0, **options: Any) -> Any:
    given: dict[str, Any] = {"lang": "en", "speech_seconds": seconds, **options}
    return hear(whisper, np.zeros(int(seconds * SAMPLE_RATE), dtype=np.float32), **given)  # type: ignore[arg-type]


def test_a_clear_answer_is_asked_for_once() -> None:
    whisper = Scripted([segment()])
    heard = ask(whisper)
    assert heard.sure == heard.segments
    assert len(whisper.asked) == 1
    assert whisper.asked[0]["temperature"] == 0
    assert not {"initial_prompt", "hotwords", "prefix"} & set(whisper.asked[0])


def test_what_runs_in_circles_is_asked_for_once_more() -> None:
    circles = segment(" go go go go", compression_ratio=3.0)
    whisper = Scripted([circles], [segment(" go now")])
    assert [each.text for each in ask(whisper).sure] == [" go now"]
    assert whisper.asked[1]["no_repeat_ngram_size"] == 4
    stubborn = Scripted([circles], [circles])
    assert ask(stubborn).sure == ()
    assert len(stubborn.asked) == 2


def test_what_came_to_nothing_is_not_listened_to_further() -> None:
    hopeless = [segment(avg_logprob=-1.2), segment(seek=300), segment(seek=600)]
    assert len(ask(Scripted(hopeless)).segments) == 1
    assert len(ask(Scripted(list(hopeless)), seconds=70.0).segments) == 3


def test_an_answer_to_the_second_question_must_be_likely() -> None:
    circles = segment(" go go go go", compression_ratio=3.0)
    assert ask(Scripted([circles], [segment(" Go.", avg_logprob=-1.2)])).sure == ()
    unlikely = segment(" Go now, go.")
    for word in unlikely.words:
        word.probability = 0.3
    assert ask(Scripted([circles], [unlikely])).sure == ()


def test_long_sound_is_never_asked_for_twice() -> None:
    whisper = Scripted([segment(compression_ratio=3.0)])
    ask(whisper, seconds=31.0)
    assert len(whisper.asked) == 1


def test_a_guess_is_not_told_but_a_word_or_two_may_be_unlikely() -> None:
    assert ask(Scripted([segment(avg_logprob=-1.2)])).sure == ()
    assert len(ask(Scripted([segment(" Yes.", avg_logprob=-1.2)])).sure) == 1
    assert ask(Scripted([segment(" Yes.", avg_logprob=-1.6)])).sure == ()


def test_how_much_is_decoded_is_bounded() -> None:
    whisper = Scripted([segment(seek=100 * k) for k in range(50)])
    assert len({each.seek for each in ask(whisper).segments}) == 2
    assert whisper.asked[0]["max_new_tokens"] <= 16 + 8 * 2
    long = Scripted([segment()])
    ask(long, seconds=600.0)
    assert long.asked[0]["max_new_tokens"] == 220


@pytest.mark.parametrize(
    ("found", "expected", "chosen"),
    [
        ({"en": 0.4, "de": 0.5, "zh": 0.1}, (), "de"),
        ({"en": 0.4, "de": 0.5, "zh": 0.1}, ("en", "zh"), "en"),
        ({"en": 0.1, "de": 0.9, "zh": 0.0}, ("en", "zh"), "de"),
        ({"en": 0.3, "zh": 0.4, "de": 0.3}, ("en", "zh"), "zh"),
        ({"en": 0.4, "de": 0.5}, ("xx",), "de"),
    ],
)
def test_an_unsure_language_gives_way_to_those_expected(
    found: dict[str, float], expected: tuple[str, ...], chosen: str
) -> None:
    assert choose_language(found, expected) == chosen
    whisper = Scripted([segment()], found=found)
    heard = ask(whisper, lang=None, expected=expected)
    assert (heard.lang, heard.probability) == (chosen, found[chosen])
    assert whisper.decoded == [chosen]


def test_a_language_that_is_given_has_no_probability() -> None:
    assert ask(Scripted([segment()]), lang="zh").probability is None


class Everywhere:
    """A voice from 1 s to 2 s."""

    def stretches(self, samples: np.ndarray) -> tuple[Stretch, ...]:
        return (Stretch(start=1.0, end=2.0),)


def transcribed(*answers: list[Any], found: dict[str, float] | None = None) -> Transcript:
    transcriber = WhisperTranscriber(Scripted(*answers, found=found))  # type: ignore[arg-type]
    transcriber._voice = Everywhere()  # type: ignore[assignment]
    return transcriber.transcribe(AudioClip(samples=np.zeros(6 * SAMPLE_RATE, dtype=np.float32)))


def test_words_beside_the_voice_are_left_out() -> None:
    found = transcribed([segment(" Good day."), segment(" Thanks for watching!", start=3.0, end=4.0)])
    assert (found.status, found.text) == (Status.OK, "Good day.")
    assert transcribed([segment(start=3.0, end=4.0)]).status is Status.LOW_QUALITY
    assert transcribed([]).status is Status.NO_SPEECH


def test_the_probability_of_the_language_is_told_and_survives_json() -> None:
    found = transcribed([segment()], found={"en": 0.876543, "de": 0.1})
    assert found.as_dict()["lang_probability"] == 0.8765
    assert Transcript.from_dict(found.as_dict()).lang_probability == 0.8765
    older = {key: value for key, value in found.as_dict().items() if key != "lang_probability"}
    assert Transcript.from_dict(older).lang_probability is None


def test_times_of_words_do_not_cross_and_stay_in_the_clip() -> None:
    def word(start: float, end: float) -> Any:
        return SimpleNamespace(word=" a", start=start, end=end, probability=0.5)

    given = [word(-0.5, 0.2), word(0.1, 0.05), word(0.6, 0.4), word(0.3, 9.0), word(8.0, 9.0)]
    words = in_order(given, start=0.0, seconds=2.0005)
    times = [time for each in words for time in (each.start, each.end)]
    assert times == sorted(times)
    assert times[0] == 0.0
    assert times[-1] <= 2.0005
