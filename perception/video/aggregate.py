"""What was seen in the frames of a video, as one observation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from perception.cues import Cue
from perception.emotions import EMOTIONS, EmotionScores
from perception.observation import Modality, Observation, Status


@dataclass(frozen=True, kw_only=True, slots=True)
class TimedObservation:
    """What was seen in one frame."""

    at: float
    """Seconds from the video's beginning."""
    observation: Observation
    """Of the vision sense."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"at": round(self.at, 3), **self.observation.as_dict()}


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoReading:
    """What was seen in a video."""

    observation: Observation
    """Of all its frames together."""
    frames: tuple[TimedObservation, ...]
    """Each, in the order of time."""

    @property
    def statuses(self) -> dict[Status, int]:
        """How many frames ended with which status, the commonest first."""
        return dict(Counter(frame.observation.status for frame in self.frames).most_common())


def aggregate(frames: Sequence[TimedObservation]) -> VideoReading:
    """Join what was seen over time: the mean of the scores, each weighted by its confidence.

    Only frames that could be read count; without any, it abstains for the commonest reason. The cue `frames {read, of}`
    says how many did, and the quality falls with their part.

    Args:
        frames: in the order of time, at least one.
    """
    read = [frame.observation for frame in frames if frame.observation.status is Status.OK]
    statuses = Counter(frame.observation.status for frame in frames)
    status = Status.OK if read else statuses.most_common(1)[0][0]
    joined = [frame.observation for frame in frames if frame.observation.status is status]
    counted = Cue(code="frames", params={"read": len(read), "of": len(frames)})
    hints = () if read else joined[0].cues
    observation = Observation(
        modality=Modality.VISION,
        status=status,
        model=joined[0].model,
        scores=_mean([seen.scores for seen in joined if seen.scores]),
        quality=sum(seen.quality for seen in joined) / len(frames),
        cues=(counted, *hints),
        latency_ms=sum(frame.observation.latency_ms for frame in frames),
        captured_at=frames[0].observation.captured_at,
    )
    return VideoReading(observation=observation, frames=tuple(frames))


def _mean(scores: Sequence[EmotionScores]) -> EmotionScores | None:
    if not scores:
        return None
    weights = [each.confidence for each in scores]
    return EmotionScores.normalised(
        np.average([[each[emotion] for emotion in EMOTIONS] for each in scores], axis=0, weights=weights)
    )
