"""The crisis reply is ready without a model, and names people who can be reached from where somebody is."""

from __future__ import annotations

import re
from typing import Literal

import pytest

from agent.questions import questions_in
from agent.safety import CrisisSignal, crisis_reply, resources_for

pytestmark = pytest.mark.unit

NUMBERS = {"en-US": "988", "en-GB": "116 123", "zh-CN": "12356", "zh-TW": "1925"}


def signal(level: Literal["concern", "acute"] = "acute", about: Literal["self", "other"] = "self") -> CrisisSignal:
    return CrisisSignal(level=level, about=about, code="wish_to_die")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("locale", NUMBERS)
def test_each_locale_gets_its_own_line_and_no_other(locale: str, lang: str) -> None:
    reply = crisis_reply(signal(), lang=lang, locale=locale)
    assert NUMBERS[locale] in reply
    assert not [number for other, number in NUMBERS.items() if other != locale and number in reply]
    assert resources_for(locale, lang=lang)[0].emergency in reply


@pytest.mark.parametrize(
    ("locale", "number"),
    [("zh-US", "988"), ("en_GB.UTF-8", "116 123"), ("zh-Hant-TW", "1925"), ("cn", "12356"), ("de-DE", "findahelpline")],
)
def test_the_region_decides_and_not_the_language(locale: str, number: str) -> None:
    assert number in crisis_reply(signal(), lang="en", locale=locale)


def test_without_a_locale_lines_of_several_regions_are_offered() -> None:
    reply = crisis_reply(signal(), lang="zh")
    assert all(number in reply for number in (*NUMBERS.values(), "findahelpline.com"))
    assert "当地的急救电话" in reply


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("level", ["acute", "concern"])
def test_it_asks_directly_offers_a_person_and_stays(level: Literal["acute", "concern"], lang: str) -> None:
    reply = crisis_reply(signal(level), lang=lang, locale=None)
    assert ("Are you thinking about ending your life?" if lang == "en" else "你是在想结束自己的生命吗？") in reply
    assert ("I'm still here" if lang == "en" else "我还在这里") in reply
    assert ("someone you trust" if lang == "en" else "你信任的人") in reply
    assert len(reply) < 1200


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_question_leads_to_a_no(lang: str) -> None:
    for level, about in (("acute", "self"), ("concern", "self"), ("concern", "other")):
        reply = crisis_reply(signal(level, about), lang=lang)  # type: ignore[arg-type]
        for question in questions_in(reply, lang):
            assert not re.search(r"n't you|you (?:are|do)n't|right\?|不会|没有.*吧|不是.*吧", question.text), (
                question.text
            )


def test_who_worries_for_another_is_not_asked_about_their_own_life() -> None:
    reply = crisis_reply(signal("concern", "other"), lang="en", locale="en-US")
    assert "your life" not in reply
    assert "988" in reply


def test_a_language_without_a_reply_gets_the_english_one() -> None:
    assert crisis_reply(signal(), lang="fr", locale="fr-FR") == crisis_reply(signal(), lang="en", locale="fr-FR")


def test_every_line_says_who_stands_behind_it_and_when_that_was_read() -> None:
    for resource in resources_for(None, lang="en"):
        assert "." in resource.source
        assert re.fullmatch(r"20\d\d-\d\d", resource.checked)
