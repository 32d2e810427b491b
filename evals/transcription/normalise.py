"""Words as they are compared: without what only spelling makes different."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_UNITS: Final = re.compile(r"[\u3400-\u9fff]|[^\W_]+(?:'[^\W_]+)*")
_HAN: Final = re.compile(r"([\u3400-\u9fff])")
_NUMBER: Final = re.compile(r"\d{1,4}")
# fmt: off
_SMALL: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
# fmt: on
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_CHINESE: Final = "零一二三四五六七八九十"


def normalise(text: str, *, lang: str | None = None) -> tuple[str, ...]:
    """The units that are counted: words, and in Chinese characters, since it has no spaces.

    Compatibility forms are unified (NFKC), case and punctuation go but for apostrophes inside words, hyphens separate,
    thousands commas go, and whole numbers up to 9,999 are spelled out (in Chinese up to ten). Contractions, dates,
    ordinals, years read in pairs, and British or American spelling stay as they are: such differences count as errors.

    Args:
        text: a reference, or what was written down.
        lang: ISO 639-1 code; it decides how numbers are spelled: in English unless it is `zh`.
    """
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", plain)
    spaced = _HAN.sub(r" \1 ", plain)
    chinese = (lang or "").partition("-")[0].lower() == "zh"
    return tuple(each for unit in _UNITS.findall(spaced) for each in _spelled(unit, chinese=chinese))


def _spelled(unit: str, *, chinese: bool) -> tuple[str, ...]:
    if not _NUMBER.fullmatch(unit) or (len(unit) > 1 and unit[0] == "0"):
        return (unit,)
    number = int(unit)
    if chinese:
        return (_CHINESE[number],) if number < len(_CHINESE) else (unit,)
    return tuple(_english(number))


def _english(number: int) -> list[str]:
    if number < 20:
        return [_SMALL[number]]
    if number < 100:
        return [_TENS[number // 10 - 2], *(_english(number % 10) if number % 10 else ())]
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    rest = number % size
    return [*_english(number // size), name, *(_english(rest) if rest else ())]
