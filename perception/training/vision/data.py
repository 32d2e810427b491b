"""FER+ as training wants it: decoded, votes as targets, no face and no near copy of one in two parts."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS, Emotion
from perception.training.errors import TrainingDataMissing
from perception.training.experiments.trials import at_most
from perception.training.splits import Item, Part, SplitRule, Splits, image_fingerprint, make_splits

TRAIN_FILE, VALID_FILE = "ferplus_train.npz", "ferplus_valid.npz"
RULE: Final = SplitRule(dev=0.1, test=0.0)
"""A tenth of the training file develops; the validation file tests."""

# FER+'s and FER2013's names of our emotions; votes for anything else are for no emotion of ours
_VOTED = {
    Emotion.HAPPY: "happiness",
    Emotion.SAD: "sadness",
    Emotion.ANGRY: "anger",
    Emotion.FEAR: "fear",
    Emotion.SURPRISE: "surprise",
    Emotion.DISGUST: "disgust",
    Emotion.NEUTRAL: "neutral",
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Faces:
    """Labelled face crops."""

    ids: tuple[str, ...]
    """File and row of each: `train/17`."""
    images: NDArray[np.uint8]
    """n x 48 x 48, grey."""
    targets: NDArray[np.float32]
    """n x 7, each row the part of the votes each emotion got, summing to 1."""
    original: NDArray[np.int64]
    """The FER2013 label of each face, as an index into `EMOTIONS`."""

    def __len__(self) -> int:
        return len(self.images)

    def where(self, chosen: NDArray[np.bool_]) -> Faces:
        """The faces for which `chosen` is true."""
        return Faces(
            ids=tuple(each for each, kept in zip(self.ids, chosen, strict=True) if kept),
            images=self.images[chosen],
            targets=self.targets[chosen],
            original=self.original[chosen],
        )

    @property
    def felt(self) -> NDArray[np.bool_]:
        """Whether most votes are for emotions of ours."""
        return np.asarray(self.targets.sum(axis=1) > 0)

    @property
    def decided(self) -> NDArray[np.bool_]:
        """Whether one emotion got more votes than any other."""
        first_two = np.sort(self.targets, axis=1)[:, -2:]
        return np.asarray(first_two[:, 1] - first_two[:, 0] > 1e-6)

    @property
    def truth(self) -> NDArray[np.int64]:
        """The emotion with most votes, as an index into `EMOTIONS`."""
        return np.asarray(self.targets.argmax(axis=1), dtype=np.int64)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FerPlus:
    """The three parts no face is shared by, and what was dropped."""

    train: Faces
    """To fit weights to."""
    dev: Faces
    """For the epoch, the calibration and the threshold."""
    test: Faces
    """For the reported figures alone."""
    splits: Splits
    """Which image is in which part, and which were dropped as copies."""
    undecided: int
    """Images left out beside: mostly voted contempt, unknown or no face, or tied where one truth is needed."""


def load_ferplus(data: Path, *, limit: int | None = None) -> FerPlus:
    """Read both files of FER+ from the data folder or its `face` folder, and part them.

    Args:
        data: that folder.
        limit: at most so many images of both, chosen by hash.

    Raises:
        TrainingDataMissing: they are not there, or are not in the layout of FER+.
    """
    folder = data / "face" if (data / "face").is_dir() else data
    train, valid = _read(folder / TRAIN_FILE), _read(folder / VALID_FILE)
    kept = at_most([*train.ids, *valid.ids], limit)
    train, valid = train.where(kept[: len(train)]), valid.where(kept[len(train) :])
    splits = make_splits([*_items(train, None), *_items(valid, "test")], RULE)
    trained, dev = _part(train, splits, "train"), _part(train, splits, "dev")
    test = _part(valid, splits, "test")
    parts = [trained.where(trained.felt), dev.where(dev.felt & dev.decided), test.where(test.felt & test.decided)]
    before, after = (sum(map(len, each)) for each in ((trained, dev, test), parts))
    return FerPlus(train=parts[0], dev=parts[1], test=parts[2], splits=splits, undecided=before - after)


def _items(faces: Faces, official: Part | None) -> list[Item]:
    """Each image is a group of its own, by its pixels: a copy must not be elsewhere."""
    prints = [image_fingerprint(image) for image in faces.images]
    return [
        Item(id=each, corpus="ferplus", group=made.exact, fingerprint=made, official=official)
        for each, made in zip(faces.ids, prints, strict=True)
    ]


def _part(faces: Faces, splits: Splits, part: Part) -> Faces:
    wanted = set(splits.parts[part])
    return faces.where(np.array([each in wanted for each in faces.ids], dtype=np.bool_))


def _read(path: Path) -> Faces:
    try:
        with np.load(path, allow_pickle=False) as archive:
            columns = {name: archive[name] for name in archive.files}
        images = _images(columns)
        ids = _ids(path.stem.removeprefix("ferplus_"), len(images))
        return Faces(ids=ids, images=images, targets=_targets(columns), original=_original(columns))
    except FileNotFoundError as error:
        raise TrainingDataMissing(
            f"FER+ is not at {str(path)!r}; --data takes the folder that holds face/{TRAIN_FILE} and face/{VALID_FILE}"
        ) from error
    except (KeyError, ValueError, OSError) as error:
        raise TrainingDataMissing(
            f"{str(path)!r} is not FER+ as expected ({error}); it needs webp, offsets, votes, vote_names, "
            "fer2013_label and label_names"
        ) from error


def _ids(file: str, rows: int) -> tuple[str, ...]:
    return tuple(f"{file}/{row}" for row in range(rows))


def _images(columns: dict[str, NDArray[Any]]) -> NDArray[np.uint8]:
    from PIL import Image

    blob, offsets = columns["webp"].tobytes(), columns["offsets"]
    pictures = [
        np.asarray(Image.open(io.BytesIO(blob[start:end])).convert("L"), dtype=np.uint8)
        for start, end in itertools.pairwise(offsets)
    ]
    return np.stack(pictures)


def _targets(columns: dict[str, NDArray[Any]]) -> NDArray[np.float32]:
    """Votes as parts of 1; a row of zeros where no emotion of ours can be said to be shown."""
    names: Sequence[str] = [str(name) for name in columns["vote_names"]]
    votes = columns["votes"].astype(np.float32)
    ours = votes[:, [names.index(_VOTED[emotion]) for emotion in EMOTIONS]]
    # one dissenting vote of ten is noise (Barsoum et al. 2016 drop it too)
    heard = np.where(ours > 1, ours, 0)
    heard[2 * ours.sum(axis=1) <= votes.sum(axis=1)] = 0
    return np.asarray(heard / np.maximum(heard.sum(axis=1, keepdims=True), 1), dtype=np.float32)


def _original(columns: dict[str, NDArray[Any]]) -> NDArray[np.int64]:
    order = [EMOTIONS.index(Emotion(str(name))) for name in columns["label_names"]]
    return np.asarray(np.array(order, dtype=np.int64)[columns["fer2013_label"]], dtype=np.int64)
