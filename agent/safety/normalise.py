"""One spelling for what people type, so that patterns need only one."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from agent.chinese import HAN, simplified

_APOSTROPHES: Final = re.compile(r"['’‘ʼ`´＇]")
_SPELLED: Final = re.compile(r"\b(?:\w[ .*_-]){3,}\w\b")
_HAN_SPACE: Final = re.compile(rf"(?<={HAN.pattern})\s+(?={HAN.pattern})")


def normalise(text: str) -> str:
    """Lower case, no apostrophes (`dont`), single spaces, simplified Chinese, `k i l l` joined, nothing invisible."""
    visible = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    plain = _APOSTROPHES.sub("", simplified(visible.casefold()))
    joined = _SPELLED.sub(lambda match: re.sub(r"[ .*_-]", "", match[0]), plain)
    return _HAN_SPACE.sub("", re.sub(r"[ \t\r\f\v]+", " ", joined)).strip()
