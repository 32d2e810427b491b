"""A text in one spelling, with the way back to the characters it was written in."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from perception.text.traditional import SIMPLIFIED

_APOSTROPHES: Final = dict.fromkeys(map(ord, "‘’ʼ`´＇"), "'")
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|<!--[^<>]{0,200}-->")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_LINK: Final = re.compile(r"(?:https?://|www\.)[^\s\u3000-\u9fff]+|@[A-Za-z0-9_]{1,30}")
# 表情 codes of Weibo and WeChat: pictures, not words
_PICTURE: Final = re.compile(r"\[[\u4e00-\u9fff]{1,6}\]")
_TOPIC: Final = re.compile(r"#[^#\n]{1,40}#")
_SKIPPED: Final = re.compile("|".join(f"(?:{pattern.pattern})" for pattern in (_TAG, _ENTITY, _LINK, _PICTURE, _TOPIC)))
# what somebody else said, what is called by a name, what is not meant; one mark never runs over another of its kind
_QUOTED: Final = re.compile(
    r"\"[^\"\n]{1,400}\"|“[^“”\n]{1,400}”|「[^「」\n]{1,400}」|『[^『』\n]{1,400}』|《[^《》\n]{1,200}》"
    r"|(?<!\w)‘(?:[^‘’\n]|(?<=\w)’(?=\w)){1,300}’(?!\w)|(?<!\w)'(?=\S)(?:[^'\n]|(?<=\w)'(?=\w)){2,300}'(?!\w)"
    # mails and forwarded posts
    r"|(?m:^[ \t]{0,4}>[^\n]*$)|//\s{0,2}@[^\n]*"
)
QUOTE: Final = "\x1a"
"""Stands for what is quoted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Folded:
    """Lower case, half width, simplified characters, straight apostrophes; no markup, links or invisible characters."""

    text: str
    """The folded text."""
    starts: tuple[int, ...]
    """For each folded character, where it comes from in the original."""
    ends: tuple[int, ...]
    """For each folded character, the end of what it comes from in the original."""


def fold(text: str) -> Folded:
    """Fold a text, in time proportional to its length."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end, piece in _pieces(text):
        pieces.append(piece)
        starts.extend([start] * len(piece))
        ends.extend([end] * len(piece))
    return Folded(text="".join(pieces), starts=tuple(starts), ends=tuple(ends))


def _pieces(text: str) -> Iterator[tuple[int, int, str]]:
    at = 0
    for match in _QUOTED.finditer(text):
        if not text[: match.start()].strip() and not text[match.end() :].strip() and text[match.start()] not in ">/":
            # a message that is quoted as a whole is the person's own
            break
        yield from _unquoted(text, at, match.start())
        yield match.start(), match.end(), QUOTE
        at = match.end()
    yield from _unquoted(text, at, len(text))


def _unquoted(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    at = start
    for match in _SKIPPED.finditer(text, start, end):
        yield from _characters(text, at, match.start())
        yield match.start(), match.end(), _instead(match[0])
        at = match.end()
    yield from _characters(text, at, end)


def _instead(skipped: str) -> str:
    """What is read for an entity, a topic (#...#), which parts sentences, or markup, which parts words."""
    if skipped[0] == "&":
        return "".join(map(_folded, html.unescape(skipped)))
    return "\n" if skipped[0] == "#" else " "


def _characters(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    known: dict[str, str] = {}
    for at in range(start, end):
        character = text[at]
        if character not in known:
            known[character] = _folded(character)
        if piece := known[character]:
            yield at, at + 1, piece


def _folded(character: str) -> str:
    if (character.isascii() and character.isprintable()) or character == "\n":
        return character.lower()
    if unicodedata.category(character) in {"Cf", "Mn", "Cs", "Co", "Cn"}:
        return ""
    if unicodedata.category(character)[0] in "ZC":
        # \x0b and the like part words too
        return "\n" if character in "\r\u2028\u2029\x85" else " "
    folded = character.translate(_APOSTROPHES)
    return unicodedata.normalize("NFKC", folded).lower().translate(SIMPLIFIED)
