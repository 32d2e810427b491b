"""A folded text as sentences of tagged tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from perception.emotions import Emotion
from perception.text.statements.folding import QUOTE
from perception.text.statements.lexicon import Degree, Entry, Language, load_lexicon

LONGEST: Final = 64
"""Tokens of a sentence; a longer one is cut, so that work grows with the length of a text and no faster."""

_SENTENCE: Final = re.compile(r"[^.!?。！？…\n;；]+|[.!?。！？…\n;；]+")
_PIECE: Final = re.compile(
    # pictures part clauses, and so does a space between Chinese words
    r"(?P<comma>[,，、()（）~—–\u2600-\u27bf\U0001f300-\U0001faff]+"
    r"|(?<=[\u3400-\u9fff]{2})[ \t]+(?=[\u3400-\u9fff]{2}))"
    rf"|(?P<en>[a-z]+(?:'[a-z]+)*(?:-[a-z]+)*)|(?P<zh>[\u3400-\u9fff]+)|(?P<quote>{QUOTE})"
    r"|(?P<word>[^\W_]+|[:：])"
)
_SUFFIXES: Final = {"n't": "not", "'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would", "'s": "is"}
_DRAWN: Final = re.compile(r"([a-z])\1{2,}")
_PLAIN: Final = Entry(tag="word")


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A word or phrase with its class."""

    text: str
    """As folded; the parts of a contraction written out."""
    entry: Entry
    """Of the lexicon."""
    language: Language
    """Of the lexicon; that of punctuation is English."""
    start: int
    """In the folded text."""
    end: int
    """In the folded text, after the last character."""

    @property
    def tag(self) -> str:
        return self.entry.tag

    @property
    def emotion(self) -> Emotion | None:
        return self.entry.emotion

    @property
    def degree(self) -> Degree:
        return self.entry.degree


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """Tokens up to a mark that ends a sentence."""

    tokens: tuple[Token, ...]
    """Not empty."""
    asks: bool
    """Whether it ends in a question mark."""


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a folded text that have words."""
    found = list(_SENTENCE.finditer(text))
    for at, match in enumerate(found):
        tokens = tuple(_tokens(match[0], match.start()))
        ending = found[at + 1][0] if at + 1 < len(found) else ""
        for first in range(0, len(tokens), LONGEST):
            yield Sentence(tokens=tokens[first : first + LONGEST], asks="?" in ending or "？" in ending)


def _tokens(text: str, offset: int) -> Iterator[Token]:
    pieces = ((str(match.lastgroup), match) for match in _PIECE.finditer(text))
    for kind, group in groupby(pieces, key=lambda piece: piece[0]):
        matches = [match for _, match in group]
        if kind == "en":
            yield from _phrases([unit for match in matches for unit in _words(match, offset)], "en")
        elif kind == "zh":
            units = [(match[0][at], offset + match.start() + at) for match in matches for at in range(len(match[0]))]
            yield from _phrases([(unit, at, at + 1) for unit, at in units], "zh")
        else:
            for match in matches:
                start, end = offset + match.start(), offset + match.end()
                yield Token(text=match[0], entry=Entry(tag=kind), language="en", start=start, end=end)


def _words(match: re.Match[str], offset: int) -> list[tuple[str, int, int]]:
    """The words of a contraction, all at the place of the whole."""
    word, start, end = match[0], offset + match.start(), offset + match.end()
    parts: tuple[str, ...] = _known(word)
    return [(part, start, end) for part in parts]


def _known(word: str) -> tuple[str, ...]:
    lexicon = load_lexicon("en")
    # "sooo happyyy": one letter of those drawn out, or two
    for spelling in dict.fromkeys((word, _DRAWN.sub(r"\1", word), _DRAWN.sub(r"\1\1", word))):
        if spelling in lexicon.contractions:
            return lexicon.contractions[spelling]
        if spelling in lexicon.longest:
            return (spelling,)
    for suffix, meant in _SUFFIXES.items():
        if word.endswith(suffix) and len(word) > len(suffix):
            return (*_known(word.removesuffix(suffix)), meant)
    return (word,)


def _phrases(units: list[tuple[str, int, int]], language: Language) -> Iterator[Token]:
    lexicon, words, at = load_lexicon(language), [unit[0] for unit in units], 0
    while at < len(words):
        size, entry = lexicon.match(words, at)
        joined = (" " if language == "en" else "").join(words[at : at + size])
        last = units[at + size - 1]
        yield Token(text=joined, entry=entry or _PLAIN, language=language, start=units[at][1], end=last[2])
        at += size
