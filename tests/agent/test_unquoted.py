"""The machine's notes never reach the person, however the model cuts them into pieces."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.phrases import note
from agent.unquoted import Unquoted

pytestmark = pytest.mark.unit

WORDS = st.text(st.sampled_from("ab (（What I notice我注意到.?！"), max_size=30)


def shown(text: str, cuts: list[int]) -> str:
    unquoted, at = Unquoted(), 0
    out = ""
    for cut in [*sorted(min(cut, len(text)) for cut in cuts), len(text)]:
        out += unquoted.feed(text[at:cut])
        at = cut
    return out + unquoted.end()


@pytest.mark.parametrize(
    ("reply", "left"),
    [
        ("(What I notice: the words read calm.) I see. What happened?", "I see. What happened?"),
        ("I see. (what I notice: sad.)\nWhat happened?", "I see. \nWhat happened?"),
        ("（我注意到：话里有点难过。）怎么了？", "怎么了？"),
        ("(What I notice: it never ends", ""),
        ("(What a day!) And (What I noticed)? No.", "(What a day!) And (What I noticed)? No."),
        ("plain", "plain"),
    ],
)
def test_notes_are_left_out(reply: str, left: str) -> None:
    for size in (1, 3, 7, 1000):
        cuts = list(range(0, len(reply), size))
        assert shown(reply, cuts) == left


@given(before=WORDS, after=WORDS, lang=st.sampled_from(["en", "zh"]), cuts=st.lists(st.integers(0, 120), max_size=20))
def test_no_piece_of_a_note_is_ever_shown(before: str, after: str, lang: str, cuts: list[int]) -> None:
    found = shown(before + note("SECRET", lang) + after, cuts)
    assert "SECRET" not in found


@given(text=st.text(max_size=80), cuts=st.lists(st.integers(0, 80), max_size=20))
def test_other_text_comes_whole(text: str, cuts: list[int]) -> None:
    if not any(opens in text.lower() for opens in ("(what i notice:", "（我注意到：")):
        assert shown(text, cuts) == text.lstrip()


async def test_a_model_that_reads_its_notes_aloud_is_not_heard_doing_so(talk: Any) -> None:
    async with talk(replies=["(What I notice: the face looks sad.) That sounds hard. What happened?"]) as t:
        done = await t.say("hello")
        assert done.reply == "That sounds hard. What happened?"
        assert done.trace["notes_dropped"] == 1
