"""What is taken out of a text before anything reads it: what no reader would see, or would not see as words."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from typing import Final

# what is not shown at all, with how it ends: only up to the last end is it looked for, or time would be quadratic
_HIDDEN: Final = tuple(
    (re.compile(f"{begin}.*?{end}", re.DOTALL | re.IGNORECASE), re.compile(end, re.IGNORECASE))
    for begin, end in (
        ("<!--", "-->"),
        (r"<script\b[^<>]{0,500}>", r"</script\s{0,9}>"),
        (r"<style\b[^<>]{0,500}>", r"</style\s{0,9}>"),
    )
)
_TAG: Final = re.compile(r"</?[a-z][a-z0-9-]{0,30}(?:[\s/][^<>]{0,500})?>", re.IGNORECASE)
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
_HALVES: Final = re.compile("[\ud800-\udfff]")
_MARKS: Final = 2
"""Combining marks that a letter keeps: Vietnamese needs two, "zalgo" piles up dozens."""


def plain(text: str) -> str:
    """The text without markup, control characters, direction overrides, halves of characters and heaps of marks.

    `<b>I am <i>happy</i></b> &amp; well` becomes `I am happy & well`; `<3` and `a < b` stay. Joiners and variation
    selectors stay, since emoji are made with them, and so do tabs and line ends. Nothing in a text is an instruction:
    the models that read it only weigh its words. Time is linear in the length.
    """
    if text.isascii() and text.isprintable() and "<" not in text and "&" not in text:
        return text
    text = _without_markup(text, lambda _: " ")
    text = _ENTITY.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text
    return _sparse("".join(c for c in text if not _unseen(c)))


def blanked(text: str) -> str:
    """The text with spaces for markup and halves of characters, so that places in it are those of the original."""
    text = _without_markup(text, lambda found: " " * len(found[0]))
    return text if text.isascii() else _HALVES.sub(" ", text)


def _without_markup(text: str, instead: Callable[[re.Match[str]], str]) -> str:
    if "<" not in text:
        return text
    for block, end in _HIDDEN:
        last = max((found.end() for found in end.finditer(text)), default=0)
        text = block.sub(instead, text[:last]) + text[last:]
    return _TAG.sub(instead, text)


def _unseen(character: str) -> bool:
    """Of a kind no reader sees; joiners (which bind emoji), selectors, tabs and line ends are not."""
    kind = unicodedata.category(character)
    return (kind in {"Cc", "Cf", "Cs"} and character not in "\t\n\r\u200c\u200d") or character == "\u00ad"


def _sparse(text: str) -> str:
    """At most two combining marks in a row."""
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MARKS:
            kept.append(character)
    return "".join(kept)
