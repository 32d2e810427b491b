"""Which of the languages Attune speaks a reply is in."""

from __future__ import annotations

from typing import Final

SPOKEN: Final = ("en", "zh")

_HAN: Final = (("\u3400", "\u9fff"), ("\U00020000", "\U0003ffff"))


def reply_language(words: str, *, wanted: str | None = None) -> str:
    """`en` or `zh`: the one asked for, else the script most of the words are in, else English.

    One Han character says about as much as three Latin letters, so it counts for three.
    """
    if wanted:
        base = wanted.lower().replace("_", "-").partition("-")[0]
        return base if base in SPOKEN else "en"
    han = sum(any(low <= c <= high for low, high in _HAN) for c in words)
    letters = sum(c.isalpha() for c in words) - han
    return "zh" if han and han * 3 >= letters else "en"
