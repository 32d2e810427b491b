"""Synthetic pairs: a face, a voice and a sentence of one label, put together by chance.

Nobody felt all three at once. Pairing by label makes the senses independent given the emotion, which they are not in
life, so that combining them gains more here than it will anywhere else; figures on such pairs say which way of
combining is better, not how good it is. Conflicts and corruption are added on purpose, and known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.fusion.fitting import ScoredRows
from perception.observation import Modality
from perception.training.fusion.sensing import Sensed

SENSES: Final = tuple(Modality)
Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """What is done to pairs; chances are per row."""

    name: str
    """As a report has it."""
    corrupted: Mapping[Modality, float]
    """Chance that a sense gets the corrupted evidence; 0 for those left out."""
    missing: Mapping[Modality, float]
    """Chance that a sense gets none; 0 for those left out."""
    conflict: Mapping[Modality, float]
    """Chance that a sense gets evidence of another emotion, while the others keep to the truth."""


def condition(
    name: str,
    *,
    corrupted: Mapping[Modality, float] | None = None,
    missing: Mapping[Modality, float] | None = None,
    conflict: Mapping[Modality, float] | None = None,
) -> Condition:
    """A condition with nothing but what is named."""
    return Condition(name=name, corrupted=corrupted or {}, missing=missing or {}, conflict=conflict or {})


CONDITIONS: Final = (
    condition("clean"),
    *(condition(f"{sense} corrupted", corrupted={sense: 1.0}) for sense in SENSES),
    condition("all corrupted", corrupted=dict.fromkeys(SENSES, 1.0)),
    *(condition(f"{sense} missing", missing={sense: 1.0}) for sense in SENSES),
    *(condition(f"{sense} conflicting", conflict={sense: 1.0}) for sense in SENSES),
)
"""Under which fusion is measured."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Pairs:
    """Synthetic rows."""

    truth: NDArray[np.int64]
    """Rows: place in `EMOTIONS`."""
    features: Mapping[Modality, Floats]
    """Rows x width, by sense; zeros where there are none."""
    scores: Floats
    """Rows x 3 x 7; zeros where a sense is not heard."""
    quality: Floats
    """Rows x 3; 0 where a sense is not heard."""
    groups: tuple[str, ...]
    """The face of each row: the scarcest of the three, so that resampling draws all rows that share one."""

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def rows(self) -> ScoredRows:
        """As late fusion takes them."""
        return ScoredRows(
            ids=tuple(map(str, range(len(self)))),
            truth=self.truth,
            scores=self.scores.astype(np.float64),
            quality=self.quality.astype(np.float64),
            groups=self.groups,
        )

    def where(self, keep: NDArray[np.bool_]) -> Pairs:
        """The rows for which `keep` is true."""
        return Pairs(
            truth=self.truth[keep],
            features={sense: each[keep] for sense, each in self.features.items()},
            scores=self.scores[keep],
            quality=self.quality[keep],
            groups=tuple(group for group, kept in zip(self.groups, keep, strict=True) if kept),
        )


def draw_pairs(sensed: Mapping[Modality, Sensed], count: int, asked: Condition, random: np.random.Generator) -> Pairs:
    """Put evidence of one label together.

    Every emotion is as frequent as every other; items of one are used in turn, so that none comes twice before all
    came once. A sense whose status is not ok is as good as missing, as in every fusion.

    Args:
        sensed: observations by sense, of one part.
        count: pairs wanted.
        asked: what to do to them.
        random: draws everything.
    """
    truth = random.permutation(np.arange(count) % len(EMOTIONS)).astype(np.int64)
    features: dict[Modality, Floats] = {}
    scores, quality = np.zeros((count, 3, 7), np.float32), np.zeros((count, 3), np.float32)
    groups: tuple[str, ...] = ()
    for place, sense in enumerate(SENSES):
        told = sensed[sense]
        shown = _shown(truth, asked.conflict.get(sense, 0.0), random)
        item = _in_turn(told.truth, shown, random)
        variant = (random.random(count) < asked.corrupted.get(sense, 0.0)).astype(int)
        heard = told.ok[item, variant] & (random.random(count) >= asked.missing.get(sense, 0.0))
        heard &= told.quality[item, variant] > 0
        features[sense] = told.features[item, variant] * heard[:, None]
        scores[:, place] = told.scores[item, variant] * heard[:, None]
        quality[:, place] = told.quality[item, variant] * heard
        if sense is Modality.VISION:
            groups = tuple(told.groups[int(each)] for each in item)
    return Pairs(truth=truth, features=features, scores=scores, quality=quality, groups=groups)


def _shown(truth: NDArray[np.int64], chance: float, random: np.random.Generator) -> NDArray[np.int64]:
    """What a sense is given evidence of: the truth, or with some chance any other emotion."""
    other = (truth + random.integers(1, len(EMOTIONS), len(truth))) % len(EMOTIONS)
    return np.where(random.random(len(truth)) < chance, other, truth)


def _in_turn(labels: NDArray[np.int64], wanted: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    chosen = np.empty(len(wanted), dtype=np.int64)
    for emotion in np.unique(wanted):
        items, rows = random.permutation(np.flatnonzero(labels == emotion)), np.flatnonzero(wanted == emotion)
        chosen[rows] = items[np.arange(len(rows)) % len(items)]
    return chosen
