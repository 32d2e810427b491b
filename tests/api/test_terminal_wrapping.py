"""Replies are wrapped between words, whatever pieces they come in."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from api.terminal.wrapping import WrappingWriter

pytestmark = pytest.mark.unit


def written(text: str, width: int | None, size: int) -> str:
    file = io.StringIO()
    writer = WrappingWriter(file, width)
    for start in range(0, len(text), size):
        writer.write(text[start : start + size])
    writer.end()
    return file.getvalue()


WORDS = st.lists(st.text("abcdefgh.,'", min_size=1, max_size=10), min_size=1, max_size=40)


@given(WORDS, st.integers(12, 40), st.integers(1, 9))
def test_no_word_is_broken_and_no_line_is_too_long(words: list[str], width: int, size: int) -> None:
    shown = written(" ".join(words), width, size)
    assert shown.split() == words
    assert all(cell_len(line.rstrip()) <= width for line in shown.split("\n"))


@given(st.text("今天很难过，我们聊聊吧。", min_size=1, max_size=80), st.integers(10, 30), st.integers(1, 5))
def test_chinese_fills_its_lines(text: str, width: int, size: int) -> None:
    shown = written(text, width, size)
    assert shown.replace("\n", "") == text
    assert all(cell_len(line) <= width for line in shown.split("\n"))


def test_lines_of_the_reply_stay_and_a_word_longer_than_the_line_is_left_to_the_terminal() -> None:
    assert written("one\n\ntwo", 10, 1) == "one\n\ntwo"
    assert written("a " + "b" * 30, 10, 4) == "a \n" + "b" * 30


def test_without_a_width_nothing_changes() -> None:
    assert written("a  b\tc " * 20, None, 3) == "a  b\tc " * 20
