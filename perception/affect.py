"""What all senses together say about a turn, and how the affect of a person moves over turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Self

from perception.cues import Conflict, Cue
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
class Fired:
    """One thing that a rule of the policy, or the person's own word, has changed in a turn."""

    rule: str
    """Id of the rule; `correction` or `self_statement` for the person's own word."""
    action: str
    """`ignore`, `trust`, `conflict` or `note`; `override` for the person's own word."""
    target: str
    """The sense that was weighed, the code that was added, or `fused`."""
    before: float | str | None = None
    """What it was: the trust in a sense, or the fused emotion; None where there was nothing."""
    after: float | str | None = None
    """What it became."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "action": self.action,
            "target": self.target,
            "before": self.before,
            "after": self.after,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            rule=data["rule"],
            action=data["action"],
            target=data["target"],
            before=data["before"],
            after=data["after"],
        )


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
    fired: tuple[Fired, ...] = ()
    """What the policy has changed, in order."""
    notes: tuple[Cue, ...] = ()
    """What the policy wants noticed beside what the senses did."""

    def observation(self, modality: Modality) -> Observation | None:
        """The observation of one sense, if it was asked."""
        return next((o for o in self.observations if o.modality is modality), None)

    @property
    def sensed(self) -> Emotion | None:
        """What the senses made of it, before the person's own word."""
        for fired in self.fired:
            if fired.action == "override":
                return Emotion(str(fired.before)) if fired.before else None
        return self.scores.top if self.scores else None

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
            "fired": [fired.as_dict() for fired in self.fired],
            "notes": [note.as_dict() for note in self.notes],
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
            fired=tuple(Fired.from_dict(fired) for fired in data.get("fired", ())),
            notes=tuple(Cue.from_dict(note) for note in data.get("notes", ())),
        )


Trend = Literal["rising", "falling", "steady"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mood:
    """Affect over time for one person. A sitting is a stretch of turns without a long silence between them."""

    scores: EmotionScores
    """Smoothed over turns and minutes, the latest turn weighing most; after a silence they return to the baseline."""
    trend: Trend
    """Where valence is going in this sitting."""
    volatility: float
    """Root mean square of the changes of valence from turn to turn, over the last turns of this sitting, in [0, 1]."""
    baseline: EmotionScores
    """How the person usually feels: what a silence returns to."""
    last_shift: Emotion | None
    """The state before the present one; None when it never changed in this sitting."""
    turns: int
    """How many turns with a fused affect it rests on, those of earlier sittings among them."""
    state: Emotion | None = None
    """What led the smoothed scores after the last turn, held against near ties; None before a sitting's first one."""
    last_shift_turn: int | None = None
    """Number of the turn with which the present state began to show; None where `last_shift` is."""
    time_in_state: timedelta = timedelta(0)
    """How long ago that was, or the beginning of the sitting where the state never changed."""
    turns_in_state: int = 0
    """How many turns with a fused affect have passed in it."""
    sitting: int = 0
    """How many of `turns` are of this sitting."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "state": self.state.value if self.state else None,
            "trend": self.trend,
            "valence": round(self.scores.valence, 4),
            "scores": self.scores.as_dict(),
            "baseline": self.baseline.as_dict(),
            "volatility": round(self.volatility, 4),
            "last_shift": self.last_shift.value if self.last_shift else None,
            "last_shift_turn": self.last_shift_turn,
            "seconds_in_state": round(self.time_in_state.total_seconds(), 3),
            "turns_in_state": self.turns_in_state,
            "sitting": self.sitting,
            "turns": self.turns,
        }
