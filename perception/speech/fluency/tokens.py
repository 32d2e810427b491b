"""Words in their order, with what stands between them and when they were said."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from perception.speech.fluency.delivery import SILENT_PAUSE
from perception.speech.values import Word

_HAN: Final = r"\u3400-\u9fff"
_UNITS: Final = re.compile(
    rf"[{_HAN}]|[^\W\d_{_HAN}]+(?:['’-][^\W\d_{_HAN}]+)*|\d+(?:[.,:]\d+)*(?:[^\W\d_{_HAN}]+)?", re.UNICODE
)
_SIMPLE: Final = str.maketrans(
    "這個後實麼說對們額話應該錯講開為來會沒問過樣還讓從給裡", "这个后实么说对们额话应该错讲开为来会没问过样还让从给里"
)
_WHITE: Final = re.compile(r"\s+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A word, or a character of Chinese."""

    text: str
    """As transcribed."""
    norm: str
    """Lower case, straight apostrophes; of Chinese the simplified character where fluency depends on it."""
    before: str
    """What stands between it and the word before: white space, punctuation."""
    after: str
    """What stands between it and the next."""
    start: float | None = None
    """Seconds from the start of the clip, of the transcribed word it belongs to."""
    paused: bool = False
    """A silent pause comes before it."""

    @property
    def han(self) -> bool:
        """It is a Chinese character."""
        return "\u3400" <= self.norm <= "\u9fff"


def tokenise(text: str, words: Sequence[Word] = ()) -> tuple[Token, ...]:
    """Cut a text into its words.

    Args:
        text: typed or transcribed.
        words: those of the transcript, whose times are taken over where they make up the text.
    """
    found = list(_UNITS.finditer(text))
    starts = [match.start() for match in found] + [len(text)]
    ends = [0] + [match.end() for match in found]
    tokens = tuple(
        Token(
            text=match.group(),
            norm=match.group().lower().replace("’", "'").translate(_SIMPLE),
            before=text[ends[i] : starts[i]],
            after=text[match.end() : starts[i + 1]],
        )
        for i, match in enumerate(found)
    )
    return _timed(text, tokens, starts, words) if words else tokens


def timed(words: Sequence[Word]) -> tuple[Word, ...]:
    """Those words whose times can be used, in time: a word that ends before it starts is taken to last no time."""
    usable = [word for word in words if math.isfinite(word.start) and math.isfinite(word.end)]
    return tuple(
        sorted((replace(word, end=max(word.start, word.end)) for word in usable), key=lambda w: (w.start, w.end))
    )


def _timed(text: str, tokens: tuple[Token, ...], starts: Sequence[int], words: Sequence[Word]) -> tuple[Token, ...]:
    owners = [word for word in words for _ in _WHITE.sub("", word.text)]
    if _WHITE.sub("", text) != "".join(_WHITE.sub("", word.text) for word in words):
        return tokens
    # how many characters that are no white space come before each token
    solid = [0]
    for character in text:
        solid.append(solid[-1] + (not character.isspace()))
    return tuple(_placed(tokens, [owners[solid[start]] for start in starts[:-1]]))


def _placed(tokens: Sequence[Token], owners: Sequence[Word]) -> Iterator[Token]:
    until, last = math.inf, None
    for token, word in zip(tokens, owners, strict=True):
        if not (math.isfinite(word.start) and math.isfinite(word.end)):
            yield token
            continue
        paused = word is not last and word.start - until >= SILENT_PAUSE - 1e-9
        yield replace(token, start=word.start, paused=paused)
        until, last = max(word.end, word.start, until if math.isfinite(until) else -math.inf), word
