"""Discourse markers: words of talk that are no part of what is said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from perception.speech.fluency.phrases import (
    Phrase,
    Span,
    edge_after,
    edge_before,
    phrase_at,
    phrases,
    sentence_before,
    word_set,
)
from perception.speech.fluency.tokens import Token

Position = Callable[[Sequence[Token], Span, Collection[int]], bool]

_SUBJECTS: Final = word_set(
    "i you he she we they there i'm i'd i've i'll you're you've he's she's it's we're we've they're that's"
)
_BE: Final = word_set("is was are were be been it's he's she's that's just and but")
_WELL_WITH: Final = word_set("done said played over known worth behaved")
_SO_WITH: Final = word_set("that far much many long do does did am are is be what as called")


def find_markers(tokens: Sequence[Token], filled: Sequence[Span]) -> tuple[Span, ...]:
    """Where discourse markers stand, those of LDC SimpleMDE (Strassel 2003): actually, anyway, basically, I mean, let's
    see, like, now, see, so, well, you know, you see; in Mandarin an own list: 就是(说), 然后, 那么, 其实, 反正, 所以,
    怎么说(呢), 你知道(吗), 对吧, 我跟你说.

    Each counts in the position of a marker only, an own choice: set off by edges (beginning or end, punctuation, a
    silent pause, other fillers) on both sides; some also with an edge before them only (well I think; 其实我).
    Where a transcriber leaves commas out, they are missed (it was like really big): the count is a lower bound.
    """
    skipped = {at for span in filled for at in range(*span)}
    found: list[Span] = []
    at = 0
    while at < len(tokens):
        span = None if at in skipped else _marker(tokens, at, skipped)
        if span:
            found.append(span)
            skipped |= set(range(*span))
        at = span[1] if span else at + 1
    return tuple(found)


def _marker(tokens: Sequence[Token], at: int, skipped: Collection[int]) -> Span | None:
    for phrase in _BY_FIRST.get(tokens[at].norm, ()):
        length = phrase_at(tokens, at, [phrase])
        span = (at, at + length)
        if length and not any(place in skipped for place in range(*span)) and _POSITIONS[phrase](tokens, span, skipped):
            return span
    return None


def _next(tokens: Sequence[Token], end: int) -> str:
    return tokens[end].norm if end < len(tokens) else ""


def _set_off(tokens: Sequence[Token], span: Span, skipped: Collection[int]) -> bool:
    alone = span == (0, len(tokens))
    return not alone and edge_before(tokens, span[0], skipped) and edge_after(tokens, span[1], skipped)


def _initial(tokens: Sequence[Token], span: Span, skipped: Collection[int]) -> bool:
    return span[1] < len(tokens) and edge_before(tokens, span[0], skipped)


def _well(tokens: Sequence[Token], span: Span, skipped: Collection[int]) -> bool:
    return _initial(tokens, span, skipped) and _next(tokens, span[1]) not in _WELL_WITH


def _so(tokens: Sequence[Token], span: Span, skipped: Collection[int]) -> bool:
    # after a comma it joins clauses (I was tired, so I left) and is no marker
    opens = sentence_before(tokens, span[0]) or span[0] - 1 in skipped
    free = opens and _next(tokens, span[1]) not in _SO_WITH
    return span[1] < len(tokens) and (free or _set_off(tokens, span, skipped))


def _clause(tokens: Sequence[Token], span: Span, skipped: Collection[int]) -> bool:
    if span == (0, len(tokens)) or not edge_before(tokens, span[0], skipped):
        return False
    # "you know I love you" may be meant
    loose = tokens[span[0]].norm == "i" or not sentence_before(tokens, span[0])
    return edge_after(tokens, span[1], skipped) or (loose and _next(tokens, span[1]) in _SUBJECTS)


def _like(tokens: Sequence[Token], span: Span, skipped: Collection[int]) -> bool:
    start, end = span
    if end >= len(tokens) or (start == 0 and not edge_after(tokens, end, skipped)):
        return False
    follows = edge_before(tokens, start, skipped) or tokens[start - 1].norm in _BE
    return start - 1 in skipped or (follows and edge_after(tokens, end, skipped))


_POSITIONS: Final[Mapping[Phrase, Position]] = {
    **dict.fromkeys(phrases("actually", "anyway", "basically", "let's see", "you see", "now", "see"), _set_off),
    **dict.fromkeys(phrases("you know", "i mean"), _clause),
    **dict.fromkeys(phrases("well"), _well),
    **dict.fromkeys(phrases("so"), _so),
    **dict.fromkeys(phrases("like"), _like),
    **dict.fromkeys(
        phrases("就是说", "就是", "然后呢", "然后", "那么", "反正", "所以", "所以说", "你知道", "对吧"), _set_off
    ),
    **dict.fromkeys(phrases("怎么说呢", "怎么说", "怎么讲", "你知道吗", "我跟你说"), _set_off),
    **dict.fromkeys(phrases("其实", "怎么说呢"), _initial),
}
_BY_FIRST: Final[Mapping[str, Sequence[Phrase]]] = {
    first: sorted((phrase for phrase in _POSITIONS if phrase[0] == first), key=len, reverse=True)
    for first in {phrase[0] for phrase in _POSITIONS}
}
