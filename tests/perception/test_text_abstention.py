"""The text sense abstains on languages it has no model for, and stays awake for those it has."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from perception import Observation, Status, Utterance
from perception.text import EmbeddedText, detect_language
from perception.text import language as languages
from perception.text.hints import settle
from perception.text.language import recognise
from perception.text.normalise import normalise

pytestmark = pytest.mark.model

SENTENCES: dict[str, list[str]] = yaml.safe_load(
    Path(__file__).with_name("unsupported_languages.yaml").read_text("utf-8")
)
ENGLISH = [
    "I lost my job and I don't know what to do",
    "so tired of this",
    "omg lol",
    "wtf dude",
    "nooooo way!!!",
    "gonna cry ngl",
    "great",
    "im so happy rn 😭",
    "The café was très chic, I loved it",
    "We ate sushi and tacos, what a day",
    "my dog died yesterday",
    "ugh",
    "He said hola to me and I laughed",
]
CHINESE = [
    "我今天很难过",
    "好烦",
    "太棒了!",
    "我的老板真的很 annoying",
    "今天 meeting 好多, so tired 真的",
    "心情不好",
    "唔,好的",
]


@pytest.fixture(scope="module")
def sense() -> EmbeddedText:
    return EmbeddedText()


def feel(sense: EmbeddedText, text: str, lang: str | None = None) -> Observation:
    return sense.perceive(Utterance(text=text, lang=lang))


def test_there_are_eight_sentences_in_each_of_many_languages() -> None:
    assert len(SENTENCES) >= 50
    assert {len(of) for of in SENTENCES.values()} == {8}


def test_nearly_all_is_told_from_english_and_hardly_anything_is_felt_surely(sense: EmbeddedText) -> None:
    texts = [text for of in SENTENCES.values() for text in of]
    taken = [text for text in texts if detect_language(normalise(text)) in {"en", "zh"}]
    assert len(taken) / len(texts) <= 0.05
    seen = [feel(sense, text).status for text in texts[::9] if text not in taken]
    assert set(seen) == {Status.UNSUPPORTED_LANGUAGE}
    assert sum(feel(sense, text).status is Status.OK for text in taken) / len(texts) <= 0.01


@pytest.mark.parametrize("lang", sorted(SENTENCES))
def test_most_of_each_language_is_not_taken_for_english(lang: str) -> None:
    taken = [text for text in SENTENCES[lang] if detect_language(normalise(text)) in {"en", "zh"}]
    assert len(taken) <= 3, taken


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_recognised_surely(text: str) -> None:
    found = recognise(normalise(text))
    assert (found.code, found.sure) == ("en", True)


@pytest.mark.parametrize("text", CHINESE)
def test_chinese_with_or_without_english_is_chinese(text: str) -> None:
    found = recognise(normalise(text))
    assert (found.code, found.sure) == ("zh", True)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("zh-Latn", "wo zhende hen nanguo"),
        ("hi-Latn", "mujhe bahut dukh hai yaar"),
        ("ar-Latn", "wallah ana mish mabsoot ya habibi"),
        ("ru-Latn", "mne ochen plokho segodnya"),
        ("ja-Latn", "watashi wa totemo kanashii desu"),
        ("yue", "我今日好唔開心,佢哋冇理我"),
        ("ur", "آج میں بہت اداس ہوں"),
    ],
)
def test_unusual_scripts_are_named_by_their_tag(lang: str, text: str) -> None:
    assert detect_language(text) == lang


@pytest.mark.parametrize(
    "text", ["estoy so tired today, no puedo más con this job", "yaar I am bahut sad today, kya karoon"]
)
def test_english_mixed_with_another_language_is_never_sure(sense: EmbeddedText, text: str) -> None:
    assert feel(sense, text).status is not Status.OK


@pytest.mark.parametrize("text", ["I am so happy to see you again", "我今天很难过", "what the hell is wrong with you"])
def test_the_second_opinion_is_not_asked_where_words_decide(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: str) -> None:
        raise AssertionError("the model was asked")

    monkeypatch.setattr(languages, "second_opinion", never)
    assert recognise(text).code in {"en", "zh"}


@pytest.mark.parametrize(
    ("hint", "text", "code", "sure"),
    [
        ("en", "Estoy muy triste hoy y no sé por qué", "es", True),
        ("en", "Chandler", "en", True),
        ("en", "nebegaliu daugiau taip gyventi", "lt", True),
        ("en", "hianyzol", "en", True),
        ("fr", "I am happy", "fr", True),
        ("\udcff", "I am happy", "en", True),
        ("not a language at all", "I am happy", "en", True),
        ("e" * 100_000, "I am happy", "en", True),
        ("ja", "😭😭", "ja", True),
        (None, "@user https://example.org", "en", True),
    ],
)
def test_a_hint_is_weighed_against_the_words(hint: str | None, text: str, code: str, sure: bool) -> None:
    found = settle(hint, text)
    assert (found.code, found.sure) == (code, sure)
