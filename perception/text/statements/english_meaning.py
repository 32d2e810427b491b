"""English: words that are a feeling in some company and none in other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from perception.text.statements.reading import Reading, tag_at
from perception.text.statements.tokens import Token

_FELT: Final = frozenset({"see", "be", "have", "know", "find", "learn", "get", "hear", "finally", "receive", "leave"})
EXPERIENCED: Final = frozenset({"feel", "feelin", "feeling", "been", "doing"})


def meant(tokens: Sequence[Token], at: int, reading: Reading, behind: str) -> bool:
    """Whether the word is a feeling here: "I feel down", "I'm fine", "I'm so afraid you leave"."""
    token, flags = tokens[at], tokens[at].entry.flags
    if "felt" in flags and (not reading.words & EXPERIENCED or not reading.said):
        return False
    if "health" in flags and reading.negations:
        return False
    if "offering" in flags and _offers(tokens, at):
        return False
    if "bare" in flags and behind not in {"end", "now"}:
        return False
    if token.tag == "noun":
        return bool(reading.words & {"feel", "feeling", "full of", "filled with", "overcome with", "overwhelmed with"})
    return "guarded" not in flags or _afraid(tokens, at, reading, behind)


def _offers(tokens: Sequence[Token], at: int) -> bool:
    """Whether something is offered: "happy to help", but not "happy to see you"."""
    after = [token.text for token in tokens[at + 1 : at + 3]]
    return len(after) == 2 and after[0] == "to" and after[1] not in _FELT


def _afraid(tokens: Sequence[Token], at: int, reading: Reading, behind: str) -> bool:
    """Whether "I'm afraid" is more than polite, as in "we are closed, I'm afraid"."""
    if reading.negations or "strong" in reading.degrees:
        return True
    last = at == len(tokens) - 1 and tag_at(tokens, reading.first - 1) == "comma"
    return behind != "word" and not last
