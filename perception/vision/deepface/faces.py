"""What `DeepFace.analyze` answers, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from perception.emotions import Emotion, EmotionScores
from perception.vision.faces import FaceBox

LABELS: Final[Mapping[str, Emotion]] = {
    "angry": Emotion.ANGRY,
    "disgust": Emotion.DISGUST,
    "fear": Emotion.FEAR,
    "happy": Emotion.HAPPY,
    "sad": Emotion.SAD,
    "surprise": Emotion.SURPRISE,
    "neutral": Emotion.NEUTRAL,
}
"""DeepFace's emotions and ours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnalysedFace:
    """One face of an answer."""

    box: FaceBox
    """Where it is, as the detector framed it."""
    scores: EmotionScores
    """DeepFace's softmax, not calibrated."""


def analysed_faces(answer: Sequence[Mapping[str, Any]]) -> tuple[AnalysedFace, ...]:
    """The faces of an answer, in its order.

    Args:
        answer: For each face `emotion` in percent, `region` in pixels and `face_confidence` in [0, 1].

    Raises:
        ValueError: percentages that are not finite, as damaged weights give; or labels that are not DeepFace's.
    """
    return tuple(AnalysedFace(box=_box(face), scores=_scores(face["emotion"])) for face in answer)


def _scores(percent: Mapping[str, float]) -> EmotionScores:
    unknown = sorted(set(percent) ^ set(LABELS))
    if unknown:
        raise ValueError(f"DeepFace's emotions should be {', '.join(LABELS)}; unexpected or absent: {unknown}")
    return EmotionScores.of({LABELS[label].value: float(value) for label, value in percent.items()})


def _box(face: Mapping[str, Any]) -> FaceBox:
    region = face["region"]
    width, height = max(1.0, float(region["w"])), max(1.0, float(region["h"]))
    side = max(width, height)
    return FaceBox(
        left=float(region["x"]) + (width - side) / 2,
        top=float(region["y"]) + (height - side) / 2,
        side=side,
        score=float(face.get("face_confidence") or 0.0),
    )
