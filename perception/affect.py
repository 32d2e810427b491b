"""What all senses together say about a turn, and how the affect of a person moves over turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from perception.cues import Conflict
from perception.emotions import Emotion, EmotionScores
from perception.observation import Modality, Observation


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """The weight one observation really got, and why."""

    modality: Modality
    """The sense weighed."""
    weight: float
    """Its part of the fused scores, in [0, 1]; all shares of an affect sum to 1, or to 0 when no sense could tell."""
    reason: str
    """A code: `weighted`, the status that silenced the sense (`no_face`), or the rule that did."""

    def as_dict(self) -> dict[str, Any]:
        return {"modality": self.modality.value, "weight": round(self.weight, 4), "reason": self.reason}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(modality=Modality(data["modality"]), weight=data["weight"], reason=data["reason"])


@dataclass(frozen=True, kw_only=True, slots=True)
class Affect:
    """The fused affect of one turn, with its evidence record."""

    scores: EmotionScores | None
    """None when no sense could tell."""
    shares: tuple[Share, ...]
    """One for each observation, in the order of `observations`."""
    conflicts: tuple[Conflict, ...]
    """Where the senses disagree."""
    reliability: float
    """How far the fused scores may be relied on, in [0, 1]."""
    observations: tuple[Observation, ...]
    """The evidence."""

    def observation(self, modality: Modality) -> Observation | None:
        """The observation of one sense, if it was asked."""
        return next((o for o in self.observations if o.modality is modality), None)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; the observations are left out, since they travel beside the affect."""
        return {
            "top": self.scores.top.value if self.scores else None,
            "scores": self.scores.as_dict() if self.scores else None,
            "valence": round(self.scores.valence, 4) if self.scores else None,
            "arousal": round(self.scores.arousal, 4) if self.scores else None,
            "confidence": round(self.scores.confidence, 4) if self.scores else None,
            "reliability": round(self.reliability, 4),
            "shares": [share.as_dict() for share in self.shares],
            "conflicts": [conflict.as_dict() for conflict in self.conflicts],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], observations: tuple[Observation, ...]) -> Self:
        """The inverse of `as_dict`, given the observations."""
        return cls(
            scores=EmotionScores.of(data["scores"]) if data["scores"] else None,
            shares=tuple(Share.from_dict(share) for share in data["shares"]),
            conflicts=tuple(Conflict.from_dict(conflict) for conflict in data["conflicts"]),
            reliability=data["reliability"],
            observations=observations,
        )


Trend = Literal["rising", "falling", "steady"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mood:
    """Affect over time for one person."""

    scores: EmotionScores
    """Exponentially smoothed scores, the latest turn weighing most."""
    trend: Trend
    """Where valence is going."""
    volatility: float
    """Standard deviation of valence over the turns looked at, in [0, 1]."""
    baseline: EmotionScores
    """The person's mean over the turns looked at."""
    last_shift: Emotion | None
    """What the top emotion was before it last changed; None when it never did."""
    turns: int
    """How many turns with a fused affect it rests on."""
