"""Chinese: feelings without a subject of their own, in a row or where it is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from perception.emotions import Emotion
from perception.text.statements.chinese_context import PERSONS, governed, in_clause
from perception.text.statements.reading import BOUNDARIES, Earlier, Reading, tag_at
from perception.text.statements.tokens import Token

SKIPPED: Final = frozenset({"adverb", "negation", "feel", "am", "feeling"})
_CONTRAST: Final = frozenset({"是", "只是", "就是", "反而", "而是", "不过"})
_OPEN: Final = BOUNDARIES | {"edge", "past", "prep"}
_SURE: Final = ("死", "透", "炸", "坏", "疯", "呆", "傻")


def read_joined(tokens: Sequence[Token], left: int, reading: Reading, earlier: Earlier) -> Reading | None:
    """Feelings in a row within a clause: 又开心又紧张, 没有生气和难过."""
    joints: set[str] = set()
    while tag_at(tokens, left) in {"and", "or", "prep"} | SKIPPED or tag_at(tokens, left) == "comma":
        if tokens[left].tag == "comma" and tokens[left].text != "、":
            return None
        joints.add(tokens[left].tag)
        left -= 1
    before = earlier.get(left)
    if before is None:
        return None
    if not reading.negations and not reading.words & _CONTRAST:
        reading.negations = before.negations
    reading.said, reading.hedged = before.said, before.hedged
    return reading


def read_dropped(
    tokens: Sequence[Token], at: int, left: int, reading: Reading, earlier: Earlier, behind: str
) -> Reading | None:
    """没生气啊, 好难过: without a subject, where nobody else is spoken of."""
    token, flags = tokens[at], tokens[at].entry.flags
    if tag_at(tokens, left) not in _OPEN and not _introduced(tokens, left):
        return None
    carried = any(before.said for before in earlier.values())
    here = carried or any(part.tag == "me" for part in tokens[: max(left, 0)])
    vague = ("situational" if token.language == "zh" else "bare") in flags
    if any(part.tag in {"other", "say"} for part in tokens[: max(left, 0)]) or (
        not here and (behind == "word" or vague)
    ):
        return None
    sure = carried or (here and "now" in reading.degrees) or _plain(tokens, at, reading, behind)
    if not sure or ("bare" in flags and behind == "now"):
        return None
    reading.hedged |= "bare" in flags and not carried
    return in_clause(tokens, reading, own=False)


def _plain(tokens: Sequence[Token], at: int, reading: Reading, behind: str) -> bool:
    """Whether it is said as people say it of themselves: with a degree, denied, or by itself."""
    token = tokens[at]
    if "bare" in token.entry.flags:
        # 没事的 comforts somebody else, 并不平静 is said of the night
        lucky = "lucky" in token.entry.flags and not _last(tokens, at)
        return tag_at(tokens, at + 1) != "of" and reading.first == at and not lucky
    if reading.negations:
        # 不高兴了 is said to somebody else
        return token.emotion is not Emotion.NEUTRAL and not (token.emotion is Emotion.HAPPY and behind == "done")
    degree = bool(reading.degrees & {"strong", "weak", "lately"})
    return (
        degree
        or token.text.startswith("心情")
        or token.text.endswith(_SURE)
        or (at == 0 and behind == "end" and _last(tokens, at))
    )


def _last(tokens: Sequence[Token], at: int) -> bool:
    """Whether no other words follow: 难过啊, not 快乐，真的很难."""
    return all(token.entry.roles or token.tag == "comma" for token in tokens[at + 1 :])


def _introduced(tokens: Sequence[Token], left: int) -> bool:
    """Whether the clause has only prepositions with their objects before the predicate: 为你高兴."""
    if tag_at(tokens, left) not in PERSONS:
        return False
    before = governed(tokens, left)
    return before == -2 or (before >= 0 and tag_at(tokens, before) in BOUNDARIES | SKIPPED)
