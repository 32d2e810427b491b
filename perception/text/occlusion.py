"""Which words carry an emotion: each is left out once, and the score without it tells what it gave.

Occlusion (Zeiler & Fergus, 2014; on words, Li, Monroe & Jurafsky, 2016, "Understanding neural networks through
representation erasure"). Own code, since libraries for it bring PyTorch or sample thousands of variants; this takes one
batch of at most 65, or two for a long text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS, Emotion

Score = Callable[[Sequence[str]], NDArray[np.floating[Any]]]
"""Texts in, probabilities out: texts x 7, in the order of `Emotion`."""

UNITS: Final = 64
"""Most pieces that are left out in one batch."""

Span = tuple[int, int]

_EMOJI: Final = (
    "(?:[\U0001f1e6-\U0001f1ff]{2}|[\u2600-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff]"
    "(?:[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d[\u2600-\u27bf\U0001f300-\U0001faff])*)"
)
_HAN: Final = "[\u3400-\u4dbf\u4e00-\u9fff〇]"
_OTHER: Final = r"(?:(?![\u3400-\u4dbf\u4e00-\u9fff〇])\w)+(?:['’](?:(?![\u3400-\u4dbf\u4e00-\u9fff〇])\w)+)*"
_EMOTICON: Final = r"</?3|>?[:;=]['-]?[()\[\]DPOdpo/](?![a-z0-9])"
_PIECE: Final = re.compile(rf"{_EMOJI}|{_EMOTICON}|{_HAN}{{1,2}}|{_OTHER}|[!?！？]+")
_CLAUSE: Final = re.compile(r"[^.,;:!?…\n。，；：！？、]+[.,;:!?…\n。，；：！？、]*")
_NEVER: Final = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class WordShare:
    """What one piece of a text gives to its emotion."""

    text: str
    """The piece as written: a word, up to two Chinese characters, an emoji, or a clause of a long text."""
    start: int
    """Where it begins in the original text, in characters."""
    end: int
    """Where it ends, exclusive."""
    share: float
    """By how much the log odds of the emotion fall without it, in nats; negative where it speaks against."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Which words carry what was felt in a text. It holds words of the person: in memory only, never stored."""

    emotion: Emotion | None = None
    """The likeliest; None where nothing was felt in words as written."""
    words: tuple[WordShare, ...] = ()
    """In the order of the text."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, with shares rounded to 4 digits."""
        return {
            "emotion": self.emotion.value if self.emotion else None,
            "words": [
                {"text": word.text, "start": word.start, "end": word.end, "share": round(word.share, 4)}
                for word in self.words
            ],
        }


def explain(score: Score, text: str, emotion: Emotion | None = None) -> Explanation:
    """Which pieces of a text carry an emotion, in the order of the text.

    A text of more than 64 pieces is first taken by clauses; then the words of the strongest clause stand in its place.
    Pieces that say the same thing twice each get little: without one, the other still tells.

    Args:
        score: Called once with all variants, or twice for a long text. Must take an empty text.
        text: As written; English, Chinese, or both.
        emotion: Which; the likeliest when None.

    Returns:
        The emotion and the pieces; no pieces for a text without words.
    """
    pieces = _within(_PIECE, text, 0, len(text))
    clauses = _merged(_within(_CLAUSE, text, 0, len(text))) if len(pieces) > UNITS else pieces
    emotion, shares = _left_out(score, text, clauses, emotion)
    if clauses is pieces or not shares:
        return Explanation(emotion=emotion, words=shares)
    strongest = max(shares, key=lambda piece: piece.share)
    inner = _merged(_within(_PIECE, text, strongest.start, strongest.end))
    _, words = _left_out(score, text, inner, emotion)
    kept = [piece for piece in shares if piece is not strongest]
    ordered = sorted((*kept, *(words or (strongest,))), key=lambda piece: piece.start)
    return Explanation(emotion=emotion, words=tuple(ordered))


def _within(pattern: re.Pattern[str], text: str, start: int, end: int) -> list[Span]:
    return [found.span() for found in pattern.finditer(text, start, end) if found[0].strip()]


def _merged(spans: list[Span]) -> list[Span]:
    """At most `UNITS` spans: neighbours are taken together."""
    size = max(1, -(-len(spans) // UNITS))
    return [(spans[i][0], spans[min(i + size, len(spans)) - 1][1]) for i in range(0, len(spans), size)]


def _left_out(
    score: Score, text: str, spans: Sequence[Span], emotion: Emotion | None
) -> tuple[Emotion, tuple[WordShare, ...]]:
    variants = [text, *(text[:start] + text[end:] for start, end in spans)]
    scores = np.clip(np.asarray(score(variants), dtype=np.float64), _NEVER, 1 - _NEVER)
    chosen = emotion or EMOTIONS[int(scores[0].argmax())]
    odds = np.log(scores / (1 - scores))[:, EMOTIONS.index(chosen)]
    return chosen, tuple(
        WordShare(text=text[start:end].strip(), start=start, end=end, share=float(odds[0] - without))
        for (start, end), without in zip(spans, odds[1:], strict=True)
    )
