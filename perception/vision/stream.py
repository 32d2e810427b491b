"""Pictures of a camera, read one after the other: faces are followed, and few pictures need a detector."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from perception.errors import ModelError
from perception.media.values import Frame
from perception.observation import Observation
from perception.vision.tracking import FaceTracker, Followed, TrackedFace

if TYPE_CHECKING:
    from perception.vision.embedded import EmbeddedVision


class FaceStream:
    """Reads the face that speaks to us in pictures that follow each other. One stream, one thread.

    Says of each picture what `EmbeddedVision.perceive` would, with two differences: the face stays the same one until
    another is clearly more present for a while, and time is that at which the pictures were captured.
    """

    def __init__(self, sense: EmbeddedVision) -> None:
        """Begin with nobody.

        Args:
            sense: that reads, and whose detector finds the faces; streams may share it.
        """
        self._sense = sense
        self._tracker: FaceTracker | None = None
        self._followed = _NOBODY

    @property
    def face(self) -> TrackedFace | None:
        """The one that was read last; None where there was none."""
        return self._followed.addressed

    @property
    def followed(self) -> Followed:
        """Everybody in the last picture."""
        return self._followed

    def read(self, frame: Frame) -> Observation:
        """Read the next picture; whatever is wrong with it becomes the status."""
        begun = time.perf_counter()
        self._followed = _NOBODY
        if frame.crop or frame.pixels.size == 0:
            return self._sense.perceive(frame)
        try:
            self._tracker = self._tracker or FaceTracker(self._sense.detector())
            self._followed = self._tracker.follow(frame.pixels, frame.captured_at.timestamp())
        except ModelError:
            # a detector that cannot be loaded: the sense says so in its own words
            return self._sense.perceive(frame)
        face = self._followed.addressed
        box = face.box if face else None
        return self._sense.read(frame, box, count=len(self._followed.faces), begun=begun)


_NOBODY = Followed(faces=(), addressed=None, detected=False)
