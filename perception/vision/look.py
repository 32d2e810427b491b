"""One look at one picture, from its begin to the observation."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from perception.cues import Cue
from perception.emotions import EmotionScores
from perception.media.values import Frame
from perception.observation import Modality, Observation, Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What every observation of a picture says, whatever comes out of it."""

    frame: Frame
    """The picture."""
    model: str
    """Name and version of the model that looks."""
    begun: float = field(default_factory=time.perf_counter)
    """When the look began, in seconds of `time.perf_counter`."""

    def observe(
        self, status: Status, *cues: Cue, scores: EmotionScores | None = None, quality: float = 0.0
    ) -> Observation:
        """End the look.

        Args:
            status: Whether the emotion could be told.
            cues: What was noticed.
            scores: When they could be computed.
            quality: Of the face, in [0, 1].
        """
        return Observation(
            modality=Modality.VISION,
            status=status,
            model=self.model,
            scores=scores,
            quality=quality,
            cues=cues,
            latency_ms=(time.perf_counter() - self.begun) * 1000,
            captured_at=self.frame.captured_at,
        )
