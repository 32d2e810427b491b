"""The vision sense that needs nothing but what is installed."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from perception.cues import Cue
from perception.errors import ModelError
from perception.media.values import Frame
from perception.models.trouble import model_trouble
from perception.observation import Modality, Observation, Status
from perception.vision.classifier import SIDE, FaceClassifier
from perception.vision.detectors import default_detector
from perception.vision.faces import FaceBox, FaceDetector, addressed, grey_crop, whole
from perception.vision.facts import FaceFacts
from perception.vision.quality import face_quality

if TYPE_CHECKING:
    from perception.vision.heat import HeatMap
    from perception.vision.stream import FaceStream


class EmbeddedVision:
    """Reads the emotion of the face that speaks to us, with a small CNN trained on FER+.

    Implements `Perceiver[Frame]`. Of several faces it takes the largest near the middle, and says how many there are
    (`faces {count}`); a head that leans is turned upright. It abstains with `no_face`, with `low_quality` (cues
    `face_small`, `face_dark`, `face_blurred`, `face_turned`) and with `uncertain`, where its confidence is such that
    it would be wrong more often than right. Where the face mesh was downloaded it also says what shows, such as
    `smile_corners` or `head_turned {degrees}` (see `perception.vision.facts`), but not of pictures of a stream.
    """

    def __init__(
        self,
        *,
        detector: FaceDetector | None = None,
        model_file: Path | None = None,
        commercial_only: bool = False,
        facts: bool = True,
    ) -> None:
        """Build it; weights load on first use.

        Args:
            detector: finds the faces; BlazeFace when it was downloaded, else OpenCV's cascade, when None.
            model_file: an ONNX file written by `attune train vision`; the one that ships when None.
            commercial_only: hold the one that ships back unless its card allows commercial use; the status is then
                `failed`, and the cue `model_refused` says why.
            facts: say what shows in a face; the mesh behind that costs more than the network (`attune bench vision`).
        """
        self._detector = detector
        self._facts = FaceFacts() if facts else None
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
        self.detector().warm_up()
        if self._facts is not None:
            self._facts.warm_up()

    def perceive(self, evidence: Frame, /) -> Observation:
        """Read one picture; whatever is wrong with it becomes the status."""
        begun = time.perf_counter()
        try:
            return self._look(evidence, begun)
        except ModelError as error:
            return self._abstain(evidence, begun, *model_trouble(error))

    def explain(self, evidence: Frame, /) -> HeatMap | None:
        """Which parts of the face that speaks to us carry its emotion; None without a face. About a second.

        Raises:
            ModelError: detector or network cannot be loaded.
        """
        from perception.vision.heat import heat_of_face

        face = self._find(evidence)[0] if evidence.pixels.size else None
        return heat_of_face(self._classifier.read_many, evidence.pixels, face, side=SIDE) if face else None

    def track(self) -> FaceStream:
        """Begin to read pictures that follow each other, such as those of a camera, at a fraction of the cost."""
        from perception.vision.stream import FaceStream

        return FaceStream(self)

    def detector(self) -> FaceDetector:
        """What finds the faces."""
        with self._lock:
            if self._detector is None:
                self._detector = default_detector()
            return self._detector

    def read(self, frame: Frame, face: FaceBox | None, *, count: int, begun: float) -> Observation:
        """Read a face whose place is known.

        Args:
            frame: the picture.
            face: where it is; None where nobody is there.
            count: faces in the picture.
            begun: when looking at the picture began, in seconds of `time.perf_counter`.
        """
        try:
            self._classifier.load()
            if face is None:
                return self._abstain(frame, begun, Status.NO_FACE)
            return self._read(frame, face, count, begun)
        except ModelError as error:
            return self._abstain(frame, begun, *model_trouble(error))

    def _look(self, frame: Frame, begun: float) -> Observation:
        if frame.pixels.size == 0:
            return self._abstain(frame, begun, Status.EMPTY)
        self._classifier.load()
        face, count = self._find(frame)
        seen = self.read(frame, face, count=count, begun=begun)
        if self._facts is None or face is None or seen.scores is None:
            return seen
        cues = self._facts.cues(frame.pixels, face)
        return replace(seen, cues=(*seen.cues, *cues), latency_ms=_since(begun))

    def _find(self, frame: Frame) -> tuple[FaceBox | None, int]:
        """The face that speaks to us, and how many there are."""
        faces = (whole(frame.pixels),) if frame.crop else self.detector().detect(frame.pixels)
        height, width = frame.pixels.shape[:2]
        return (addressed(faces, height=height, width=width) if faces else None), len(faces)

    def _read(self, frame: Frame, face: FaceBox, count: int, begun: float) -> Observation:
        crop = grey_crop(frame.pixels, face, side=SIDE)
        quality = face_quality(crop, pixels=face.side, turned=face.turned)
        reading = self._classifier.read(crop)
        counted = (Cue(code="faces", params={"count": count}),) if count > 1 else ()
        certain = reading.scores.confidence >= self._classifier.uncertain_below
        return Observation(
            modality=self.modality,
            status=Status.LOW_QUALITY if not quality.readable else Status.OK if certain else Status.UNCERTAIN,
            model=self.model,
            scores=reading.scores,
            quality=quality.value,
            cues=(*counted, *quality.cues()),
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


def _since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000
