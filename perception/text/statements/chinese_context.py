"""Chinese: what stands around a feeling, and takes it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from perception.text.statements.reading import Reading, tag_at
from perception.text.statements.tokens import Token

_BOUNDARIES: Final = frozenset({"comma", "but"})
_RHETORICAL: Final = frozenset({"哪有", "哪里有", "哪儿有", "哪里", "怎么会", "怎么可能", "怎么可能会"})
_CERTAIN: Final = frozenset(
    "死 死了 极了 坏了 透了 得很 得要命 得要死 得不行 得不得了 不得了 爆了 透 爆 坏 疯 炸 惨 极 到爆 到不行".split()  # noqa: SIM905
)
_SPEAKERS: Final = frozenset({"me", "you", "other", "subject"})
_CAUSES: Final = frozenset({"cause", "verb", "adverb"})
_NOT_THOUGHT: Final = frozenset({"不觉得", "没觉得", "没有觉得", "不认为"})
PERSONS: Final = frozenset({"other", "you", "kin"})
"""Classes of somebody else."""
_TAKEN_BACK: Final = frozenset({"ban", "question", "habit", "modal", "quote"})


def ending(tokens: Sequence[Token], at: int, reading: Reading, *, asks: bool) -> str | None:
    """What is behind a feeling: `end` or `done` (了) of the clause, `now`, or a `word`; None when it takes the feeling
    back, by a question, a condition, or a noun that the feeling belongs to.
    """
    rhetorical = bool(reading.words & _RHETORICAL)
    if asks and not rhetorical and not any(token.tag == "comma" for token in tokens[at + 1 :]):
        return None
    index, done = _particles(tokens, at + 1, reading)
    if tag_at(tokens, index) == "of":
        index, _ = _particles(tokens, index + 1, reading)
        return "end" if tag_at(tokens, index) in {"edge", *_BOUNDARIES} else None
    roles = tokens[index].entry.roles if index < len(tokens) else frozenset[str]()
    if "ever" in roles and any("这么" in word for word in reading.words):
        return "end"
    if "ever" in roles or ("can_not" in roles and "particle" not in roles):
        reading.negations += "can_not" in roles
        return "end" if "can_not" in roles else None
    last = tag_at(tokens, index + 1) in {"edge", *_BOUNDARIES}
    if roles & {"ask"} and (last or tag_at(tokens, index) == "word") and not rhetorical:
        return None
    if (
        "then" in roles
        and tag_at(tokens, index) not in {"and", "prep"}
        and not (reading.said and tokens[index].text == "是")
    ):
        return None
    return _kind(tokens, index, done)


def _kind(tokens: Sequence[Token], index: int, done: bool) -> str:
    if tag_at(tokens, index) in {"edge", "and", "or", *_BOUNDARIES}:
        return "done" if done else "end"
    return "now" if tokens[index].degree == "now" else "word"


def _particles(tokens: Sequence[Token], index: int, reading: Reading) -> tuple[int, bool]:
    """Over particles and 了; the index behind them, and whether there was a 了."""
    done = False
    while index < len(tokens) and tokens[index].entry.roles & {"particle", "done"}:
        done = done or "done" in tokens[index].entry.roles
        if tokens[index].text in _CERTAIN:
            reading.degrees.add("strong")
        index += 1
    return index, done


def supposed(tokens: Sequence[Token], at: int) -> bool:
    """Whether the sentence speaks of a case or of the past, and no "but" or "now" has come since."""
    for index in range(at - 1, -1, -1):
        token = tokens[index]
        if token.tag in {"condition", "past"}:
            return True
        if token.tag == "but" or token.degree == "now":
            return False
    return False


def in_clause(tokens: Sequence[Token], reading: Reading, *, own: bool) -> Reading | None:
    """The reading with what its clause adds before it; None when that takes it back.

    Args:
        tokens: of the sentence.
        reading: `first` is the subject, or the predicate.
        own: whether others may be named before it: who makes the person feel so.
    """
    for index in range(reading.first - 1, -1, -1):
        token = tokens[index]
        if token.tag in _BOUNDARIES:
            # 他说，我…
            said = reading.said and tag_at(tokens, index - 1) == "say" and "问" not in tokens[index - 1].text
            return _whose(tokens, index - 1, reading) if said else reading
        if token.tag in _TAKEN_BACK:
            return None
        if token.tag in {"say", "think", "feel"} and not (own and tag_at(tokens, index + 1) not in _SPEAKERS):
            return _whose(tokens, index, reading)
        if token.text in _NOT_THOUGHT or (token.tag == "negation" and own and tag_at(tokens, index + 1) in _CAUSES):
            reading.negations += 1
        elif token.degree == "hedge":
            reading.hedged = True
    return reading


def governed(tokens: Sequence[Token], person: int) -> int:
    """The index before the preposition that a person belongs to (对他的, 跟我妈): -1 when they are the subject, -2 when
    the preposition is the first word.
    """
    for index in range(person - 1, max(-1, person - 4), -1):
        if tokens[index].tag == "prep":
            return index - 1 if index else -2
        if tokens[index].tag not in {"me", "kin", "of", "adverb", "other", "word"}:
            break
    return -1


def _whose(tokens: Sequence[Token], verb: int, reading: Reading) -> Reading | None:
    """The reading, where it is the person who says or feels it."""
    index, negations = verb - 1, 0
    while tag_at(tokens, index) in {"adverb", "negation"}:
        negations += tokens[index].tag == "negation"
        index -= 1
    if tag_at(tokens, index) in PERSONS:
        # 我跟她说
        index = governed(tokens, index)
        if index == -1:
            return None
    felt = tokens[verb].tag in {"feel", "think"}
    if tag_at(tokens, index) not in {"me", "subject", "edge", *_BOUNDARIES} or tokens[verb].text in {
        "以为",
        "听说",
        "问我",
    }:
        return None
    if felt:
        reading.negations += negations
        reading.hedged = True
        return reading
    return None if negations else reading
