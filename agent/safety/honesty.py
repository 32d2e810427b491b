"""Whether a person asks what they are talking to. The answer must not be left to a small model in costume."""

from __future__ import annotations

import re
from typing import Final

from agent.safety.normalise import normalise

_ASKS: Final = re.compile(
    r"\b(?:are|r) (?:you|u) (?:\w+ ){0,3}"
    r"(?:human|person|man|woman|robot|bot|chatbot|ai|a\.i\.|machine|computer|program|real|alive)\b"
    r"|\b(?:am i|is this|are we) (?:\w+ ){0,3}(?:talking|speaking|chatting|texting)? ?"
    r"(?:to|with)? ?(?:\w+ ){0,2}(?:human|person|robot|bot|ai|machine)\b"
    r"|\bwhat are you(?: really| actually)?(?:$|[?.!])"
    r"|你(?:到底|究竟|其实|真的)?(?:是不是|是)[^，。！？]{0,6}(?:真人|人类|机器人?|ai|人工智能|程序|活人|人吗|人还是)"
    r"|你到底是(?:谁|什么)"
)


def asks_whether_human(text: str) -> bool:
    """Whether a message asks if this is a human or a machine, in English or Chinese."""
    return bool(_ASKS.search(normalise(text)))
