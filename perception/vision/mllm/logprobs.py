"""How likely the model thought the word it named the emotion with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """One token of a reply."""

    text: bytes
    """Its UTF-8 bytes; a character may be spread over several tokens."""
    logprob: float
    """Natural logarithm of its probability given all before it, at most 0."""


def label_probability(reply: str, span: tuple[int, int], tokens: Sequence[Token]) -> float | None:
    """Probability of the tokens that spell a part of the reply, given what the model had written before.

    After reasoning that argues for a label this is near 1: it says how settled the model is, not how often it is right.

    Args:
        reply: The text that the tokens spell, perhaps among others (reasoning that was delivered apart).
        span: Begin and end of the part, in characters.
        tokens: All tokens with their log probabilities; empty when the endpoint gives none.

    Returns:
        A number in (0, 1]; None when the tokens do not spell the reply.
    """
    spelled = b"".join(token.text for token in tokens)
    offset = spelled.rfind(reply.encode())
    if not tokens or offset < 0:
        return None
    begin, end = (offset + len(reply[:place].encode()) for place in span)
    place, total = 0, 0.0
    for token in tokens:
        if place < end and place + len(token.text) > begin:
            total += min(0.0, token.logprob)
        place += len(token.text)
    return math.exp(total)
