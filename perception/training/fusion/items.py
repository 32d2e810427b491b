"""Faces, voices and sentences with a label: what synthetic pairs are made of, no source in two parts.

Faces keep to the parts that the face sense was trained with, sentences to those of the English text sense. The audio
sense learned from every speaker of its corpora, so that only its training part is theirs; what develops and tests are
the two speakers of TESS, one each, whom it never heard. TESS measures and trains nothing: its licence allows no
derivatives.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS, Emotion
from perception.observation import Modality
from perception.training.audio.data import Clip, read_clips
from perception.training.errors import TrainingDataMissing
from perception.training.splits import Part
from perception.training.text.data import Texts, gather
from perception.training.text.sources import ENGLISH
from perception.training.vision.data import FerPlus, load_ferplus

PARTS: Final[tuple[Part, ...]] = ("train", "dev", "test")
MEASURED_ONLY: Final = "tess"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Items:
    """Labelled evidence of one sense, in one part."""

    modality: Modality
    """Which sense it is for."""
    part: Part
    """Which part."""
    ids: tuple[str, ...]
    """Where each is from."""
    groups: tuple[str, ...]
    """Its speaker, or itself."""
    truth: NDArray[np.int64]
    """Place of its label in `EMOTIONS`."""
    evidence: Sequence[Any]
    """A grey crop (48 x 48), a `Clip`, or a sentence."""

    def __len__(self) -> int:
        return len(self.ids)


def read_items(data: Path, part: Part, *, per_emotion: int) -> dict[Modality, Items]:
    """Evidence of all three senses.

    Args:
        data: folder with `face`, `voice` and `text`.
        part: which part.
        per_emotion: at most so many of each sense, chosen by hash.

    Raises:
        TrainingDataMissing: a corpus is not there, or an emotion has no row.
    """
    readers: dict[Modality, Callable[[Path, Part], list[tuple[str, str, int, Any]]]] = {
        Modality.VISION: _faces,
        Modality.AUDIO: _voices,
        Modality.TEXT: _sentences,
    }
    return {
        modality: _sample(modality, part, reader(data, part), per_emotion, data) for modality, reader in readers.items()
    }


def _sample(
    modality: Modality, part: Part, rows: list[tuple[str, str, int, Any]], per_emotion: int, data: Path
) -> Items:
    kept: list[tuple[str, str, int, Any]] = []
    for place, emotion in enumerate(EMOTIONS):
        of_it = [row for row in rows if row[2] == place]
        if not of_it:
            raise TrainingDataMissing(f"{str(data)!r} has no {emotion} to {part} the {modality} side; get all corpora")
        kept += sorted(of_it, key=lambda row: hashlib.sha256(row[0].encode()).digest())[:per_emotion]
    ids, groups, truth, evidence = zip(*kept, strict=True)
    return Items(
        modality=modality, part=part, ids=ids, groups=groups, truth=np.array(truth, dtype=np.int64), evidence=evidence
    )


def _faces(data: Path, part: Part) -> list[tuple[str, str, int, Any]]:
    parted = _ferplus(data)
    faces = {"train": parted.train.where(parted.train.decided), "dev": parted.dev, "test": parted.test}[part]
    return [(i, i, int(t), image) for i, t, image in zip(faces.ids, faces.truth, faces.images, strict=True)]


def _sentences(data: Path, part: Part) -> list[tuple[str, str, int, Any]]:
    rows = _goemotions(data).parts[part]
    return [(row.id, row.id, EMOTIONS.index(row.emotion), row.text) for row in rows]


# looking for copies takes longer than all else, and all three parts need it
@lru_cache(maxsize=1)
def _ferplus(data: Path) -> FerPlus:
    return load_ferplus(data)


@lru_cache(maxsize=1)
def _goemotions(data: Path) -> Texts:
    return gather(data, [corpus for corpus in ENGLISH if corpus.name.startswith("GoEmotions")])


def _voices(data: Path, part: Part) -> list[tuple[str, str, int, Any]]:
    clips = read_clips(data) if part == "train" else _tess(data, part)
    return [(clip.id, clip.voice, EMOTIONS.index(clip.emotion), clip) for clip in clips]


def _tess(data: Path, part: Part) -> list[Clip]:
    table = data / "voice" / "metadata.csv"
    if not table.is_file():
        raise TrainingDataMissing(f"{str(table)!r} is not there; pass the folder that holds voice/ with --data")
    with table.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["corpus"] == MEASURED_ONLY]
    speakers = sorted({row["speaker"] for row in rows})
    if len(speakers) < 2:
        raise TrainingDataMissing(
            f"{str(table)!r} has {len(speakers)} speakers of TESS; it takes two, one to develop on and one to test on"
        )
    wanted = speakers[0 if part == "dev" else 1]
    return [
        Clip(
            corpus=row["corpus"],
            speaker=row["speaker"],
            emotion=Emotion(row["emotion"]),
            fold=0,
            file=table.parent / row["file"],
            start=int(row["start"]),
            frames=int(row["frames"]),
        )
        for row in rows
        if row["speaker"] == wanted
    ]
