"""FER+ as training wants it: decoded, without duplicates, votes as targets, held-out faces kept apart."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS, Emotion
from perception.training.errors import TrainingDataMissing

TRAIN_FILE, VALID_FILE = "ferplus_train.npz", "ferplus_valid.npz"

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
_DEV_PERCENT = 5


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Faces:
    """Labelled face crops."""

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
        return Faces(images=self.images[chosen], targets=self.targets[chosen], original=self.original[chosen])

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
    """5 % of the training file by a hash of the pixels: for the epoch, the temperature and the threshold."""
    held_out: Faces
    """The validation file: for the reported figures alone."""
    dropped: dict[str, int]
    """How many images were left out, by reason."""


def load_ferplus(data: Path) -> FerPlus:
    """Read both files of FER+ from the data folder or its `face` folder.

    Raises:
        TrainingDataMissing: they are not there, or are not in the layout of FER+.
    """
    folder = data / "face" if (data / "face").is_dir() else data
    train, valid = _read(folder / TRAIN_FILE), _read(folder / VALID_FILE)
    train_hashes, valid_hashes = _hashes(train), _hashes(valid)
    train_new = _first_of_each(train_hashes, set(valid_hashes))
    valid_new = _first_of_each(valid_hashes, set())
    train_felt, valid_felt = train.targets.sum(axis=1) > 0, valid.targets.sum(axis=1) > 0
    is_dev = np.array([int.from_bytes(digest[:4]) % 100 < _DEV_PERCENT for digest in train_hashes])
    held_out = valid.where(valid_new & valid_felt)
    return FerPlus(
        train=train.where(train_new & train_felt & ~is_dev),
        dev=_decided(train.where(train_new & train_felt & is_dev)),
        held_out=_decided(held_out),
        dropped={
            "pixel duplicates in the training file or of a validation image": int((~train_new).sum()),
            "training images mostly voted contempt, unknown or no face": int((train_new & ~train_felt).sum()),
            "pixel duplicates in the validation file": int((~valid_new).sum()),
            "validation images mostly voted contempt, unknown or no face": int((valid_new & ~valid_felt).sum()),
            "validation images whose vote is a tie": int((~held_out.decided).sum()),
        },
    )


def _decided(faces: Faces) -> Faces:
    return faces.where(faces.decided)


def _read(path: Path) -> Faces:
    try:
        with np.load(path, allow_pickle=False) as archive:
            columns = {name: archive[name] for name in archive.files}
        return Faces(images=_images(columns), targets=_targets(columns), original=_original(columns))
    except FileNotFoundError as error:
        raise TrainingDataMissing(
            f"FER+ is not at {str(path)!r}; --data takes the folder that holds face/{TRAIN_FILE} and face/{VALID_FILE}"
        ) from error
    except (KeyError, ValueError, OSError) as error:
        raise TrainingDataMissing(
            f"{str(path)!r} is not FER+ as expected ({error}); it needs webp, offsets, votes, vote_names, "
            "fer2013_label and label_names"
        ) from error


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
    names = [str(name) for name in columns["vote_names"]]
    votes = columns["votes"].astype(np.float32)
    ours = votes[:, [names.index(_VOTED[emotion]) for emotion in EMOTIONS]]
    # one dissenting vote of ten is noise (Barsoum et al. 2016 drop it too)
    heard = np.where(ours > 1, ours, 0)
    heard[2 * ours.sum(axis=1) <= votes.sum(axis=1)] = 0
    return np.asarray(heard / np.maximum(heard.sum(axis=1, keepdims=True), 1), dtype=np.float32)


def _original(columns: dict[str, NDArray[Any]]) -> NDArray[np.int64]:
    order = [EMOTIONS.index(Emotion(str(name))) for name in columns["label_names"]]
    return np.asarray(np.array(order, dtype=np.int64)[columns["fer2013_label"]], dtype=np.int64)


def _hashes(faces: Faces) -> list[bytes]:
    return [blake2b(image.tobytes(), digest_size=16).digest() for image in faces.images]


def _first_of_each(hashes: list[bytes], taken: set[bytes]) -> NDArray[np.bool_]:
    """True for each hash neither taken nor seen before."""
    seen, fresh = set(taken), []
    for digest in hashes:
        fresh.append(digest not in seen)
        seen.add(digest)
    return np.array(fresh, dtype=np.bool_)
