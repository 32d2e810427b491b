"""A base that stands in for the text sense: words of like meaning are near, and nothing has to be loaded."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

WIDTH: Final = 24
MEANINGS: Final = (
    {"great", "excellent", "superb", "lovely", "wonderful", "marvellous", "很好", "不错", "满意", "喜欢"},
    {"awful", "terrible", "dreadful", "horrid", "lousy", "appalling", "很差", "糟糕", "失望", "讨厌"},
)
"""Words of one set have one vector."""


class StandIn:
    """A bag of word vectors, each drawn by the hash of its word or of its meaning."""

    def __init__(self, name: str = "stand-in-1") -> None:
        self._name = name
        self.read: list[tuple[str, int]] = []
        """Language and number of texts of each call."""

    def name(self, lang: str) -> str:
        return f"{self._name}-{lang}"

    def numbers(self, texts: Sequence[str], lang: str) -> NDArray[np.float64]:
        self.read.append((lang, len(texts)))
        summed = np.array([np.sum([_vector(word) for word in _words(text)], axis=0) for text in texts])
        return np.asarray(summed / np.linalg.norm(summed, axis=1, keepdims=True))


def _words(text: str) -> list[str]:
    pairs = [text[i : i + 2] for i in range(len(text) - 1)]
    return [*text.split(), *(pair for pair in pairs if any(pair in words for words in MEANINGS))]


def _vector(word: str) -> NDArray[np.float64]:
    meaning = next((f"meaning {i}" for i, words in enumerate(MEANINGS) if word in words), None)
    seed = int.from_bytes(blake2b((meaning or word).encode(), digest_size=8).digest(), "big")
    vector = np.random.default_rng(seed).normal(size=WIDTH)
    return vector * (3.0 if meaning else 1.0)
