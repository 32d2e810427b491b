"""Texts as the numbers that an encoder reads: word pieces, the utterance first, earlier turns behind it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

PADDING: Final = 0
UTTERANCE: Final = 1
CONTEXT: Final = 2

TURNS: Final = 4
"""Earlier turns that are read, the latest first."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pieces:
    """A batch of texts."""

    ids: NDArray[np.int64]
    """Texts x length: place in the vocabulary."""
    parts: NDArray[np.int64]
    """Texts x length: `PADDING`, `UTTERANCE` or `CONTEXT`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much of a text is read."""

    utterance: int = 96
    """Pieces of the utterance, its two marks included; what is in the middle of a longer one is left out."""
    context: int = 64
    """Pieces of all earlier turns together, a mark behind each."""


class Tokens:
    """Cuts texts into pieces. Safe to use from several threads."""

    def __init__(self, tokenizer: str, *, first: int, last: int, spell_emoji: bool, limits: Limits) -> None:
        """Read a vocabulary.

        Args:
            tokenizer: JSON of a `tokenizers.Tokenizer` without a post-processor.
            first: the mark before a text.
            last: the mark behind each part.
            spell_emoji: whether the vocabulary has no emoji, so that their names are read.
            limits: how much is read.
        """
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_str(tokenizer)
        self._first, self._last, self._spell, self._limits = first, last, spell_emoji, limits

    def __call__(self, texts: Sequence[str], contexts: Sequence[Sequence[str]] = ()) -> Pieces:
        """Cut normalised texts, each with its earlier turns, oldest first; no context for any when there are none."""
        told = [self._cut(texts)] if not contexts else [self._cut(texts), *self._earlier(contexts)]
        rows = [self._row(*parts) for parts in zip(*told, strict=True)]
        longest = max((len(ids) for ids, _ in rows), default=0)
        ids = np.zeros((len(rows), longest), dtype=np.int64)
        parts = np.full((len(rows), longest), PADDING, dtype=np.int64)
        for row, (pieces, of) in enumerate(rows):
            ids[row, : len(pieces)], parts[row, : len(of)] = pieces, of
        return Pieces(ids=ids, parts=parts)

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Pieces of each utterance as it would be read."""
        return [min(len(ids) + 2, self._limits.utterance) for ids in self._cut(texts)]

    def _cut(self, texts: Sequence[str]) -> list[list[int]]:
        read = [spelled(text) for text in texts] if self._spell else list(texts)
        return [found.ids for found in self._tokenizer.encode_batch_fast(read, add_special_tokens=False)]

    def _earlier(self, contexts: Sequence[Sequence[str]]) -> list[list[list[int]]]:
        """By turn back, the pieces of each text's context."""
        recent = [list(turns)[-TURNS:][::-1] for turns in contexts]
        return [self._cut([turns[back] if back < len(turns) else "" for turns in recent]) for back in range(TURNS)]

    def _row(self, utterance: list[int], *earlier: list[int]) -> tuple[list[int], list[int]]:
        ids = [self._first, *_middle_left_out(utterance, self._limits.utterance - 2), self._last]
        parts = [UTTERANCE] * len(ids)
        context = [piece for turn in earlier if turn for piece in (*turn, self._last)][: self._limits.context]
        return ids + context, parts + [CONTEXT] * len(context)


def _middle_left_out(pieces: list[int], most: int) -> list[int]:
    """People say what they feel at the beginning or at the end."""
    return pieces if len(pieces) <= most else pieces[: most // 2] + pieces[len(pieces) - (most - most // 2) :]


def spelled(text: str) -> str:
    """A text with the Unicode names of its emoji and other pictographs in their place."""
    return text if text.isascii() else "".join(_spelled(character) for character in text)


@lru_cache(maxsize=4096)
def _spelled(character: str) -> str:
    if unicodedata.category(character) != "So":
        return character
    return f" {unicodedata.name(character, '').lower()} "
