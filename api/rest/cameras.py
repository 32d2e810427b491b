"""The cameras of `/v1/live_vision`: what is known of each, and no queue of pictures."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from perception import Modality, Observation, Perceiver, Status
from perception.live.faces import IDLE, LIMITS
from perception.live.smoother import AffectSmoother
from perception.media import decode_image

if TYPE_CHECKING:
    from agent.senses import Senses
    from api.telemetry import Metrics
    from perception import Frame
    from perception.vision.tracking import TrackedFace

THREADS: Final = 2
"""Pictures that are read at once, of all cameras; turns have threads of their own."""
MOST: Final = 256
"""Cameras that are known; the one that was silent longest is forgotten first."""


class Cameras:
    """Reads pictures at once or not at all. Belongs to one event loop."""

    def __init__(self, senses: Senses, metrics: Metrics, *, most: int = MOST, threads: int = THREADS) -> None:
        """Begin with none.

        Args:
            senses: Their sense of sight reads.
            metrics: Told of each picture.
            most: Cameras at once.
            threads: Pictures at once.
        """
        self._sense = senses.perceiver(Modality.VISION)
        self._patience = senses.limit(Modality.VISION)
        self._metrics = metrics
        self._most, self._threads = most, threads
        self._known: OrderedDict[str, _Camera] = OrderedDict()
        self._reading = 0
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="attune-camera")

    async def look(self, name: str, image: bytes, *, crop: bool = False) -> dict[str, Any]:
        """Read the next picture of a camera; JSON-ready, as `LiveVisionShape`.

        Args:
            name: Of the camera.
            image: As `decode_image` takes it.
            crop: It is a face crop already.

        Raises:
            MediaError: the picture cannot be read.
        """
        if self._sense is None:
            seen = Observation(modality=Modality.VISION, status=Status.DISABLED, model="none")
            return _Camera(observation=seen).as_dict(dropped=False)
        camera = self._camera(name, self._sense)
        if camera.busy or self._reading >= self._threads:
            self._metrics.live_frame("dropped")
            return camera.as_dict(dropped=True)
        await self._read(camera, image, crop)
        self._metrics.live_frame("observed")
        return camera.as_dict(dropped=False)

    def close(self) -> None:
        """Forget all; what is being read is abandoned."""
        self._known.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _camera(self, name: str, sense: Perceiver[Frame]) -> _Camera:
        moment = time.monotonic()
        known = self._known.pop(name, None)
        if known is None or moment - known.heard > IDLE:
            known = _Camera(sense=sense)
        known.heard = moment
        self._known[name] = known
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return known

    async def _read(self, camera: _Camera, image: bytes, crop: bool) -> None:
        camera.busy = True
        self._reading += 1
        reading = asyncio.get_running_loop().run_in_executor(self._pool, camera.read, image, crop)

        def done(_: object) -> None:
            camera.busy = False
            self._reading -= 1

        # whoever waits may give up before the thread is done, which is busy until then
        reading.add_done_callback(done)
        try:
            await asyncio.wait_for(asyncio.shield(reading), self._patience)
        except TimeoutError:
            model = self._sense.model if self._sense else "none"
            camera.observation = Observation(modality=Modality.VISION, status=Status.TIMEOUT, model=model)


@dataclass(kw_only=True, slots=True)
class _Camera:
    """One camera. While it is busy, the thread that reads owns it."""

    sense: Perceiver[Frame] | None = None
    reader: Any = None
    smoother: AffectSmoother = field(default_factory=AffectSmoother)
    observation: Observation | None = None
    face: TrackedFace | None = None
    heard: float = 0.0
    busy: bool = False

    def read(self, image: bytes, crop: bool) -> None:
        """Decode and read; blocks."""
        frame = decode_image(image, limits=LIMITS, crop=crop)
        if self.reader is None:
            # a sense that cannot follow faces reads each picture for itself
            track = getattr(self.sense, "track", None)
            self.reader = track() if track else self.sense
        seen = self.reader.read(frame) if hasattr(self.reader, "read") else self.reader.perceive(frame)
        self.face = getattr(self.reader, "face", None)
        self.observation = seen.without_features()
        self.smoother.take(seen)

    def as_dict(self, *, dropped: bool) -> dict[str, Any]:
        steady, face = self.smoother.now, self.face
        box = face.box if face else None
        return {
            "observation": self.observation.as_dict() if self.observation else None,
            "steady": steady.emotion.value if steady.emotion else None,
            "scores": steady.scores.as_dict() if steady.scores else None,
            "face": {"left": box.left, "top": box.top, "side": box.side} if box else None,
            "dropped": dropped,
        }
