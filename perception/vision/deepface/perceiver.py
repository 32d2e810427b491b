"""DeepFace as a sense of sight."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, Final

import numpy as np

from perception.cues import Cue
from perception.errors import ModelError, ModelMissing, ModelRefused
from perception.media.values import Frame
from perception.models.trouble import model_trouble
from perception.observation import Modality, Observation, Status
from perception.vision.deepface.faces import AnalysedFace, analysed_faces
from perception.vision.deepface.weights import DETECTORS, INSTALL, Detector, check_files, deepface_name
from perception.vision.faces import addressed, grey_crop, whole
from perception.vision.look import Look
from perception.vision.quality import face_quality

UNCERTAIN_BELOW: Final = 0.5
"""Below it, the other emotions together are likelier than the one named."""
_SIDE: Final = 48
"""Of the crop whose quality is measured, in pixels: what DeepFace's emotion model sees."""

Answer = Sequence[Mapping[str, Any]]


class DeepFaceVision:
    """Reads the emotion of the face that speaks to us with `DeepFace.analyze` (Serengil and Ozpinar 2021).

    Implements `Perceiver[Frame]`. It never downloads: while a file of DeepFace is missing, the status is
    `model_missing`, and the cue names the file and the command that gets it. Of several faces it takes the largest
    near the middle, and says how many there are (`faces {count}`).
    """

    def __init__(self, *, detector: Detector = "opencv", uncertain_below: float = UNCERTAIN_BELOW) -> None:
        """Build it; DeepFace is imported on first use.

        Args:
            detector: DeepFace's face detector; a crop needs none.
            uncertain_below: Confidence below which the status is `uncertain`, in [0, 1].

        Raises:
            ValueError: a detector that is not among `DETECTORS`.
        """
        if detector not in DETECTORS:
            raise ValueError(
                f"no face detector {detector!r} of DeepFace can be used; take one of {', '.join(DETECTORS)}"
            )
        self._detector: Detector = detector
        self._uncertain_below = uncertain_below
        self._analyse: Callable[..., Any] | None = None
        # DeepFace's caches and OpenCV's cascades bear one thread at a time
        self._lock = Lock()

    @property
    def modality(self) -> Modality:
        """Vision."""
        return Modality.VISION

    @property
    def model(self) -> str:
        """`deepface` and its version."""
        return deepface_name()

    def check(self) -> None:
        """Look for the files without loading them.

        Raises:
            ModelMissing: the package or a file is not on this machine.
            ModelRefused: DeepFace has no engine to run on.
        """
        check_files(self._detector)

    def warm_up(self) -> None:
        """Load DeepFace, its emotion model and its face detector now.

        Raises:
            ModelMissing: the package or a file is not on this machine.
            ModelRefused: a file is not the model it should be.
        """
        with self._lock:
            self._loaded()

    def perceive(self, evidence: Frame, /) -> Observation:
        """Read one picture; whatever is wrong with it, or with DeepFace, becomes the status."""
        look = Look(frame=evidence, model=self.model)
        if evidence.pixels.size == 0:
            return look.observe(Status.EMPTY)
        try:
            with self._lock:
                faces = self._analysed(evidence)
        except ModelError as error:
            status, cue = model_trouble(error)
            return look.observe(status, cue)
        except Exception as error:  # DeepFace raises what its engines raise
            why = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            return look.observe(Status.FAILED, Cue(code="backend_failed", params={"backend": self.model, "why": why}))
        return self._read(look, faces) if faces else look.observe(Status.NO_FACE)

    def _analysed(self, frame: Frame) -> tuple[AnalysedFace, ...]:
        analyse = self._loaded()
        try:
            answer: Answer = analyse(
                img_path=np.ascontiguousarray(frame.pixels[:, :, ::-1]),
                actions=["emotion"],
                detector_backend="skip" if frame.crop else self._detector,
                enforce_detection=not frame.crop,
                silent=True,
            )
        except ValueError as error:
            # `FaceNotDetected` in releases that have it, a plain ValueError in others
            if "could not be detected" in str(error):
                return ()
            raise
        return analysed_faces(answer)

    def _read(self, look: Look, faces: tuple[AnalysedFace, ...]) -> Observation:
        pixels = look.frame.pixels
        height, width = pixels.shape[:2]
        box = addressed([face.box for face in faces], height=height, width=width)
        scores = next(face.scores for face in faces if face.box is box)
        box = whole(pixels) if look.frame.crop else box
        quality = face_quality(grey_crop(pixels, box, side=_SIDE), pixels=box.side)
        count = (Cue(code="faces", params={"count": len(faces)}),) if len(faces) > 1 else ()
        certain = scores.confidence >= self._uncertain_below
        status = Status.LOW_QUALITY if not quality.readable else Status.OK if certain else Status.UNCERTAIN
        return look.observe(status, *count, *quality.cues(), scores=scores, quality=quality.value)

    def _loaded(self) -> Callable[..., Any]:
        if self._analyse is None:
            self.check()
            self._analyse = _load(self._detector)
        return self._analyse


def _load(detector: Detector) -> Callable[..., Any]:
    """`DeepFace.analyze`, its models built."""
    # importing DeepFace silences the warnings of the whole process
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from deepface import DeepFace
        except ImportError as error:
            raise ModelMissing(f"{error.name or 'a package'}, which deepface needs,", INSTALL) from error
        try:
            DeepFace.build_model("Emotion", task="facial_attribute")
            DeepFace.build_model(detector, task="face_detector")
        except Exception as error:
            raise ModelRefused(
                f"DeepFace cannot load its model ({' '.join(str(error).split())[:160]}); "
                "delete the file it names and get it again"
            ) from error
    analyse: Callable[..., Any] = DeepFace.analyze
    return analyse
