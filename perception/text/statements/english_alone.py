"""English: feelings without a subject of their own, in a row or in a fragment of a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from perception.emotions import Emotion
from perception.text.statements.english_context import skip
from perception.text.statements.english_meaning import EXPERIENCED
from perception.text.statements.reading import BOUNDARIES, Earlier, Reading, tag_at
from perception.text.statements.tokens import Token

_CONTRAST: Final = frozenset({"just", "only", "rather", "more", "simply", "actually", "instead", "still", "mostly"})
_OTHERS: Final = frozenset({"other", "you", "condition"})
_ACTIVITIES: Final = frozenset({"getting", "becoming", "growing", "starting to feel", "starting to get",
                                "beginning to feel", "beginning to get"})  # fmt: skip
_TOLD: Final = frozenset(
    {"feeling", "been", "doing", "can not help feeling", "can not stop feeling", "can not help but feel"}
)
_OBJECTS: Final = frozenset({"her", "him", "them", "you"})


def read_joined(tokens: Sequence[Token], left: int, reading: Reading, earlier: Earlier) -> Reading | None:
    """Feelings in a row: "happy and scared", "neither sad nor angry", "not mad, just tired"."""
    joints: set[str] = set()
    while tag_at(tokens, left) in BOUNDARIES:
        joints.add(tokens[left].tag)
        left = skip(tokens, left - 1, Reading(first=left))
    before = earlier.get(left) or _carried(tokens, left, joints, earlier)
    if before is None:
        return None
    contrast = "but" in joints or reading.words & _CONTRAST
    if not reading.negations and left in earlier and not contrast and joints & {"or", "and"}:
        reading.negations = before.negations
    reading.said, reading.hedged = before.said, before.hedged
    reading.degrees |= before.degrees & {"lately"}
    reading.words |= before.words & EXPERIENCED
    return reading


def _carried(tokens: Sequence[Token], left: int, joints: set[str], earlier: Earlier) -> Reading | None:
    """The last feeling before, with words behind it that name no other subject: "happy for her but sad for me"."""
    last = max((index for index in earlier if index < left), default=-1)
    between = tokens[last + 1 : left + 1]
    named = any(token.tag in {"subject", "other", "you"} and token.text not in _OBJECTS for token in between)
    return earlier[last] if last >= 0 and joints & {"and", "but"} and earlier[last].said and not named else None


def read_alone(tokens: Sequence[Token], at: int, left: int, reading: Reading, behind: str) -> Reading | None:
    """Without a subject: "not angry, just tired", "feeling great", "so excited rn"."""
    token, before = tokens[at], tokens[: left + 1]
    if behind == "word" or token.tag == "noun" or any(part.tag in _OTHERS for part in before):
        return None
    if not {"do", "are"}.isdisjoint(reading.words) or reading.words & _ACTIVITIES or token.text.endswith("ing"):
        # "don't feel bad" is said to somebody else, "getting angry" and "worrying" may be anybody's
        return None
    if tag_at(tokens, left) in {"and", "or"}:
        # "I was eager and excited": that of the feeling before it, which was not the person's now
        return None
    vague = "situational" in token.entry.flags and not reading.words & _TOLD
    if reading.negations:
        return None if vague and token.emotion is not Emotion.SAD else reading
    if vague:
        return reading if behind == "now" and reading.degrees & {"strong", "weak"} else None
    short = behind == "end" and at == len(tokens) - 1
    return reading if reading.words or behind in {"about", "now"} or (short and not before) else None
