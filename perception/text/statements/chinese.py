"""Chinese, and English feelings in a Chinese sentence: whose a feeling is, read from the feeling leftwards."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from perception.emotions import Emotion
from perception.text.statements.chinese_alone import SKIPPED, read_dropped, read_joined
from perception.text.statements.chinese_context import PERSONS, ending, governed, in_clause, supposed
from perception.text.statements.reading import BOUNDARIES, Earlier, Reading, tag_at
from perception.text.statements.tokens import Token

_PARTS: Final = BOUNDARIES - {"and"}
_BROKEN: Final = frozenset({"modal", "habit", "ban", "question", "idiom", "quote", "condition", "past"})
_HEART: Final = frozenset({"心情", "情绪", "心", "心里", "内心", "心中"})
_LINKS: Final = frozenset({"是", "就是", "都是", "就"})
"""Before a feeling as a thing: 我认为思念是幸福."""
_MEASURES: Final = frozenset("个次种位天年名件家样份张条句群下起定样直")
_GAP: Final = 16
"""Tokens that may stand between the person and what is said of them."""


def read_chinese(tokens: Sequence[Token], at: int, earlier: Earlier, *, asks: bool) -> Reading | None:
    """How the person who writes stands to the feeling at an index; None when it is not said to be theirs, now.

    Args:
        tokens: of the sentence.
        at: index of a token of class emotion or verb.
        earlier: what was read of the feelings before it in the sentence.
        asks: whether the sentence ends in a question mark.
    """
    reading = Reading(first=at)
    left = _adverbs(tokens, at, reading)
    behind = ending(tokens, at, reading, asks=asks)
    if behind is None or _whenever(tokens, at, left, reading) or supposed(tokens, at):
        return None
    if tokens[at].tag == "verb":
        return in_clause(tokens, reading, own=True)
    found = read_joined(tokens, left, reading, earlier) or _owned(tokens, at, left, reading)
    if found is None and not reading.said:
        found = read_dropped(tokens, at, left, reading, earlier, behind)
    return found if found and _meant(tokens[at], found, behind) else None


def _adverbs(tokens: Sequence[Token], at: int, reading: Reading) -> int:
    """Take in what stands right before a feeling; the index before it."""
    index = at - 1
    while tag_at(tokens, index) in SKIPPED:
        reading.note(tokens[index])
        reading.first = index
        index -= 1
    emotion, last = tokens[at].emotion, tokens[at - 1].text if at else ""
    if emotion is Emotion.HAPPY and last == "不" and at >= 2:
        before = tokens[at - 2]
        # 很不开心 is very unhappy; 没有不开心 denies just that
        reading.unhappy = before.tag == "negation" or before.degree in {"strong", "weak"}
    return index


def _whenever(tokens: Sequence[Token], at: int, left: int, reading: Reading) -> bool:
    """一紧张就, 一想到就很害怕: each time, not now."""
    if tag_at(tokens, left) == "once":
        return True
    clause = tokens[max(0, at - _GAP) : at]
    each = any(one.tag == "once" and then.text not in _MEASURES for one, then in pairwise(clause))
    return each and "就" in reading.words


def _owned(tokens: Sequence[Token], at: int, left: int, reading: Reading) -> Reading | None:
    """The person before the predicate, over objects of prepositions and some other words."""
    if tag_at(tokens, left) == "of" and tokens[left + 1].text not in _HEART:
        # 我所有的不快乐
        reading.said = True
        return None
    index, strange = left, 0
    while index >= 0 and left - index <= _GAP and tokens[index].tag not in _PARTS:
        tag = tokens[index].tag
        if tag in {"me", "subject"}:
            # 我成绩很好 is not said of oneself
            vague = strange and "bare" in tokens[at].entry.flags
            return None if vague else _subject(tokens, index, reading, strange)
        if tag in _BROKEN or (tag == "feel" and strange):
            return None
        if tag in PERSONS:
            index = governed(tokens, index)
            if index == -1:
                reading.said = True
                return None
            continue
        if tag == "of" and _possessed(tokens, index):
            reading.said = True
            return None
        strange += tag not in SKIPPED
        index -= 1
    return None


def _possessed(tokens: Sequence[Token], index: int) -> bool:
    """Whether something of the person's is spoken of, other than their heart: 我的狗, not 我的心情."""
    mine = tag_at(tokens, index - 1) in {"me", "subject"} and governed(tokens, index - 1) == -1
    return mine and tokens[index + 1].text not in _HEART


def _subject(tokens: Sequence[Token], index: int, reading: Reading, strange: int) -> Reading | None:
    reading.said = True
    kin = tag_at(tokens, index + 1) == "kin"
    if kin or (strange and reading.words <= _LINKS) or tag_at(tokens, index - 1) == "prep":
        return None
    reading.first = index
    return in_clause(tokens, reading, own=tag_at(tokens, index - 1) == "cause")


def _meant(token: Token, reading: Reading, behind: str) -> bool:
    flags = token.entry.flags
    if "bare" in flags and (behind == "word" or reading.words & {"觉得", "感觉"}):
        # 我觉得挺好 is an opinion
        return False
    degree = reading.degrees & {"strong", "weak", "hedge", "lately"} or reading.negations
    return "guarded" not in flags or bool(degree) or behind != "word"
