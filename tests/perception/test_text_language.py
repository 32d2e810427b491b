"""Which language a text is in."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perception.text import detect_language
from perception.text.lexicon import ENGLISH, LETTERS, WORDS

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "I am so happy to see you"),
        ("en", "ok"),
        ("en", "What a lovely café!"),
        ("en", "The war was over when the men came home"),
        ("en", "La La Land was amazing"),
        ("en", "gonna b late 2nite"),
        ("zh", "我今天很难过"),
        ("zh", "太好了!"),
        ("es", "Estoy muy triste hoy"),
        ("fr", "Je suis tellement content de te voir"),
        ("de", "Ich bin so glücklich, dich zu sehen"),
        ("it", "Non ci posso credere, sono molto felice"),
        ("pt", "Estou muito feliz hoje"),
        ("nl", "Ik ben vandaag heel verdrietig"),
        ("pl", "Jestem dzisiaj bardzo smutny"),
        ("sv", "Jag är så glad att se dig"),
        ("da", "Jeg er så glad for at se dig"),
        ("fi", "Olen tänään hyvin surullinen"),
        ("ro", "Sunt foarte fericit astăzi"),
        ("cs", "Dnes jsem velmi smutný"),
        ("hu", "Nagyon boldog vagyok"),
        ("tr", "Bugün çok mutluyum"),
        ("id", "Saya sangat senang hari ini"),
        ("vi", "Hôm nay tôi rất vui"),
        ("ja", "今日はとても悲しいです"),
        ("ja", "うれしい"),
        ("ko", "오늘 너무 슬퍼요"),
        ("ru", "Мне очень грустно"),
        ("uk", "Мені дуже сумно, і я не знаю"),
        ("ar", "أنا سعيد جدا"),
        ("hi", "मैं बहुत खुश हूँ"),
        ("th", "ฉันมีความสุข"),
    ],
)
def test_the_language_of_a_sentence(lang: str, text: str) -> None:
    assert detect_language(text) == lang


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("zh", "我的老板真的很 annoying, 气死我了"),
        ("zh", "OK好的"),
        ("en", "I love 北京 so much, it was an amazing trip"),
    ],
)
def test_mixed_text_goes_to_the_dominant_script(lang: str, text: str) -> None:
    assert detect_language(text) == lang


@pytest.mark.parametrize("text", ["", "   ", "123 456", "😭😭", "!?", "https://example.org/path"])
def test_text_without_letters_has_no_language(text: str) -> None:
    assert detect_language(text) is None


def test_accents_of_a_language_not_listed_are_not_english() -> None:
    assert detect_language("Ég þarf að fara út á götuna þó það rigni") != "en"


def test_an_address_is_no_evidence() -> None:
    assert detect_language("https://www.lemonde.fr/les/une/des/articles 我很高兴") == "zh"


@given(st.text(max_size=300))
def test_any_text_is_answered(text: str) -> None:
    found = detect_language(text)
    assert found is None or re.fullmatch("[a-z]{2,3}(-Latn)?", found)


def test_a_very_long_text_costs_no_more() -> None:
    began = time.perf_counter()
    assert detect_language("I am so happy to see you. " * 100_000) == "en"
    assert time.perf_counter() - began < 1.0


def test_the_lists_are_lower_case_and_their_letters_belong_to_known_languages() -> None:
    assert all(word == word.lower() for words in (ENGLISH, *WORDS.values()) for word in words)
    assert set(LETTERS) <= set(WORDS)
