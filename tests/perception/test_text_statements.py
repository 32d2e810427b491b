"""What people say of their own feeling is found, and what only looks so is not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from perception import Cue, Emotion
from perception.text.statements import Polarity, Statement, find_statements, statement_cues

pytestmark = pytest.mark.unit


def claims(text: str, lang: str | None = None) -> str:
    """`+sad -angry`: what is stated and denied, in order."""
    signs = {Polarity.STATED: "+", Polarity.DENIED: "-"}
    return " ".join(signs[each.polarity] + each.emotion for each in find_statements(text, lang))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I'm so glad you made it", "+happy"),
        ("We are devastated by the news", "+sad"),
        ("that really pisses me off", "+angry"),
        ("You've got me worried", "+fear"),
        ("I am stunned", "+surprise"),
        ("this food grosses me out", "+disgust"),
        ("I've calmed down now", "+neutral"),
        ("I feel a lot of anger", "+angry"),
        ("I couldn't be happier", "+happy"),
        ("I can't help feeling sad", "+sad"),
        ("I do feel sad", "+sad"),
        ("I am, honestly, terrified", "+fear"),
        ("I don't know why I'm so sad", "+sad"),
        ("I need you to understand that I'm scared", "+fear"),
        ("I'm tired and sad", "+sad"),
        ("我为你感到骄傲", "+happy"),
        ("看到你难过我也很难过", "+sad"),
        ("他快把我气死了", "+angry"),
        ("我被他吓坏了", "+fear"),
        ("听到这个消息我很震惊", "+surprise"),
        ("我对这种人很反感", "+disgust"),
        ("我的心情很平静", "+neutral"),
        ("我很生气，你知道吗？", "+angry"),
        ("我从没这么开心过", "+happy"),
    ],
)
def test_a_feeling_that_is_stated(text: str, said: str) -> None:
    assert claims(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I'm not in the least bit worried", "-fear"),
        ("No, not angry.", "-angry"),
        ("I am not happy about it", "-happy"),
        ("I wouldn't say I'm scared", "-fear"),
        ("it's not because I'm mad", "-angry"),
        ("That doesn't scare me", "-fear"),
        ("I've told you I am not sad", "-sad"),
        ("我不怕黑", "-fear"),
        ("我没有特别生气", "-angry"),
        ("我怎么会生气呢？", "-angry"),
        ("他没有让我失望", "-sad"),
        ("我跟她说我没生气", "-angry"),
        ("我不觉得害怕", "-fear"),
        ("这事让我不开心", "-happy"),
    ],
)
def test_a_feeling_that_is_denied(text: str, said: str) -> None:
    assert claims(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I'm not scared, just sad", "-fear +sad"),
        ("I'm excited but also nervous", "+happy +fear"),
        ("I am neither scared nor angry nor sad", "-fear -angry -sad"),
        ("I'm happy for her but sad for me", "+happy +sad"),
        ("我不是angry，我是sad", "-angry +sad"),
        ("我不难过，也不害怕", "-sad -fear"),
        ("他不开心，我也不开心", "-happy"),
    ],
)
def test_several_feelings_each_have_their_own_polarity(text: str, said: str) -> None:
    assert claims(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It's not that I'm not happy", "-sad"),
        ("我不是不高兴，我是累了", "-sad"),
        ("我很不开心", "+sad"),
        ("我不开心", "-happy"),
        ("我不是不难过", "+sad"),
        ("I can't say I'm not sad", "+sad"),
    ],
)
def test_twice_denied_happiness_denies_its_opposite_and_all_else_is_weakly_stated(text: str, said: str) -> None:
    assert claims(text) == said


def test_what_is_twice_denied_or_doubted_is_hedged() -> None:
    for text in ("我不是不难过", "I guess I'm sad", "I don't think I'm angry", "我好像有点难过", "没事"):
        assert [each.hedged for each in find_statements(text)] == [True], text
    assert [each.hedged for each in find_statements("I'm sad")] == [False]


@pytest.mark.parametrize(
    "text",
    [
        "she is angry", "my friend is so sad", "You seem upset", "I think he's afraid of me",
        "他气死了", "我觉得小明很难过", "我的老板很生气", "我一个朋友很难过", "他对我很失望",
    ],
)  # fmt: skip
def test_what_others_feel_is_theirs(text: str) -> None:
    assert claims(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "I'm angry?",
        "do I feel sad? maybe",
        "AM I SAD???",
        "you don't know how sad I am",
        "你不开心吗",
        "我开心吗",
        "我生气什么",
    ],
)
def test_a_question_states_nothing(text: str) -> None:
    assert claims(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "I'm sad when it rains", "if he leaves, I'm sad", "I could be happier", "I'm going to be so happy",
        "i dunno if im sad", "don't make me angry", "he used to scare me", "I have never been angry with you",
        "I was scared", "I get sad in winter", "I am always angry",
        "要是你不来，我会难过", "我要生气了", "别让我失望", "飞机一落地我就很紧张", "我昨天没生气", "我希望我不害怕",
        "有什么好难过的",
    ],
)  # fmt: skip
def test_what_may_be_was_or_always_is_states_nothing_of_now(text: str) -> None:
    assert claims(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "he said, I'm angry", "She texted: \"I'm sad\".", "My therapist says I'm depressed", "> I'm furious\nok",
        "谁说：“我很生气”", "他说，我很难过",
        "看《我很快乐》看的", "好的//@小王:我很难过", "#我很难过#", "[难过][难过]",
    ],
)  # fmt: skip
def test_the_words_of_others_titles_and_picture_codes_are_nobodys_statement(text: str) -> None:
    assert claims(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "I'm afraid he has already left", "We are full, I'm afraid.", "glad to help", "I'm pleased to announce it",
        "I'm fine with that", "I'm down for pizza", "mad respect", "I'm happy-go-lucky", "I don't feel so good",
        "我怕他不来", "恐怕不行", "还好，没迟到", "没事的，会好起来的", "我觉得挺好", "我成绩一直都很好",
    ],
)  # fmt: skip
def test_set_phrases_and_opinions_are_no_feeling(text: str) -> None:
    assert claims(text) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I’m not scared", "-fear"),
        ("im not scared", "-fear"),
        ("i dont feel scared", "-fear"),
        ("i aint scared", "-fear"),
        ("I AM NOT SCARED", "-fear"),
        ("I'm sooooo haaaappyyyy", "+happy"),
        ("<b>I'm</b> not&nbsp;scared", "-fear"),
        ("I&#39;m sad", "+sad"),
        ("Ｉ'm sad", "+sad"),
        ("I\u200b'm s\u00adad", "+sad"),
        ("\u202eI'm sad", "+sad"),
        ("I'm sad \ud83d", "+sad"),
        ("我沒有生氣", "-angry"),
        ("我真的好難過", "+sad"),
        ("我\x00很\x07难过", "+sad"),
    ],
)
def test_one_spelling_is_read_as_another(text: str, said: str) -> None:
    assert claims(text) == said


def test_a_statement_says_where_it_stands_and_how_it_is_said() -> None:
    text = "Well… <i>I’m</i> really not angry!"
    assert find_statements(text) == (
        Statement(
            emotion=Emotion.ANGRY, polarity=Polarity.DENIED, start=text.index("I’m"), end=text.index("!"),
            language="en", when="now", strength="strong", hedged=False, subject="said",
        ),
    )  # fmt: skip
    (lately,) = find_statements("最近有点焦虑")
    assert (lately.when, lately.strength, lately.subject, lately.language) == ("lately", "weak", "dropped", "zh")
    (mixed,) = find_statements("我有点sad")
    assert (mixed.language, mixed.subject) == ("en", "said")
    (been,) = find_statements("I've been really sad")
    assert (been.when, been.strength) == ("lately", "strong")


def test_a_language_that_is_not_read_has_no_statements() -> None:
    assert claims("I'm sad", "fr") == ""
    assert claims("I'm sad", "zh-CN") == claims("I'm sad", "en_GB") == claims("I'm sad", "") == "+sad"
    assert claims("私は平静です") == ""


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "…", "'", "“", "<", "&#0;", "&#x110000;", "I'm", "不", "\ud800", "🙂", "I'm not"]
)
def test_almost_nothing_states_nothing(text: str) -> None:
    assert find_statements(text) == ()


def test_what_stands_behind_the_limit_is_not_read() -> None:
    assert claims("la " * 4000 + "I'm sad") == ""


def test_cues_name_each_claim_once_and_in_order() -> None:
    assert statement_cues("I'm not angry. I'm sad, really sad. 我没生气", "en") == (
        Cue(code="denies_emotion", params={"emotion": "angry"}),
        Cue(code="states_emotion", params={"emotion": "sad"}),
    )
    assert statement_cues("Nice weather") == ()


PIECES = [
    "I", "'m", "i am", "not ", "n't", "so ", "sad", "happy ", "and ", ", ", "but ", "if ", "feel ", "been ",
    "makes me ", "she ", "我", "不", "没", "很", "生气", "难过", "的", "了", "吗", "？", "?", "，", "他", "让",
    "说", "“", "”", '"', "'", "<b>", "&#39;", "#", "//@", "\n", " ", "一", "就", "开心", "怕", "\ud83d", "😀",
    "\u200d", "[泪]", "ß", "ﬁ", "İ",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)))
@example("İ I'm sad")
@example("ﬁ I'm sad")
def test_any_text_is_read_and_every_statement_lies_within_it(text: str) -> None:
    found = find_statements(text)
    assert all(0 <= each.start < each.end <= len(text) for each in found)
    assert [each.end for each in found] == sorted(each.end for each in found)


def calls(work: Callable[[], Any]) -> int:
    """Calls of functions, which tell the work done whatever else the machine does."""
    count = 0

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "piece",
    [
        "I'm not angry ",
        "我没生气",
        "sad and ",
        "sad, ",
        "难过",
        "我",
        "不",
        "'a 'b ",
        "“",
        '"',
        "<a",
        "&#",
        "[泪",
        "#a",
        "I ",
        ", ",
        "not ",
    ],
)
def test_work_grows_with_the_length_of_a_text_and_no_faster(piece: str) -> None:
    find_statements("I'm sad 我")  # the lexicon is read once
    short, long = (piece * (size // len(piece)) for size in (1000, 4000))
    assert calls(lambda: find_statements(long)) < 6 * calls(lambda: find_statements(short)) + 2000
