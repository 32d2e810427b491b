"""Faces made worse in every way that training knows, read by the face network many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evals.perception.values import Answer
from evals.robustness.measured import Condition, measure_condition
from evals.robustness.values import CLEAN, HeardRow
from perception import Emotion, EmotionScores
from perception.training.vision.webcam import KINDS, degrade
from perception.vision.classifier import FaceClassifier
from perception.vision.quality import face_quality

Progress = Callable[[int, int], None]
"""Told how many kinds are done, and of how many."""

STRENGTH: Final = 0.5
"""How much worse, unless told otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FaceCrop:
    """A face as the network sees it."""

    line: int
    """In the manifest, counted from 1."""
    id: str | int
    """As the manifest has it."""
    truth: Emotion
    """Its label."""
    group: str | None
    """What it depends on; None where that is not known."""
    crop: NDArray[np.uint8]
    """Grey, 48 x 48."""
    pixels: float
    """Side of the face in its picture."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceRobustness:
    """What was found."""

    strength: float
    """How much worse the crops were made, in [0, 1]."""
    model: str
    """Name and version of the network."""
    rows: int
    """Faces."""
    conditions: tuple[Condition, ...]
    """As they are, and by kind, in the order of `KINDS`."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, figures rounded to 4 digits."""
        return {
            "strength": self.strength,
            "model": self.model,
            "rows": self.rows,
            "conditions": [each.as_dict() for each in self.conditions],
        }


def degrade_faces(
    faces: Sequence[FaceCrop],
    classifier: FaceClassifier,
    *,
    strength: float = STRENGTH,
    kinds: Iterable[str] = tuple(KINDS),
    seed: int = 0,
    resamples: int = 1000,
    progress: Progress | None = None,
) -> FaceRobustness:
    """Read every face as it is and with each thing done to it.

    What is left to chance, such as the side a hand comes from, is drawn for each face and kind by itself: a face meets
    the same whatever else is asked.

    Args:
        faces: At least one.
        classifier: The face network.
        strength: From 0, hardly seen, to 1, the worst that training shows.
        kinds: Out of `KINDS`.
        seed: Of the degradations and of the bootstrap.
        resamples: Of the bootstrap; 0 leaves the intervals out.
        progress: Told after each kind.

    Raises:
        ModelError: the network cannot be loaded.
        ValueError: there are no faces, or the strength is not in [0, 1].
    """
    if not faces or not 0 <= strength <= 1:
        raise ValueError(f"degrading takes faces and a strength in [0, 1], got {len(faces)} and {strength!r}")
    names = (CLEAN, *kinds)
    answers: dict[str, list[Answer]] = {}
    for done, name in enumerate(names):
        crops = np.stack([_worse(each, name, strength, seed) for each in faces])
        answers[name] = _answers(faces, crops, classifier)
        if progress is not None:
            progress(done + 1, len(names))
    rows = [
        HeardRow(
            line=face.line,
            id=face.id,
            truth=face.truth,
            group=face.group,
            answers={name: answers[name][place] for name in names},
        )
        for place, face in enumerate(faces)
    ]
    return FaceRobustness(
        strength=strength,
        model=classifier.model,
        rows=len(rows),
        conditions=tuple(measure_condition(name, rows, resamples=resamples, seed=seed) for name in names),
    )


def _worse(face: FaceCrop, kind: str, strength: float, seed: int) -> NDArray[np.uint8]:
    if kind == CLEAN:
        return face.crop
    return degrade(face.crop, kind, strength, np.random.default_rng((seed, tuple(KINDS).index(kind), face.line)))


def _answers(faces: Sequence[FaceCrop], crops: NDArray[np.uint8], classifier: FaceClassifier) -> list[Answer]:
    """With the statuses that the sense would give."""
    answers = []
    for face, crop, told in zip(faces, crops, classifier.read_many(crops), strict=True):
        quality = face_quality(crop, pixels=face.pixels)
        sure = float(told.max()) >= classifier.uncertain_below
        answers.append(
            Answer(
                status="low_quality" if not quality.readable else "ok" if sure else "uncertain",
                scores=EmotionScores.normalised(told),
                quality=quality.value,
                latency_ms=0.0,
                model=classifier.model,
            )
        )
    return answers
