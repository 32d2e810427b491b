"""Training batches of texts: every row once before any twice, rows of about one length together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.text.tokens import Tokens
from perception.training.text.data import Row
from perception.training.text.encoders.recipe import EncoderRecipe

FINER: Final = (
    "admiration",
    "amusement",
    "anger",
    "annoyance",
    "approval",
    "caring",
    "confusion",
    "curiosity",
    "desire",
    "disappointment",
    "disapproval",
    "disgust",
    "embarrassment",
    "excitement",
    "fear",
    "gratitude",
    "grief",
    "joy",
    "love",
    "nervousness",
    "optimism",
    "pride",
    "realization",
    "relief",
    "remorse",
    "sadness",
    "surprise",
    "neutral",
)
"""The labels of GoEmotions (Demszky et al. 2020, ACL)."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Batch:
    """Tensors of a training step."""

    ids: Any
    """Rows x length."""
    parts: Any
    """Rows x length."""
    truth: Any
    """Rows: place in `EMOTIONS`."""
    weights: Any
    """Rows: how much each counts."""
    finer: Any
    """Rows x 28: 1 for the labels it has; a row without any has not been asked."""


class Batches:
    """Draws them."""

    def __init__(self, rows: Sequence[Row], tokens: Tokens, recipe: EncoderRecipe, *, seed: int) -> None:
        """Measure the rows."""
        self._rows, self._tokens, self._recipe, self._seed = rows, tokens, recipe, seed
        self._truth = np.array([EMOTIONS.index(row.emotion) for row in rows], dtype=np.int64)
        self._weights = _weights(rows, recipe.balance)
        self._finer = np.array([[name in row.finer for name in FINER] for row in rows], dtype=np.float32)
        self._lengths = np.array(tokens.lengths([row.text for row in rows]))
        told = tokens.lengths([" ".join(row.context) for row in rows])
        self._earlier = np.where([bool(row.context) for row in rows], np.minimum(told, recipe.earlier), 0)

    @property
    def drawn(self) -> int:
        """Rows an epoch."""
        return min(self._recipe.drawn, len(self._rows))

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        return -(-self.drawn // self._recipe.batch)

    def epoch(self, number: int) -> Iterator[Batch]:
        """Batches of epoch `number`, from 1; the same for the same seed."""
        random = np.random.default_rng((self._seed, number))
        rows = self._of(number)
        shown = self._earlier[rows] * (random.random(len(rows)) < self._recipe.context)
        # rows of about one length cost no padding; a little noise keeps batches from being the same each time
        order = np.argsort(self._lengths[rows] + shown + random.uniform(0, 3, len(rows)), kind="stable")
        chunks = [order[at : at + self._recipe.batch] for at in range(0, len(order), self._recipe.batch)]
        for place in random.permutation(len(chunks)):
            yield self._batch(rows[chunks[place]], shown[chunks[place]] > 0, random)

    def _of(self, number: int) -> NDArray[np.int64]:
        """Rows of an epoch: the next ones of a row of permutations without end."""
        count, drawn = len(self._rows), self.drawn
        places = np.arange((number - 1) * drawn, number * drawn)
        passes = {
            int(p): np.random.default_rng((self._seed, 7, int(p))).permutation(count) for p in set(places // count)
        }
        return np.array([passes[int(place) // count][place % count] for place in places], dtype=np.int64)

    def _batch(self, places: NDArray[np.int64], shown: NDArray[np.bool_], random: np.random.Generator) -> Batch:
        import torch

        rows = [self._rows[i] for i in places]
        contexts = [row.context if show else () for row, show in zip(rows, shown, strict=True)]
        slips = random.random(len(rows)) < self._recipe.typos if self._recipe.typos else np.zeros(len(rows), dtype=bool)
        texts = [_slipped(row.text, random) if slip else row.text for row, slip in zip(rows, slips, strict=True)]
        pieces = self._tokens(texts, contexts if any(contexts) else ())
        return Batch(
            ids=torch.from_numpy(pieces.ids),
            parts=torch.from_numpy(pieces.parts),
            truth=torch.from_numpy(self._truth[places]),
            weights=torch.from_numpy(self._weights[places]),
            finer=torch.from_numpy(self._finer[places]),
        )


def _weights(rows: Sequence[Row], balance: float) -> NDArray[np.float32]:
    """Of each row: that of its corpus times that of its class, 1 on average."""
    counts = Counter(row.emotion for row in rows)
    raw = np.array([row.weight * (counts[row.emotion] / len(rows)) ** -balance for row in rows])
    scaled: NDArray[np.float32] = (raw / raw.mean()).astype(np.float32)
    return scaled


def _slipped(text: str, random: np.random.Generator) -> str:
    """The text as a hasty hand types it: one letter in twenty dropped, doubled, or swapped with the next."""
    letters = list(text)
    for _ in range(max(1, len(letters) // 20)):
        at, slip = int(random.integers(len(letters))), random.integers(3)
        if not letters[at].isalpha():
            continue
        if slip == 0 and len(letters) > 1:
            del letters[at]
        elif slip == 1:
            letters.insert(at, letters[at])
        elif at + 1 < len(letters) and letters[at + 1].isalpha():
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)
