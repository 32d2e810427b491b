"""English: what stands around a feeling and its subject, and takes it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from perception.text.statements.reading import BOUNDARIES, Reading, clause_start, tag_at
from perception.text.statements.tokens import Token

_SKIPPED: Final = frozenset({"adverb", "negation"})
_INVERTED: Final = frozenset({"am", "are", "do", "have", "modal"})
_UNREAL: Final = frozenset({"modal", "past", "condition", "habit"})
_FAR: Final = frozenset({"if", "whenever", "unless", "imagine", "suppose", "supposing", "assuming", "every time",
                         "each time", "what if", "let us say"})  # fmt: skip
"""Conditions that hold of the clauses behind theirs too."""
_OWN_WORDS: Final = frozenset({"say", "said", "tell", "told", "swear", "insist", "convinced", "saying", "telling"})


def skip(tokens: Sequence[Token], index: int, reading: Reading) -> int:
    """Take adverbs and negations in, and what stands between commas ("I, for one, am glad"); the index before them."""
    while True:
        while tag_at(tokens, index) in _SKIPPED:
            reading.note(tokens[index])
            reading.first = index
            index -= 1
        inner = index - 1
        while tag_at(tokens, index) == "comma" and tag_at(tokens, inner) == "adverb":
            inner -= 1
        if inner == index - 1 or tag_at(tokens, inner) != "comma":
            return index
        index = inner - 1


def follows(tokens: Sequence[Token], at: int, *, asks: bool) -> str:
    """What is behind a feeling: `asked`, `condition`, `end` of the clause, `now`, `about` something, or a `word`."""
    rest = tokens[at + 1 :]
    if asks and not any(token.tag == "comma" for token in rest):
        return "asked"
    index = at + 1
    while tag_at(tokens, index) == "adverb":
        if tokens[index].degree == "now":
            return "now"
        index += 1
    if tag_at(tokens, index) in {"edge", *BOUNDARIES}:
        return "end"
    if tokens[index].tag == "condition":
        return "condition"
    return "about" if "about" in tokens[index].entry.roles else "word"


def in_context(tokens: Sequence[Token], subject: int, reading: Reading) -> Reading | None:
    """The reading with what its clause adds: whose words it is in, doubts, a denial before it; None when taken back."""
    start = clause_start(tokens, subject)
    if _asked(tokens, subject) or _supposed(tokens, start):
        return None
    for index in range(subject - 1, start - 1, -1):
        tag = tokens[index].tag
        if tag in {"condition", "habit", "quote"}:
            return None
        if tag in {"say", "think"}:
            return _own(tokens, index, start, reading)
        # "not that I'm angry"
        if tag == "denial" or (tokens[index].text == "not" and _not_that(tokens[index + 1 : subject])):
            reading.negations += 1
            reading.first = index
        elif tokens[index].degree == "hedge":
            reading.hedged = True
    # "he said, I'm angry"
    if start >= 2 and tag_at(tokens, start - 1) == "comma" and tag_at(tokens, start - 2) == "say":
        return _own(tokens, start - 2, clause_start(tokens, start - 2), reading)
    return reading


def _not_that(between: Sequence[Token]) -> bool:
    return all(token.text in {"that", "because", "like"} for token in between)


def doubts(tokens: Sequence[Token], left: int) -> bool:
    """Whether what would cause a feeling is unreal, past, habitual, or asked for."""
    start = clause_start(tokens, left) if left >= 0 else 0
    before = tokens[start : left + 1]
    asked = tag_at(tokens, start) in {"do", "is", "are", "have"}
    return asked or any(token.tag in _UNREAL or token.text == "to" for token in before)


def _asked(tokens: Sequence[Token], subject: int) -> bool:
    """Whether the order is that of a question: "do I feel", "don't I feel", "did I feel"."""
    before = subject - 1
    if tag_at(tokens, before) == "negation":
        before -= 1
    return tag_at(tokens, subject) == "subject" and (
        tag_at(tokens, before) in _INVERTED or (before >= 0 and tokens[before].text in {"did", "was", "were"})
    )


def _supposed(tokens: Sequence[Token], start: int) -> bool:
    """Whether an earlier clause sets a condition that no "but" has ended."""
    for token in reversed(tokens[:start]):
        if token.tag == "but":
            return False
        if token.text in _FAR:
            return True
    return False


def _own(tokens: Sequence[Token], verb: int, start: int, reading: Reading) -> Reading | None:
    """The reading, where the person says or thinks it: "I think", "I said"; None where somebody else does."""
    index, negations = verb - 1, 0
    while index >= start and tokens[index].tag in {"adverb", "negation", "do", "am", "have", "modal", "past"}:
        negations += tokens[index].tag == "negation"
        index -= 1
    thinks = tokens[verb].tag == "think"
    if tag_at(tokens, index) not in {"subject", "edge", "me", *BOUNDARIES} or not (
        thinks or tokens[verb].text in _OWN_WORDS
    ):
        return None
    if thinks:
        # "I don't think I'm angry" denies
        reading.negations += negations
        reading.hedged = True
        return reading
    return None if negations else reading
