"""Rows as numbers: what the base models say of them, and their n-grams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.text.own.base import Base
from perception.text.own.model import Dense
from perception.text.vectorise import WORDS_AND_MARKS, Analyzer, Vectoriser
from perception.training.text.own.rows import OwnRow

AT_ONCE: Final = 512
"""Texts that a base model is asked of together; which ones depends on the rows alone, so that numbers come again."""
READ: Final = ("en", "zh")
"""Languages that there is a base model for; what is in another is read by that of most rows."""
_ENOUGH: Final = (20, 0.02)
"""Rows, and part of the rows, from which on a language is read by its own model."""
_KEEP: Final = 40_000
"""N-grams kept of each block: the commonest."""
_OF_WORDS: Final[tuple[tuple[Analyzer, int, int], ...]] = (("word", 1, 2), ("char_wb", 2, 5))
_OF_SIGNS: Final[tuple[tuple[Analyzer, int, int], ...]] = (("char", 1, 3),)
"""Chinese has no spaces."""

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class BaseNumbers:
    """What one base model says of the rows it reads."""

    lang: str
    """ISO 639-1 code."""
    base: str
    """Name of the model."""
    reads: Mask
    """By row: whether this model reads it."""
    values: Floats
    """Rows that it reads x width."""

    def scaled(self, fit: Mask, weight: float) -> Dense:
        """How numbers are scaled, by the rows that are fitted on.

        Each number gets the mean 0, and all together the length `weight` on average, so that they stand beside n-grams
        of length 1.
        """
        known = self.values[fit[self.reads]]
        known = known if len(known) else np.zeros((1, self.values.shape[1]))
        deviation = known.std(axis=0)
        scale = weight / np.sqrt(self.values.shape[1]) / np.where(deviation > 1e-9, deviation, np.inf)
        return Dense(
            lang=self.lang,
            base=self.base,
            mean=known.mean(axis=0).astype(np.float32),
            scale=scale.astype(np.float32),
        )


def ask_bases(
    rows: Sequence[OwnRow], base: Base, lang: str | None, tell: Callable[[float], None]
) -> tuple[BaseNumbers, ...]:
    """Ask the base model of each language, that of most rows first.

    Args:
        rows: all of them.
        base: what to ask.
        lang: the one language to read all rows in; told from each when None.
        tell: told the part done, in [0, 1].

    Raises:
        ModelError: a model cannot be loaded.
    """
    langs = (lang,) if lang else _languages(rows)
    place = np.array([langs.index(code) if (code := row.language.code) in langs else 0 for row in rows])
    done = 0
    found = []
    for i, code in enumerate(langs):
        texts = [row.text for row, at in zip(rows, place, strict=True) if at == i]
        parts = []
        for start in range(0, len(texts), AT_ONCE):
            parts.append(base.numbers(texts[start : start + AT_ONCE], code))
            done += len(parts[-1])
            tell(done / len(rows))
        found.append(BaseNumbers(lang=code, base=base.name(code), reads=place == i, values=np.concatenate(parts)))
    return tuple(found)


def _languages(rows: Sequence[OwnRow]) -> tuple[str, ...]:
    counts = Counter(row.language.code for row in rows if row.language.code in READ)
    enough = max(_ENOUGH[0], _ENOUGH[1] * len(rows))
    ranked = [str(code) for code, _ in sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))]
    return tuple(code for i, code in enumerate(ranked) if i == 0 or counts[code] >= enough) or READ[:1]


def dense_matrix(bases: Sequence[BaseNumbers], scales: Sequence[Dense]) -> Any:
    """Rows x the widths of all base models, sparse: each row has the numbers of one."""
    from scipy.sparse import csr_array, hstack

    columns = []
    for base, scale in zip(bases, scales, strict=True):
        whole = np.zeros((len(base.reads), base.values.shape[1]), dtype=np.float32)
        whole[base.reads] = scale.apply(base.values)
        columns.append(csr_array(whole))
    return hstack(columns).tocsr()


def fit_ngrams(texts: Sequence[str], langs: Sequence[str]) -> tuple[Vectoriser, ...]:
    """The n-grams that at least two texts have; all where there are none.

    They are chosen by how common they are, not by labels, so that rows judged in folds have not helped to choose.
    """
    kinds = (*(_OF_WORDS if langs != ["zh"] else ()), *(_OF_SIGNS if "zh" in langs else ()))
    return tuple(_vectoriser(texts, *kind) for kind in kinds)


def _vectoriser(texts: Sequence[str], analyzer: Analyzer, low: int, high: int) -> Vectoriser:
    from sklearn.feature_extraction.text import TfidfVectorizer

    def fitted(least: int) -> Any:
        return TfidfVectorizer(
            analyzer=analyzer,
            ngram_range=(low, high),
            token_pattern=WORDS_AND_MARKS if analyzer == "word" else None,
            lowercase=False,
            sublinear_tf=True,
            dtype=np.float32,
            min_df=least,
            max_features=_KEEP,
        ).fit(texts)

    try:
        found = fitted(2)
    except ValueError:  # no two texts share anything
        found = fitted(1)
    # as the file keeps it
    idf = found.idf_.astype(np.float16).astype(np.float32)
    grams = found.get_feature_names_out().tolist()
    return Vectoriser(
        analyzer=analyzer, low=low, high=high, vocabulary={gram: i for i, gram in enumerate(grams)}, idf=idf
    )


def gram_matrix(texts: Sequence[str], blocks: Sequence[Vectoriser]) -> Any:
    """Texts x n-grams of all blocks, sparse, by the code that runs later."""
    from scipy.sparse import csr_array, hstack

    columns = []
    for block in blocks:
        rows = [block.transform(text) for text in texts]
        at = np.concatenate([[0], np.cumsum([len(places) for places, _ in rows])])
        places = np.concatenate([places for places, _ in rows])
        values = np.concatenate([values for _, values in rows])
        columns.append(csr_array((values, places, at), shape=(len(texts), len(block.idf))))
    return hstack(columns).tocsr()
