"""What the vision sense costs for a frame: detectors and classifier apart, and all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from evals.bench.case import Bench, Case, ColdCase, Outcome
from evals.bench.portrait import Pixels, drawn_face, empty_room, fitted, swaying
from evals.bench.sensing import observed

if TYPE_CHECKING:
    from perception import Observation
    from perception.vision import EmbeddedVision, FaceDetector

CAMERA: Final = "a frame of 640 x 480, one thread"
RATE: Final = 30
"""Frames a second of the moving picture."""


def vision_bench(picture: Pixels | None = None) -> Bench:
    """The shipped vision perceiver and its detectors.

    Args:
        picture: Height x width x 3, RGB, with a face on it; one that is drawn when None. It is fitted to 640 x 480.

    Raises:
        ModelError: the weights of the sense, or OpenCV's cascade, are not there.
    """
    from perception import Frame
    from perception.vision import EmbeddedVision

    frame = drawn_face() if picture is None else fitted(picture)
    detectors, notes = _detectors()
    sense = EmbeddedVision()
    sense.warm_up()
    cases = [_detecting(name, detector, frame) for name, detector in detectors.items()]
    empty = [_detecting(f"{name}_no_face", detector, empty_room()) for name, detector in detectors.items()]
    whole = Case(
        name="frame",
        call=lambda: sense.perceive(Frame(pixels=frame)),
        outcome=observed,
        note=f"all of it, as a single picture, {CAMERA}",
    )
    rival, left_out = _deepface(frame)
    own = (_classifying(frame, detectors), _cropped(frame, detectors, sense), whole, _tracked(frame, sense))
    pairs = [("frame", "frame_tracked")]
    pairs += [("detector_haar", "detector_blazeface")] if "detector_blazeface" in detectors else []
    pairs += [("deepface", "frame"), ("deepface", "frame_tracked")] if rival else []
    return Bench(
        name="vision",
        cases=(*cases, *empty, *own, *rival),
        pairs=pairs,
        cold=(ColdCase(name="frame", stages="evals.bench.vision:cold_vision"),),
        notes=(_shown(picture), "the fresh process sees the drawn face", *notes, *left_out),
    )


def cold_vision() -> Iterator[str]:
    """Import, weights loaded, the first frame."""
    from perception import Frame
    from perception.vision import EmbeddedVision

    yield "import"
    sense = EmbeddedVision()
    sense.warm_up()
    yield "load"
    frame = Frame(pixels=drawn_face())
    yield "_evidence"
    sense.perceive(frame)
    yield "first_call"


def _shown(picture: Pixels | None) -> str:
    if picture is None:
        return "the face is drawn in code; give a picture of one with --image"
    height, width = picture.shape[:2]
    return f"the face is that of the picture given ({width} x {height}, fitted to 640 x 480)"


def _detectors() -> tuple[dict[str, FaceDetector], list[str]]:
    """Those that are here, and what to do about those that are not."""
    from perception import ModelError
    from perception.models import ModelStore
    from perception.vision import BlazeFaceDetector, HaarDetector
    from perception.vision.detectors import BLAZEFACE

    found: dict[str, FaceDetector] = {"detector_haar": HaarDetector()}
    try:
        found["detector_blazeface"] = BlazeFaceDetector(ModelStore().path(BLAZEFACE))
    except ModelError as error:
        return found, [f"BlazeFace was not measured: {error}"]
    return found, []


def _detecting(name: str, detector: FaceDetector, frame: Pixels) -> Case:
    def found(boxes: Any) -> Outcome:
        return Outcome(said=f"{len(boxes)} face{'' if len(boxes) == 1 else 's'}", judged=True)

    return Case(name=name, call=lambda: detector.detect(frame), outcome=found, note=f"detector alone, {CAMERA}")


def _classifying(frame: Pixels, detectors: dict[str, FaceDetector]) -> Case:
    from perception.vision.classifier import SIDE, FaceClassifier

    classifier, crop = FaceClassifier(), _crop(frame, detectors)
    return Case(
        name="classifier",
        call=lambda: classifier.read(crop),
        note=f"network alone, a crop of {SIDE} x {SIDE}, one thread",
    )


def _cropped(frame: Pixels, detectors: dict[str, FaceDetector], sense: EmbeddedVision) -> Case:
    from perception import Frame
    from perception.vision.classifier import SIDE

    crop = _crop(frame, detectors)[:, :, None].repeat(3, axis=2)
    return Case(
        name="crop",
        call=lambda: sense.perceive(Frame(pixels=crop, crop=True)),
        outcome=observed,
        note=f"all of it on a face that was cut out already, {SIDE} x {SIDE}, one thread",
    )


def _crop(frame: Pixels, detectors: dict[str, FaceDetector]) -> Pixels:
    """The first face that a detector finds, or the middle of the frame."""
    from perception.vision.classifier import SIDE
    from perception.vision.faces import grey_crop, whole

    boxes = next((boxes for each in detectors.values() if (boxes := each.detect(frame))), (whole(frame),))
    return grey_crop(frame, boxes[0], side=SIDE)


def _tracked(frame: Pixels, sense: EmbeddedVision) -> Case:
    return Case(
        name="frame_tracked",
        call=_next_of(frame, sense),
        outcome=observed,
        note=f"all of it, a moving picture of {RATE} frames a second in which the face is followed, {CAMERA}",
    )


def _next_of(frame: Pixels, sense: EmbeddedVision) -> Callable[[], Observation]:
    from perception import Frame
    from perception.observation import now

    stream, frames, began, numbers = sense.track(), swaying(frame), now(), count()

    def following() -> Observation:
        number = next(numbers)
        captured = began + timedelta(seconds=number / RATE)
        return stream.read(Frame(pixels=frames[number % len(frames)], captured_at=captured))

    return following


def _deepface(frame: Pixels) -> tuple[tuple[Case, ...], list[str]]:
    """`DeepFace.analyze` on the same frame; where it is not here, why."""
    from perception import Frame, ModelError
    from perception.vision.deepface import DeepFaceVision

    rival = DeepFaceVision()
    try:
        rival.warm_up()
    except ModelError as error:
        return (), [f"DeepFace was not measured: {error}"]
    case = Case(
        name="deepface",
        call=lambda: rival.perceive(Frame(pixels=frame)),
        outcome=observed,
        note=f"DeepFace.analyze with its detector of OpenCV, {CAMERA}, except where TensorFlow takes more threads",
    )
    return (case,), []
