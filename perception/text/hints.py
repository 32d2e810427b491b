"""The language that a text is read in: what was said of it, weighed against what it looks like."""

from __future__ import annotations

import re
from typing import Final

from perception.text.language import Language, has_letters, mostly_han, recognise

_NAMES: Final = {"cmn": "zh", "eng": "en", "zho": "zh", "chi": "zh"}
_TAG: Final = re.compile(r"([a-z]{2,3})(?:[-_]|$)")
_WRITTEN_IN_HAN: Final = frozenset({"ja", "ko", "yue", "wuu", "nan", "hak", "lzh"})
_OTHER_SCRIPTS: Final = frozenset(
    {"ja", "ko", "ru", "uk", "ar", "fa", "ur", "he", "el", "th", "hi", "bn", "ta", "hy", "ka", "am"}
)


def settle(hint: str | None, text: str) -> Language:
    """The hint, unless the text contradicts it: people write English to a Chinese page and the other way round.

    Args:
        hint: ISO 639 code or BCP 47 tag of what the text should be in; None when nothing is known.
        text: Normalised.
    """
    found = recognise(text)
    code = _base(hint)
    if found.code is None and not has_letters(text):
        # emoji and digits alone: the English corpus has far more emoji
        return Language(code=code or "en")
    if not code:
        return found
    if found.code in {"zh", *_OTHER_SCRIPTS}:
        return _by_script(str(found.code), code, text)
    return _in_latin(found, code)


def _base(hint: str | None) -> str:
    """The language of a tag; empty where it is none, as of what a client may send."""
    found = _TAG.match((hint or "").lower())
    return _NAMES.get(found[1], found[1]) if found else ""


def _by_script(found: str, code: str, text: str) -> Language:
    if found == "ja" and code == "zh" and mostly_han(text):
        return Language(code="zh")
    return Language(code=code if found == "zh" and code in _WRITTEN_IN_HAN else found)


def _in_latin(found: Language, code: str) -> Language:
    """The hint settles it, but for English written to a Chinese page, and for a language that shows by its words."""
    if code == "zh":
        return found
    if code != "en":
        return Language(code=code)
    if found.code is None:
        return Language(code="en", sure=False)
    return Language(code="en") if found.code == "en" else found
