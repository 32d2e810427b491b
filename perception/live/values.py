"""What the live link tells."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from perception.live.smoother import SmoothedAffect
from perception.observation import Observation
from perception.vision.tracking import TrackedFace


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveUpdate:
    """What was seen of one person."""

    person: str
    """As offered."""
    observation: Observation
    """Of the picture read last."""
    affect: SmoothedAffect
    """Steady: what may be shown."""
    face: TrackedFace | None
    """Where the face is; None where nobody speaks to us."""
    age_ms: float
    """Milliseconds from the capture to this update, at least 0; the clocks of both ends go into it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveStatistics:
    """What became of the pictures: those offered are dropped, read, failed, or still under way."""

    offered: int = 0
    """Pictures that came in."""
    dropped: int = 0
    """Replaced by a newer one while they waited, late, of somebody who left, or of one too many."""
    read: int = 0
    """Pictures that became an observation."""
    published: int = 0
    """Observations that were told."""
    failed: int = 0
    """Pictures that could not be decoded or read."""

    def as_dict(self) -> dict[str, int]:
        """JSON-ready."""
        return asdict(self)
