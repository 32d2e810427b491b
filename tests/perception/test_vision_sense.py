"""The vision sense on real photographs, on evidence that shows nothing, and without its model."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from matplotlib.cbook import get_sample_data
from numpy.typing import NDArray
from PIL import Image

from perception import Emotion, Frame, Modality, ModelMissing, ModelRefused, Status, create_perceiver, perceiver_names
from perception.models.store import ModelStore
from perception.vision import (
    BlazeFaceDetector,
    EmbeddedVision,
    FaceBox,
    FaceDetector,
    HaarDetector,
    default_detector,
)

pytestmark = pytest.mark.model

Pixels = NDArray[np.uint8]


def blazeface() -> Path:
    try:
        return ModelStore().path("blazeface-short")
    except ModelMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(params=["haar", "blazeface"])
def sense(request: pytest.FixtureRequest) -> EmbeddedVision:
    detector = HaarDetector() if request.param == "haar" else BlazeFaceDetector(blazeface())
    # what shows in a face has tests of its own, and depends on a download
    return EmbeddedVision(detector=detector, facts=False)


@pytest.fixture(scope="module")
def astronaut() -> Pixels:
    return np.asarray(skimage.data.astronaut())


@pytest.fixture(scope="module")
def hopper() -> Pixels:
    with Image.open(get_sample_data("grace_hopper.jpg", asfileobj=False)) as picture:
        return np.asarray(picture.convert("RGB"))


@pytest.fixture(scope="module")
def group(astronaut: Pixels) -> Pixels:
    """Five faces."""
    canvas = np.full((500, 960, 3), 120, dtype=np.uint8)
    for top, left in [(20, 20), (20, 300), (20, 600), (260, 150), (260, 480)]:
        canvas[top : top + 220, left : left + 230] = astronaut[:220, 110:340]
    return canvas


class Fixed:
    """A detector that always answers the same."""

    def __init__(self, *boxes: FaceBox) -> None:
        self._boxes = boxes

    def warm_up(self) -> None:
        pass

    def detect(self, pixels: Pixels, /) -> tuple[FaceBox, ...]:
        return self._boxes


def codes(observation: object) -> list[str]:
    return [cue.code for cue in observation.cues]  # type: ignore[attr-defined]


class TestPhotographs:
    def test_a_smile(self, sense: EmbeddedVision, astronaut: Pixels) -> None:
        frame = Frame(pixels=astronaut)
        seen = sense.perceive(frame)
        assert (seen.modality, seen.status, seen.model) == (Modality.VISION, Status.OK, "vision-ferplus-cnn-2")
        assert seen.scores is not None
        assert seen.scores.top is Emotion.HAPPY
        assert seen.scores.confidence > 0.7
        assert seen.quality > 0.8
        assert seen.cues == ()
        assert seen.captured_at == frame.captured_at
        assert seen.latency_ms > 0

    def test_features_are_a_row_of_floats(self, sense: EmbeddedVision, astronaut: Pixels) -> None:
        features = sense.perceive(Frame(pixels=astronaut)).features
        assert features is not None
        assert features.ndim == 1
        assert features.dtype == np.float32

    def test_a_face_under_a_cap(self, sense: EmbeddedVision, hopper: Pixels) -> None:
        seen = sense.perceive(Frame(pixels=hopper))
        assert seen.scores is not None
        assert seen.scores.top is not Emotion.HAPPY
        assert seen.quality > 0.8

    def test_several_faces_are_counted(self, sense: EmbeddedVision, group: Pixels) -> None:
        seen = sense.perceive(Frame(pixels=group))
        assert seen.status is Status.OK
        assert [(cue.code, cue.params) for cue in seen.cues] == [("faces", {"count": 5})]
        assert seen.scores is not None
        assert seen.scores.top is Emotion.HAPPY

    @pytest.mark.parametrize("name", ["coffee", "brick", "grass", "gravel", "chelsea", "rocket", "page"])
    def test_no_face(self, sense: EmbeddedVision, name: str) -> None:
        picture = np.asarray(getattr(skimage.data, name)())
        colour = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
        seen = sense.perceive(Frame(pixels=colour))
        assert (seen.status, seen.scores, seen.quality) == (Status.NO_FACE, None, 0.0)

    def test_a_face_in_a_dark_room(self, sense: EmbeddedVision, astronaut: Pixels) -> None:
        seen = sense.perceive(Frame(pixels=(astronaut * 0.1).astype(np.uint8)))
        assert seen.status is Status.LOW_QUALITY
        assert codes(seen) == ["face_dark"]
        assert seen.scores is not None


class TestNothingToSee:
    @pytest.mark.parametrize(
        "shape", [(1, 1), (1, 900), (900, 1), (30, 1200), (1, 200_000), (300, 40_000), (480, 640), (129, 23)]
    )
    @pytest.mark.parametrize("grey", [0, 90, 255])
    def test_even_pictures(self, sense: EmbeddedVision, shape: tuple[int, int], grey: int) -> None:
        seen = sense.perceive(Frame(pixels=np.full((*shape, 3), grey, dtype=np.uint8)))
        assert seen.status is Status.NO_FACE

    def test_noise(self, sense: EmbeddedVision) -> None:
        noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
        assert sense.perceive(Frame(pixels=noise)).status is Status.NO_FACE

    @pytest.mark.parametrize("crop", [True, False])
    def test_a_picture_without_pixels(self, sense: EmbeddedVision, crop: bool) -> None:
        seen = sense.perceive(Frame(pixels=np.zeros((0, 9, 3), dtype=np.uint8), crop=crop))
        assert (seen.status, seen.scores) == (Status.EMPTY, None)


class TestCrops:
    def test_a_crop_needs_no_detector(self, astronaut: Pixels) -> None:
        face = astronaut[64:166, 175:277]
        seen = EmbeddedVision(detector=Fixed()).perceive(Frame(pixels=face, crop=True))
        assert seen.status is Status.OK
        assert seen.scores is not None
        assert seen.scores.top is Emotion.HAPPY

    def test_between_two_expressions_it_is_uncertain(self, astronaut: Pixels, hopper: Pixels) -> None:
        smile = cv2.resize(astronaut[64:166, 175:277], (96, 96), interpolation=cv2.INTER_AREA)
        straight = cv2.resize(hopper[108:331, 158:381], (96, 96), interpolation=cv2.INTER_AREA)
        sense = EmbeddedVision()
        blends = [cv2.addWeighted(smile, 1 - part, straight, part, 0) for part in np.linspace(0, 1, 60)]
        seen = [sense.perceive(Frame(pixels=blend, crop=True)) for blend in blends]
        doubtful = [o for o in seen if o.status is Status.UNCERTAIN]
        assert seen[0].status is Status.OK
        assert doubtful
        confidences = [o.scores.confidence for o in seen if o.scores and o.status is Status.OK]
        assert all(o.scores is not None and o.scores.confidence < min(confidences) for o in doubtful)

    def test_a_crop_of_the_size_of_the_training_faces(self, astronaut: Pixels) -> None:
        face = cv2.resize(astronaut[64:166, 175:277], (48, 48), interpolation=cv2.INTER_AREA)
        seen = EmbeddedVision().perceive(Frame(pixels=face, crop=True))
        assert (seen.status, seen.quality) == (Status.OK, 1.0)

    def test_a_crop_that_is_not_square(self, astronaut: Pixels) -> None:
        seen = EmbeddedVision().perceive(Frame(pixels=astronaut[50:180, 180:275], crop=True))
        assert seen.scores is not None
        assert seen.scores.top is Emotion.HAPPY

    def test_read_only_and_strided_pixels(self, astronaut: Pixels) -> None:
        mirrored = astronaut[:, ::-1]
        mirrored.setflags(write=False)
        assert EmbeddedVision(detector=HaarDetector()).perceive(Frame(pixels=mirrored)).status is Status.OK

    @pytest.mark.parametrize(
        ("pixels", "cues"),
        [
            (np.zeros((1, 1, 3), dtype=np.uint8), ["face_small", "face_dark", "face_blurred"]),
            (np.zeros((64, 64, 3), dtype=np.uint8), ["face_dark", "face_blurred"]),
            (np.full((64, 64, 3), 128, dtype=np.uint8), ["face_blurred"]),
        ],
    )
    def test_crops_that_cannot_be_read(self, pixels: Pixels, cues: list[str]) -> None:
        seen = EmbeddedVision().perceive(Frame(pixels=pixels, crop=True))
        assert (seen.status, seen.quality) == (Status.LOW_QUALITY, 0.0)
        assert codes(seen) == cues

    def test_a_small_face(self, astronaut: Pixels) -> None:
        face = cv2.resize(astronaut[64:166, 175:277], (14, 14), interpolation=cv2.INTER_AREA)
        seen = EmbeddedVision().perceive(Frame(pixels=face, crop=True))
        assert seen.status is Status.LOW_QUALITY
        assert seen.cues[0].as_dict() == {"code": "face_small", "params": {"pixels": 14}}

    def test_blur_lowers_quality(self, astronaut: Pixels) -> None:
        face = astronaut[64:166, 175:277]
        qualities = [
            EmbeddedVision().perceive(Frame(pixels=cv2.GaussianBlur(face, (0, 0), sigma), crop=True)).quality
            for sigma in (0.5, 2, 3, 8)
        ]
        assert qualities == sorted(qualities, reverse=True)
        assert qualities[-1] == 0.0

    @pytest.mark.parametrize("shape", [(1, 200_000), (200_000, 1), (300, 40_000)])
    def test_a_strip_costs_no_more_than_its_pixels(self, shape: tuple[int, int]) -> None:
        strip = np.full((*shape, 3), 90, dtype=np.uint8)
        assert EmbeddedVision().perceive(Frame(pixels=strip, crop=True)).status is Status.LOW_QUALITY

    @pytest.mark.parametrize(("left", "top", "side"), [(-60, -40, 120), (500, 500, 90), (-900, 9000, 30), (0, 0, 0.2)])
    def test_a_box_beyond_the_edge(self, astronaut: Pixels, left: float, top: float, side: float) -> None:
        box = FaceBox(left=left, top=top, side=side, score=1.0)
        seen = EmbeddedVision(detector=Fixed(box)).perceive(Frame(pixels=astronaut))
        assert seen.scores is not None


class TestWhoSpeaks:
    def test_the_nearer_of_two(self, astronaut: Pixels) -> None:
        """A smile up close and a dark patch far away."""
        smile = FaceBox(left=175, top=64, side=102, score=0.6)
        patch = FaceBox(left=440, top=300, side=40, score=0.9)
        seen = EmbeddedVision(detector=Fixed(patch, smile), facts=False).perceive(Frame(pixels=astronaut))
        assert seen.scores is not None
        assert seen.scores.top is Emotion.HAPPY
        assert codes(seen) == ["faces"]

    def test_the_middle_one_of_equals(self, astronaut: Pixels) -> None:
        picture = np.zeros((300, 700, 3), dtype=np.uint8)
        picture[99:201, 300:402] = astronaut[64:166, 175:277]
        edge = FaceBox(left=590, top=190, side=104, score=0.9)
        middle = FaceBox(left=300, top=99, side=102, score=0.9)
        seen = EmbeddedVision(detector=Fixed(edge, middle)).perceive(Frame(pixels=picture))
        assert seen.status is Status.OK


class TestModels:
    def test_weights_that_are_missing(self, tmp_path: Path, astronaut: Pixels) -> None:
        sense = EmbeddedVision(model_file=tmp_path / "gone.onnx")
        seen = sense.perceive(Frame(pixels=astronaut))
        assert (seen.status, seen.scores, seen.model) == (Status.MODEL_MISSING, None, "gone")
        (hint,) = seen.cues
        assert hint.code == "model_missing"
        assert set(hint.params) == {"model", "command"}
        with pytest.raises(ModelMissing, match="attune train vision"):
            sense.warm_up()

    def test_weights_that_are_damaged(self, tmp_path: Path, astronaut: Pixels) -> None:
        damaged = tmp_path / "damaged.onnx"
        damaged.write_bytes(b"not a network")
        seen = EmbeddedVision(model_file=damaged).perceive(Frame(pixels=astronaut))
        assert (seen.status, codes(seen)) == (Status.FAILED, ["model_refused"])
        with pytest.raises(ModelRefused, match=r"damaged\.onnx"):
            EmbeddedVision(model_file=damaged).warm_up()

    def test_a_damaged_detector(self, tmp_path: Path, astronaut: Pixels) -> None:
        damaged = tmp_path / "face.tflite"
        damaged.write_bytes(b"not a network")
        seen = EmbeddedVision(detector=BlazeFaceDetector(damaged)).perceive(Frame(pixels=astronaut))
        assert seen.status is Status.FAILED

    def test_default_detector(self, tmp_path: Path) -> None:
        def missing(name: str) -> Path:
            raise ModelMissing(name, "attune models get")

        assert isinstance(default_detector(missing), HaarDetector)
        assert isinstance(default_detector(lambda name: tmp_path / name), BlazeFaceDetector)

    def test_a_damaged_blazeface_leaves_the_cascade(self, caplog: pytest.LogCaptureFixture) -> None:
        def damaged(name: str) -> Path:
            raise ModelRefused(f"{name} is not the file the manifest names")

        assert isinstance(default_detector(damaged), HaarDetector)
        assert "is not the file the manifest names" in caplog.text

    def test_detectors_are_detectors(self, tmp_path: Path) -> None:
        detectors: list[FaceDetector] = [HaarDetector(), BlazeFaceDetector(tmp_path)]
        assert all(detectors)

    def test_it_is_registered(self) -> None:
        assert "embedded" in perceiver_names(Modality.VISION)
        assert isinstance(create_perceiver(Modality.VISION, "embedded"), EmbeddedVision)

    def test_threads_share_one_sense(self, sense: EmbeddedVision, astronaut: Pixels, group: Pixels) -> None:
        frames = [Frame(pixels=astronaut), Frame(pixels=group)] * 6
        with ThreadPoolExecutor(4) as pool:
            seen = list(pool.map(sense.perceive, frames))
        assert {o.status for o in seen} == {Status.OK}
        assert [len(o.cues) for o in seen] == [0, 1] * 6
        assert len({o.scores for o in seen[::2]}) == 1


class TestQuietAndLight:
    def test_importing_loads_nothing_heavy(self) -> None:
        heavy = "cv2", "onnxruntime", "ai_edge_litert", "torch"
        code = f"import sys, perception.vision; sys.exit(any(m in sys.modules for m in {heavy}))"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_no_banner(self) -> None:
        code = (
            "from pathlib import Path; from perception.vision import EmbeddedVision, BlazeFaceDetector; "
            f"EmbeddedVision(detector=BlazeFaceDetector(Path({str(blazeface())!r}))).warm_up()"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert (done.stdout, done.stderr) == ("", "")

    def test_only_the_banner_is_kept_back(self, capfd: pytest.CaptureFixture[str]) -> None:
        from perception.vision.quiet import quiet_stderr

        with quiet_stderr("INFO: hello"):
            os.write(2, b"INFO: hello world\nan error that matters\n")
        assert capfd.readouterr().err == "an error that matters\n"

    def test_a_face_box_needs_a_size(self) -> None:
        with pytest.raises(ValueError, match="positive side"):
            FaceBox(left=0, top=0, side=0, score=1.0)
