"""English: what links a feeling to the person who writes, read from the feeling leftwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from perception.text.statements.english_alone import read_alone, read_joined
from perception.text.statements.english_context import doubts, follows, in_context, skip
from perception.text.statements.english_meaning import meant
from perception.text.statements.reading import BOUNDARIES, Earlier, Reading, tag_at
from perception.text.statements.tokens import Token

_BE: Final = frozenset({"am", "are", "utmost"})
_SUBJECT: Final = frozenset({"subject", "me"})
_PARTICIPLES: Final = frozenset({"feeling", "doing"})
_BASE_FORMS: Final = (
    "make ", "leave ", "have me", "scare ", "annoy ", "irritate ", "infuriate ", "piss ", "frighten ", "terrify ",
    "worry ", "creep ", "freak ", "surprise ", "disgust ", "gross ", "disappoint ",
)  # fmt: skip


def read_english(tokens: Sequence[Token], at: int, earlier: Earlier, *, asks: bool) -> Reading | None:
    """How the person who writes stands to the feeling at an index; None when it is not said to be theirs, now.

    Args:
        tokens: of the sentence.
        at: index of a token of class emotion, noun or verb.
        earlier: what was read of the feelings before it in the sentence.
        asks: whether the sentence ends in a question mark.
    """
    behind = follows(tokens, at, asks=asks)
    if behind in {"asked", "condition"}:
        return None
    reading = Reading(first=at)
    if tokens[at].tag == "verb":
        return _caused(tokens, at, reading)
    left = skip(tokens, at - 1, reading)
    found = _linked(tokens, at, left, reading)
    left = reading.first - 1
    if found is None and not reading.said and tag_at(tokens, left) in {"edge", *BOUNDARIES}:
        found = read_joined(tokens, left, reading, earlier) or read_alone(tokens, at, left, reading, behind)
    return found if found and meant(tokens, at, found, behind) else None


def _linked(tokens: Sequence[Token], at: int, left: int, reading: Reading) -> Reading | None:
    """The whole chain up to a subject: "I am", "I do not feel", "I have been", "it makes me"."""
    left = _step(tokens, left, {"full"}, reading)
    if tag_at(tokens, left) == "cause":
        return _caused(tokens, left, reading)
    if tag_at(tokens, left) == "feel":
        left = _step(tokens, left, {"feel"}, reading)
        if tag_at(tokens, left) == "cause":
            return _caused(tokens, left, reading)
        return _owned(tokens, _step(tokens, left, {"do"}, reading), reading)
    left = _step(tokens, left, _PARTICIPLES, reading)
    if tag_at(tokens, left) == "been":
        reading.degrees.add("lately")
        left = _step(tokens, left, {"been"}, reading)
        return _owned(tokens, _step(tokens, left, {"have"}, reading), reading, need=tag_at(tokens, left) == "have")
    if tag_at(tokens, left) == "have" and "result" in tokens[at].entry.flags:
        return _owned(tokens, _step(tokens, left, {"have"}, reading), reading)
    be = tag_at(tokens, left)
    # "I could not be happier", but not "I could not be mad"
    short = be == "utmost" and not tokens[left].text.endswith("more") and not tokens[at].text.endswith("er")
    return _owned(tokens, _step(tokens, left, _BE, reading), reading, need=be in _BE and not short)


def _step(tokens: Sequence[Token], index: int, tags: frozenset[str] | set[str], reading: Reading) -> int:
    """Over one token of these classes, and what may stand before it."""
    if tag_at(tokens, index) not in tags:
        return index
    reading.words.add(tokens[index].text)
    reading.first = index
    return skip(tokens, index - 1, reading)


def _owned(tokens: Sequence[Token], subject: int, reading: Reading, *, need: bool = True) -> Reading | None:
    if not need or tag_at(tokens, subject) not in _SUBJECT:
        return None
    reading.first, reading.said = subject, True
    return in_context(tokens, subject, reading)


def _caused(tokens: Sequence[Token], cause: int, reading: Reading) -> Reading | None:
    """Felt because of something: "it makes me", "that scares me"; neither "don't make me" nor "it will make me"."""
    reading.first, reading.said = cause, True
    left = _step(tokens, skip(tokens, cause - 1, reading), {"do"}, reading)
    bare = tag_at(tokens, left) in {"edge", *BOUNDARIES} and "does" not in reading.words
    commanded = bare and ("do" in reading.words or tokens[cause].text.startswith(_BASE_FORMS))
    if commanded or doubts(tokens, left):
        return None
    return in_context(tokens, left + 1, reading)
