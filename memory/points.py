"""What is read of many turns at once, across the sessions of a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from perception import EmotionScores


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelinePoint:
    """How one turn felt."""

    session_id: str
    """Of its session."""
    number: int
    """Of the turn in its session, from 1."""
    started_at: datetime
    """UTC."""
    persona: str
    """Who answered."""
    scores: EmotionScores | None
    """The fused scores; None where no sense could tell, or none was asked."""
    reliability: float
    """How far they may be relied on, in [0, 1]; 0 without scores."""

    @property
    def valence(self) -> float | None:
        """In [-1, 1]; None without scores."""
        return self.scores.valence if self.scores else None

    @property
    def arousal(self) -> float | None:
        """In [-1, 1]; None without scores."""
        return self.scores.arousal if self.scores else None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "session_id": self.session_id,
            "number": self.number,
            "started_at": self.started_at.isoformat(),
            "persona": self.persona,
            **felt_dict(self.scores),
            "reliability": round(self.reliability, 4),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineBucket:
    """How the turns of one stretch of time felt together."""

    since: datetime
    """Where it begins, UTC."""
    until: datetime
    """Where it ends; what began at this moment belongs to the next."""
    turns: int
    """How many began in it, at least 1."""
    felt: int
    """How many of them have fused scores."""
    scores: EmotionScores | None
    """The mean of their scores, each turn alike; None when `felt` is 0."""
    reliability: float
    """Mean of theirs, in [0, 1]; 0 when `felt` is 0."""

    @property
    def valence(self) -> float | None:
        """Mean of the turns', in [-1, 1]; None without scores."""
        return self.scores.valence if self.scores else None

    @property
    def arousal(self) -> float | None:
        """Mean of the turns', in [-1, 1]; None without scores."""
        return self.scores.arousal if self.scores else None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "turns": self.turns,
            "felt": self.felt,
            **felt_dict(self.scores),
            "reliability": round(self.reliability, 4),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Pruned:
    """What a retention took, or would take."""

    turns: int = 0
    """Turns that began before the moment."""
    sessions: int = 0
    """Sessions that began before it and have no turn left."""
    users: int = 0
    """People who have no session left."""

    def __add__(self, other: Pruned) -> Pruned:
        return Pruned(
            turns=self.turns + other.turns, sessions=self.sessions + other.sessions, users=self.users + other.users
        )

    def __bool__(self) -> bool:
        return bool(self.turns or self.sessions or self.users)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"turns": self.turns, "sessions": self.sessions, "users": self.users}


def felt_dict(scores: EmotionScores | None) -> dict[str, Any]:
    """What is shown of scores over time, or its absence."""
    if scores is None:
        return {"top": None, "scores": None, "valence": None, "arousal": None}
    return {
        "top": scores.top.value,
        "scores": scores.as_dict(),
        "valence": round(scores.valence, 4),
        "arousal": round(scores.arousal, 4),
    }
