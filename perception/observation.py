"""What one sense says about one turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from perception.cues import Cue
from perception.emotions import EmotionScores


class Modality(StrEnum):
    """The senses that feel. The order is that of display."""

    VISION = "vision"
    AUDIO = "audio"
    TEXT = "text"


class Status(StrEnum):
    """Whether a sense could tell, and if not, why. Abstaining is a result; it never becomes neutral."""

    OK = "ok"
    UNCERTAIN = "uncertain"
    EMPTY = "empty"
    NO_FACE = "no_face"
    NO_SPEECH = "no_speech"
    TOO_SHORT = "too_short"
    LOW_QUALITY = "low_quality"
    UNSUPPORTED_LANGUAGE = "unsupported_language"
    DISABLED = "disabled"
    TIMEOUT = "timeout"
    MODEL_MISSING = "model_missing"
    FAILED = "failed"


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """The result of one perceiver on one piece of evidence."""

    modality: Modality
    """The sense that speaks."""
    status: Status
    """`ok` when the scores may be used; anything else says why not."""
    model: str
    """Name and version of the model that looked, such as `ferplus-cnn-2`."""
    scores: EmotionScores | None = None
    """Whenever they could be computed, also when uncertain; fusion ignores all but `ok`."""
    quality: float = 0.0
    """How good the evidence was (sharpness, loudness, length), in [0, 1]."""
    cues: tuple[Cue, ...] = ()
    """What was noticed, hints for a person among it (`model_missing {model, command}`)."""
    latency_ms: float = 0.0
    """Wall time of the perceiver, in milliseconds."""
    captured_at: datetime = field(default_factory=now)
    """When the evidence was captured, with time zone."""
    features: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
    """A vector for fusion networks. In memory only: never serialised, never stored."""

    def __post_init__(self) -> None:
        if self.status is Status.OK and self.scores is None:
            raise ValueError(f"an observation of {self.modality} with status ok needs scores")
        if not 0.0 <= self.quality <= 1.0:
            raise ValueError(f"quality of {self.modality} must be in [0, 1], got {self.quality!r}")

    def without_features(self) -> Observation:
        """The same observation, fit to be stored."""
        return replace(self, features=None)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready and without `features`."""
        return {
            "modality": self.modality.value,
            "status": self.status.value,
            "scores": self.scores.as_dict() if self.scores else None,
            "quality": round(self.quality, 4),
            "cues": [cue.as_dict() for cue in self.cues],
            "model": self.model,
            "latency_ms": round(self.latency_ms, 2),
            "captured_at": self.captured_at.isoformat(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `as_dict`."""
        return cls(
            modality=Modality(data["modality"]),
            status=Status(data["status"]),
            scores=EmotionScores.of(data["scores"]) if data["scores"] else None,
            quality=data["quality"],
            cues=tuple(Cue.from_dict(cue) for cue in data["cues"]),
            model=data["model"],
            latency_ms=data["latency_ms"],
            captured_at=datetime.fromisoformat(data["captured_at"]),
        )
