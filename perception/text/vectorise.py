"""TF-IDF of n-grams without scikit-learn.

Importing scikit-learn costs most of a second and its vectoriser about a millisecond a sentence. A sentence has a few
hundred n-grams, so a dictionary does the same in a fraction of both; a test holds the two to the same numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

WORDS_AND_MARKS: Final = r"\w+(?:'\w+)*|[^\w\s]"
"""Words with their apostrophes, and each mark or emoji on its own: `!` and `?` are felt too."""

Analyzer = Literal["word", "char_wb", "char"]

_TOKEN: Final = re.compile(WORDS_AND_MARKS)


@dataclass(frozen=True, kw_only=True)
class Vectoriser:
    """One block of features: scikit-learn's `TfidfVectorizer(sublinear_tf=True, norm="l2")` for a given vocabulary."""

    analyzer: Analyzer
    """Words, characters within words (padded by a space), or characters of the whole text."""
    low: int
    """Shortest n-gram."""
    high: int
    """Longest n-gram."""
    vocabulary: Mapping[str, int]
    """Column of each n-gram."""
    idf: NDArray[np.float32]
    """Inverse document frequency by column."""

    def transform(self, text: str) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Columns and values of the non-zero features of a normalised text; the values have length 1, or are none."""
        vocabulary = self.vocabulary
        counts = Counter(
            column
            for gram in ngrams(text, self.analyzer, self.low, self.high)
            if (column := vocabulary.get(gram)) is not None
        )
        columns = np.fromiter(counts.keys(), dtype=np.intp, count=len(counts))
        values = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1 + np.log(values)) * self.idf[columns]
        length = float(np.sqrt(np.sum(values * values)))
        return columns, (values / length if length else values).astype(np.float32)


def ngrams(text: str, analyzer: Analyzer, low: int, high: int) -> Iterator[str]:
    """The n-grams of a normalised text, in no particular order."""
    if analyzer == "word":
        tokens = _TOKEN.findall(text)
        for n in range(low, high + 1):
            yield from (" ".join(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
    elif analyzer == "char":
        for n in range(low, high + 1):
            yield from (text[i : i + n] for i in range(len(text) - n + 1))
    else:
        for word in text.split():
            yield from _within(f" {word} ", low, high)


def _within(padded: str, low: int, high: int) -> Iterator[str]:
    for n in range(low, high + 1):
        yield padded[:n]
        yield from (padded[i : i + n] for i in range(1, len(padded) - n + 1))
        # a word shorter than n counts once, as in scikit-learn
        if n >= len(padded):
            return
