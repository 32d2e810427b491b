"""What the vision sense costs for a frame: detectors and classifier apart, and all of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from evals.bench.case import Bench, Case, ColdCase, Outcome
from evals.bench.portrait import Pixels, drawn_face, empty_room, fitted
from evals.bench.sensing import observed

if TYPE_CHECKING:
    from perception.vision import FaceDetector

CAMERA: Final = "a frame of 640 x 480, one thread"


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
        name="frame", call=lambda: sense.perceive(Frame(pixels=frame)), outcome=observed, note=f"all of it, {CAMERA}"
    )
    return Bench(
        name="vision",
        cases=(*cases, *empty, _classifying(frame, detectors), whole),
        pairs=[("detector_haar", "detector_blazeface")] if "detector_blazeface" in detectors else (),
        cold=(ColdCase(name="frame", stages="evals.bench.vision:cold_vision"),),
        notes=(_shown(picture), "the fresh process sees the drawn face", *notes),
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
    """The classifier on the crop of the first face that a detector finds, or on the middle of the frame."""
    from perception.vision.classifier import SIDE, FaceClassifier
    from perception.vision.faces import grey_crop, whole

    boxes = next((boxes for each in detectors.values() if (boxes := each.detect(frame))), (whole(frame),))
    crop = grey_crop(frame, boxes[0], side=SIDE)
    classifier = FaceClassifier()
    return Case(
        name="classifier",
        call=lambda: classifier.read(crop),
        note=f"network alone, a crop of {SIDE} x {SIDE}, one thread",
    )
