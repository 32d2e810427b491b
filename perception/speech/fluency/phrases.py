"""Finding phrases among tokens, and the edges beside them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from perception.speech.fluency.tokens import Token

Phrase = tuple[str, ...]
Span = tuple[int, int]

_PUNCTUATION: Final = re.compile(r"[^\w\s'\"’‘“”]")
_STOP: Final = re.compile(r"[.?!。？！;；]")
_ELLIPSIS: Final = re.compile(r"\.{2,}|…+")


def phrases(*texts: str) -> tuple[Phrase, ...]:
    """Phrases of English (`you know`) or Chinese (`怎么说呢`), longest first."""
    cut = [tuple(text.split()) if text.isascii() else tuple(text) for text in texts]
    return tuple(sorted(cut, key=len, reverse=True))


def word_set(words: str) -> frozenset[str]:
    """Words given in one line."""
    return frozenset(words.split())


def phrase_at(tokens: Sequence[Token], at: int, wanted: Sequence[Phrase]) -> int:
    """How many tokens the first of some phrases takes that stands there; 0 where none does."""
    for phrase in wanted:
        end = at + len(phrase)
        if end <= len(tokens) and all(token.norm == part for token, part in zip(tokens[at:end], phrase, strict=True)):
            inner = tokens[at + 1 : end]
            if not any(punctuated(token.before) for token in inner):
                return len(phrase)
    return 0


def punctuated(between: str) -> bool:
    """There is punctuation that divides (quotes and apostrophes do not)."""
    return bool(_PUNCTUATION.search(between))


def ends_sentence(between: str) -> bool:
    """A sentence ends there; an ellipsis ends none."""
    return bool(_STOP.search(_ELLIPSIS.sub(" ", between)))


def edge_before(tokens: Sequence[Token], at: int, skipped: Collection[int] = ()) -> bool:
    """A token stands at the beginning, after punctuation, a silent pause, or words that add nothing.

    White space in Chinese is an edge too: transcribers put it where others put a comma.
    """
    if at == 0 or at >= len(tokens) or at - 1 in skipped:
        return True
    token = tokens[at]
    spaced = token.han and tokens[at - 1].han and token.before.strip() == "" != token.before
    return spaced or token.paused or punctuated(token.before)


def edge_after(tokens: Sequence[Token], end: int, skipped: Collection[int] = ()) -> bool:
    """What ends before token `end` stands at the end, before punctuation, a pause, or words that add nothing."""
    return end >= len(tokens) or end in skipped or edge_before(tokens, end)


def sentence_before(tokens: Sequence[Token], at: int) -> bool:
    """A sentence begins with a token."""
    return at == 0 or ends_sentence(tokens[at].before)


def said(tokens: Sequence[Token], span: Span) -> str:
    """The words of a span as transcribed, white space in one form."""
    start, end = span
    parts = [token.text + (token.after if i + start + 1 < end else "") for i, token in enumerate(tokens[start:end])]
    return re.sub(r"\s+", " ", "".join(parts)).strip()
