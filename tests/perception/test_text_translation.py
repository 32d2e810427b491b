"""Words in a language without a model, with a translator."""

from __future__ import annotations

import pytest

from perception import Status, Utterance
from perception.text import EmbeddedText
from perception.text.translation import TRANSLATED

pytestmark = pytest.mark.model

SPANISH = "Estoy muy triste hoy y no sé por qué"
ENGLISH = "I am very sad today and I don't know why"


class Scripted:
    """Answers what it was given, and notes what it was asked."""

    def __init__(self, answer: str | Exception | None) -> None:
        self.answer, self.asked = answer, list[tuple[str, str, str]]()

    def translate(self, text: str, *, source: str, target: str) -> str | None:
        self.asked.append((text, source, target))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_the_translation_is_felt_and_said_to_be_one() -> None:
    translator = Scripted(ENGLISH)
    seen = EmbeddedText(translator=translator).perceive(Utterance(text=SPANISH))
    direct = EmbeddedText().perceive(Utterance(text=ENGLISH))
    assert translator.asked == [(SPANISH, "es", "en")]
    assert (seen.status, seen.scores) == (Status.OK, direct.scores)
    assert seen.model == f"{direct.model}+translated"
    assert seen.quality == pytest.approx(direct.quality * TRANSLATED)
    assert (seen.cues[0].code, seen.cues[0].params) == ("translated", {"from": "es", "to": "en"})


def test_a_language_nobody_recognised_is_said_to_be_that() -> None:
    translator = Scripted(ENGLISH)
    EmbeddedText(translator=translator).perceive(Utterance(text="ꦱꦸꦒꦼꦁ"))
    assert [source for _, source, _ in translator.asked] == ["und"]


@pytest.mark.parametrize("text", ["I am so happy to see you", "我今天很难过", "", "😭"])
def test_it_is_not_asked_for_what_can_be_felt(text: str) -> None:
    translator = Scripted(ENGLISH)
    EmbeddedText(translator=translator).perceive(Utterance(text=text))
    assert translator.asked == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (None, "nothing"),
        ("", "nothing"),
        ("  \n", "nothing"),
        ("\ud83d", "nothing"),
        (SPANISH, "other_language"),
        ("Je suis très triste aujourd'hui", "other_language"),
        ("xqzt", "other_language"),
        (ValueError("broken"), "ValueError"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_without_a_translation_it_abstains_as_before(answer: str | Exception | None, why: str) -> None:
    seen = EmbeddedText(translator=Scripted(answer)).perceive(Utterance(text=SPANISH))
    assert (seen.status, seen.scores) == (Status.UNSUPPORTED_LANGUAGE, None)
    assert [(cue.code, dict(cue.params)) for cue in seen.cues] == [
        ("translation_failed", {"language": "es", "why": why}),
        ("language_unsupported", {"language": "es"}),
    ]


def test_a_translation_is_not_explained() -> None:
    assert EmbeddedText(translator=Scripted(ENGLISH)).explain(Utterance(text=SPANISH)).words == ()
