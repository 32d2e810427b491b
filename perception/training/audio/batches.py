"""Batches of sequences: drawn in balance, cut, heard against what is usual for their speaker, masked, mixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.audio.baseline import shrunk
from perception.audio.frames import Floats
from perception.emotions import EMOTIONS
from perception.training.audio.data import Clip, labels
from perception.training.audio.sequences import Sequences

HEARD_BEFORE: Final = (0, 1, 2, 4, 8, 16, 32)
"""Earlier utterances of a speaker that a training clip is heard against; one of these, drawn each time."""
_CHANCES: Final = (0.3, 0.1, 0.1, 0.15, 0.15, 0.1, 0.1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Draws:
    """How training clips are drawn and changed."""

    batch: int = 32
    """Clips a step."""
    drawn: int = 2048
    """Clips an epoch."""
    longest: int = 250
    """Vectors at most; of a longer clip a random part that long is heard."""
    shown: tuple[float, float, float, float] = (0.4, 0.3, 0.0, 0.3)
    """Chances of a clip as recorded, over a bad channel, over noise, and by another voice over a bad channel; of those
    that there are."""
    balance: float = 0.5
    """A corpus of n clips is drawn in proportion to n to this power; in it, each emotion equally often. 1 with
    `by_emotion` false is the corpora as they are."""
    by_emotion: bool = True
    """Whether the emotions of a corpus are drawn equally often."""
    smoothing: float = 0.1
    """Of the labels: so much of the truth is spread over all emotions."""
    mixup: float = 0.2
    """Parameter of the beta distribution by which two clips and their labels are mixed; 0 for none (Zhang et al. 2018,
    "mixup", ICLR)."""
    masks: tuple[int, int] = (8, 20)
    """Longest of two masks over the vectors' numbers and of two over time; 0 for none (Park et al. 2019, "SpecAugment",
    Interspeech)."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scale:
    """What the vectors of the training clips are like."""

    mean: Floats
    """Of the clips' usual vectors (width)."""
    deviation: Floats
    """Of the vectors (width)."""


def scale_of(heard: Sequences, rows: NDArray[np.int64], *, each: bool, seed: int) -> Scale:
    """Measure it on 600 clips at most; `each` number by itself, or one deviation for all of them."""
    some = np.random.default_rng(seed).permutation(rows)[:600]
    vectors = np.concatenate([heard[i] - heard.usual[i] for i in some])
    deviation = vectors.std(axis=0) + 1e-3 if each else np.full(vectors.shape[1], vectors.std() + 1e-3)
    return Scale(mean=heard.usual[rows].mean(axis=0), deviation=deviation.astype(np.float32))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Batch:
    """Tensors of a training step."""

    vectors: Any
    """Clips x frames x width."""
    frames: Any
    """Clips: how many vectors each has."""
    truth: Any
    """Clips x 7: probabilities."""
    lesson: Any
    """Clips x width of the teacher: what it hears in each clip; None without a teacher."""


class Batches:
    """Training batches of some rows."""

    def __init__(
        self,
        clips: Sequence[Clip],
        heard: Sequence[Sequences],
        rows: NDArray[np.int64],
        scale: Scale,
        draws: Draws,
        groups: Sequence[int],
        taught: Sequence[Floats] = (),
    ) -> None:
        """Count who speaks and what is felt.

        Args:
            clips: all of them.
            heard: their versions.
            rows: places of the clips to draw from.
            scale: of their vectors.
            draws: how they are drawn and changed.
            groups: how many of the versions are of each kind, in the order of `draws.shown`.
            taught: what a teacher hears in each version (clips x its width), on the whole; none without a teacher.
        """
        self._heard, self._scale, self._draws, self._taught = heard, scale, draws, taught
        ends = np.cumsum([0, *groups]).tolist()
        self._groups = [range(a, b) for a, b in pairwise(ends) if b > a]
        chances = np.array([chance for chance, count in zip(draws.shown, groups, strict=True) if count])
        self._chances = chances / chances.sum()
        if taught:
            self._lesson_mean = taught[0][rows].mean(axis=0)
            self._lesson_deviation = taught[0][rows].std(axis=0) + 1e-3
        self._truth, self._rows = labels(clips), rows
        self._weights = draw_weights([clips[i] for i in rows], draws)
        self._others: dict[str, list[int]] = {}
        for row in rows:
            self._others.setdefault(clips[row].voice, []).append(int(row))
        self._voices = [clip.voice for clip in clips]

    @property
    def steps(self) -> int:
        """Batches an epoch."""
        return max(1, self._draws.drawn // self._draws.batch)

    def draw(self, random: np.random.Generator) -> Batch:
        """The next batch."""
        import torch

        size = self._draws.batch
        rows = random.choice(self._rows, size=size, p=self._weights)
        drawn = [self._changed(int(row), random) for row in rows]
        vectors, frames = padded([each for each, _ in drawn])
        truth = np.full((size, len(EMOTIONS)), self._draws.smoothing / len(EMOTIONS), dtype=np.float32)
        truth[np.arange(size), self._truth[rows]] += 1 - self._draws.smoothing
        lesson = np.stack([told for _, told in drawn])
        if self._draws.mixup:
            share = np.float32(random.beta(self._draws.mixup, self._draws.mixup))
            other = random.permutation(size)
            vectors, truth, lesson = (share * each + (1 - share) * each[other] for each in (vectors, truth, lesson))
            frames = np.maximum(frames, frames[other])
        return Batch(
            vectors=torch.from_numpy(vectors),
            frames=torch.from_numpy(frames),
            truth=torch.from_numpy(truth),
            lesson=torch.from_numpy(lesson) if self._taught else None,
        )

    def _changed(self, row: int, random: np.random.Generator) -> tuple[Floats, Floats]:
        """A clip as it is heard this time, and what the teacher hears in it (nothing without one)."""
        version = self._version(random)
        heard = self._heard[version]
        vectors = heard[row]
        if (more := len(vectors) - self._draws.longest) > 0:
            start = int(random.integers(more + 1))
            vectors = vectors[start : start + self._draws.longest]
        before = self._before(row, random)
        baseline = _baseline(heard.usual, before, self._scale.mean)
        vectors = _masked((vectors - baseline) / self._scale.deviation, self._draws.masks, random)
        if not self._taught:
            return vectors, np.empty(0, dtype=np.float32)
        taught = self._taught[version]
        lesson = taught[row] - _baseline(taught, before, self._lesson_mean)
        return vectors, (lesson / self._lesson_deviation).astype(np.float32)

    def _version(self, random: np.random.Generator) -> int:
        group = self._groups[int(random.choice(len(self._groups), p=self._chances))]
        return group[int(random.integers(len(group)))]

    def _before(self, row: int, random: np.random.Generator) -> NDArray[np.int64]:
        """Other clips of the speaker, as many as would have been heard before."""
        count = int(random.choice(HEARD_BEFORE, p=_CHANCES))
        before: NDArray[np.int64] = random.choice(self._others[self._voices[row]], size=count)
        return before


def _baseline(usual: Floats, before: NDArray[np.int64], general: Floats) -> Floats:
    return shrunk(usual[before].mean(axis=0) if len(before) else general, len(before), general)


def draw_weights(clips: Sequence[Clip], draws: Draws) -> NDArray[np.float64]:
    """How often each clip is drawn."""
    corpora, truth = np.array([clip.corpus for clip in clips]), labels(clips)
    weights = np.zeros(len(clips))
    for corpus in np.unique(corpora):
        inside = corpora == corpus
        present = np.unique(truth[inside]) if draws.by_emotion else [None]
        for label in present:
            same = inside if label is None else inside & (truth == label)
            weights[same] = inside.sum() ** draws.balance / len(present) / same.sum()
    parts: NDArray[np.float64] = weights / weights.sum()
    return parts


def padded(clips: Sequence[Floats]) -> tuple[Floats, NDArray[np.int64]]:
    """Sequences in one array (clips x frames of the longest x width), zeros behind each, and how long each is."""
    frames = np.array([len(clip) for clip in clips], dtype=np.int64)
    together = np.zeros((len(clips), int(frames.max()), clips[0].shape[1]), dtype=np.float32)
    for place, clip in enumerate(clips):
        together[place, : len(clip)] = clip
    return together, frames


def _masked(vectors: Floats, masks: tuple[int, int], random: np.random.Generator) -> Floats:
    wide, long = masks
    for _ in range(2):
        if wide:
            width = int(random.integers(wide + 1))
            start = int(random.integers(vectors.shape[1] - width + 1))
            vectors[:, start : start + width] = 0.0
        if long and len(vectors) > 3 * long:
            width = int(random.integers(long + 1))
            start = int(random.integers(len(vectors) - width + 1))
            vectors[start : start + width] = 0.0
    return vectors
