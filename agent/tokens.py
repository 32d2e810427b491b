"""How many tokens a text may cost, without asking a tokenizer."""

from __future__ import annotations

import math
import re
from typing import Final

_PIECES: Final = re.compile(r"[A-Za-z]+|\d|[^\sA-Za-z\d]")
_LETTERS: Final = 5
"""Of a Latin token. Words of everyday English are one token each, rare and long ones two or three."""


def at_most(text: str) -> int:
    """An upper guess for the vocabularies of chat models: a word of up to five letters is one token, a longer one
    more, and so is each digit, each mark and each character of any other script.
    """
    return sum(math.ceil(len(piece) / _LETTERS) for piece in _PIECES.findall(text))
