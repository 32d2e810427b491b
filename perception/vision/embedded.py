"""The vision sense that needs nothing but what is installed."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Lock

from perception.cues import Cue
from perception.errors import ModelError
from perception.media.values import Frame
from perception.models.trouble import model_trouble
from perception.observation import Modality, Observation, Status
from perception.vision.classifier import SIDE, FaceClassifier
from perception.vision.detectors import default_detector
from perception.vision.faces import FaceBox, FaceDetector, addressed, grey_crop, whole
from perception.vision.quality import face_quality


class EmbeddedVision:
    """Reads the emotion of the face that speaks to us, with a small CNN trained on FER+.

    Implements `Perceiver[Frame]`. Of several faces it takes the largest near the middle, and says how many there are
    (`faces {count}`). It abstains with `no_face`, with `low_quality` (cues `face_small`, `face_dark`,
    `face_blurred`) and with `uncertain`, where its confidence is such that it would be wrong more often than right.
    """

    def __init__(
        self, *, detector: FaceDetector | None = None, model_file: Path | None = None, commercial_only: bool = False
    ) -> None:
        """Build it; weights load on first use.

        Args:
            detector: finds the faces; BlazeFace when it was downloaded, else OpenCV's cascade, when None.
            model_file: an ONNX file written by `attune train vision`; the one that ships when None.
            commercial_only: hold the one that ships back unless its card allows commercial use; the status is then
                `failed`, and the cue `model_refused` says why.
        """
        self._detector = detector
        self._classifier = FaceClassifier(model_file, commercial_only=commercial_only)
        self._lock = Lock()

    @property
    def modality(self) -> Modality:
        """Vision."""
        return Modality.VISION

    @property
    def model(self) -> str:
        """Name and version of the network."""
        return self._classifier.model

    def warm_up(self) -> None:
        """Load detector and network now.

        Raises:
            ModelMissing: the weights are not on this machine.
            ModelRefused: a file is not the model it should be.
        """
        self._classifier.load()
        self._found_detector().warm_up()

    def perceive(self, evidence: Frame, /) -> Observation:
        """Read one picture; whatever is wrong with it becomes the status."""
        begun = time.perf_counter()
        try:
            return self._look(evidence, begun)
        except ModelError as error:
            return self._abstain(evidence, begun, *model_trouble(error))

    def _look(self, frame: Frame, begun: float) -> Observation:
        if frame.pixels.size == 0:
            return self._abstain(frame, begun, Status.EMPTY)
        self._classifier.load()
        faces = (whole(frame.pixels),) if frame.crop else self._found_detector().detect(frame.pixels)
        if not faces:
            return self._abstain(frame, begun, Status.NO_FACE)
        return self._read(frame, faces, begun)

    def _read(self, frame: Frame, faces: tuple[FaceBox, ...], begun: float) -> Observation:
        height, width = frame.pixels.shape[:2]
        face = addressed(faces, height=height, width=width)
        crop = grey_crop(frame.pixels, face, side=SIDE)
        quality = face_quality(crop, pixels=face.side)
        reading = self._classifier.read(crop)
        count = (Cue(code="faces", params={"count": len(faces)}),) if len(faces) > 1 else ()
        certain = reading.scores.confidence >= self._classifier.uncertain_below
        return Observation(
            modality=self.modality,
            status=Status.LOW_QUALITY if not quality.readable else Status.OK if certain else Status.UNCERTAIN,
            model=self.model,
            scores=reading.scores,
            quality=quality.value,
            cues=(*count, *quality.cues()),
            latency_ms=_since(begun),
            captured_at=frame.captured_at,
            features=reading.features,
        )

    def _abstain(self, frame: Frame, begun: float, status: Status, *cues: Cue) -> Observation:
        return Observation(
            modality=self.modality,
            status=status,
            model=self.model,
            cues=cues,
            latency_ms=_since(begun),
            captured_at=frame.captured_at,
        )

    def _found_detector(self) -> FaceDetector:
        with self._lock:
            if self._detector is None:
                self._detector = default_detector()
            return self._detector


def _since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000
