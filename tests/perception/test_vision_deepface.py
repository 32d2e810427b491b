"""DeepFace as a backend: its real code, on untrained weights of its own architecture, without any download."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from perception import Emotion, Frame, Modality, ModelMissing, ModelRefused, Observation, Status, create_perceiver
from perception.vision.deepface import DeepFaceVision
from perception.vision.deepface.faces import analysed_faces
from perception.vision.deepface.testing import untrained_weights, write_weights

pytestmark = pytest.mark.model

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
NEEDS = {"onnx": "onnx", "pytorch": "torch"}
INSTALLED = find_spec("deepface") is not None and find_spec("werkzeug") is not None
needs_deepface = pytest.mark.skipif(not INSTALLED, reason="needs the extra deepface")

Place = Callable[..., Path]


def logits(**high: float) -> Sequence[float]:
    return [high.get(label, 0.0) for label in LABELS]


def codes(observation: Observation) -> list[str]:
    return [cue.code for cue in observation.cues]


@pytest.fixture(scope="module")
def astronaut() -> NDArray[np.uint8]:
    return np.asarray(skimage.data.astronaut())


@pytest.fixture(params=["onnx", "pytorch"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """DeepFace, as if it had just been started on one engine."""
    if not INSTALLED:
        pytest.skip("needs the extra deepface")
    name: str = request.param
    if find_spec(NEEDS[name]) is None:
        pytest.skip(f"needs {NEEDS[name]}, of the extra train")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from deepface.commons import backend_utils
        from deepface.modules import modeling
    monkeypatch.setattr(backend_utils, "_backend_engine", name)
    monkeypatch.setattr(modeling, "cached_models", {task: {} for task in modeling.AVAILABLE_MODELS}, raising=False)
    return name


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "deepface"
    monkeypatch.setenv("DEEPFACE_HOME", str(folder))
    return folder


@pytest.fixture
def place(engine: str, home: Path) -> Place:
    def put(noise: float = 0.01, **high: float) -> Path:
        return write_weights(home, engine, untrained_weights(logits(**high), noise=noise))

    return put


class TestAnalyze:
    @pytest.mark.parametrize("emotion", list(Emotion))
    def test_each_emotion_has_its_place(self, place: Place, astronaut: NDArray[np.uint8], emotion: Emotion) -> None:
        place(noise=0.0, **{emotion.value: 3.0})
        seen = DeepFaceVision().perceive(Frame(pixels=astronaut[64:166, 175:277], crop=True))
        assert (seen.modality, seen.status) == (Modality.VISION, Status.OK)
        assert seen.scores is not None
        assert seen.scores.top is emotion
        assert seen.scores.confidence == pytest.approx(np.exp(3) / (np.exp(3) + 6), abs=1e-4)

    def test_a_face_in_a_photograph(self, place: Place, astronaut: NDArray[np.uint8]) -> None:
        place(happy=4.0)
        frame = Frame(pixels=astronaut)
        seen = DeepFaceVision().perceive(frame)
        assert seen.status is Status.OK
        assert seen.model.startswith("deepface-0.")
        assert (seen.captured_at, codes(seen)) == (frame.captured_at, [])
        assert seen.quality > 0.8
        assert seen.latency_ms > 0

    def test_the_picture_decides(self, place: Place, astronaut: NDArray[np.uint8]) -> None:
        place(noise=0.3)
        sense = DeepFaceVision()
        face = astronaut[64:166, 175:277]
        one, same, other = (
            sense.perceive(Frame(pixels=pixels, crop=True)).scores for pixels in (face, face, face[:, ::-1])
        )
        assert one is not None
        assert one == same
        assert one != other

    def test_what_it_cannot_tell_is_uncertain(self, place: Place, astronaut: NDArray[np.uint8]) -> None:
        place(noise=0.0, happy=1.0, surprise=1.0)
        seen = DeepFaceVision().perceive(Frame(pixels=astronaut))
        assert seen.status is Status.UNCERTAIN
        assert seen.scores is not None

    def test_several_faces_are_counted_and_the_nearest_is_read(
        self, place: Place, astronaut: NDArray[np.uint8]
    ) -> None:
        place(happy=4.0)
        canvas = np.full((320, 720, 3), 120, dtype=np.uint8)
        canvas[20:240, 20:250] = canvas[20:240, 400:630] = astronaut[:220, 110:340]
        seen = DeepFaceVision().perceive(Frame(pixels=canvas))
        assert [(cue.code, cue.params) for cue in seen.cues] == [("faces", {"count": 2})]

    @pytest.mark.parametrize("shape", [(240, 320), (1, 1), (30, 900)])
    def test_no_face(self, place: Place, shape: tuple[int, int]) -> None:
        place(happy=4.0)
        seen = DeepFaceVision().perceive(Frame(pixels=np.full((*shape, 3), 90, dtype=np.uint8)))
        assert (seen.status, seen.scores) == (Status.NO_FACE, None)

    def test_poor_crops(self, place: Place) -> None:
        place(happy=4.0)
        seen = DeepFaceVision().perceive(Frame(pixels=np.zeros((64, 64, 3), dtype=np.uint8), crop=True))
        assert seen.status is Status.LOW_QUALITY
        assert codes(seen) == ["face_dark", "face_blurred"]

    def test_from_several_threads(self, place: Place, astronaut: NDArray[np.uint8]) -> None:
        place(happy=4.0)
        sense = DeepFaceVision()
        crop = Frame(pixels=astronaut[64:166, 175:277], crop=True)
        with ThreadPoolExecutor(4) as pool:
            seen = list(pool.map(lambda _: sense.perceive(crop), range(12)))
        assert {o.status for o in seen} == {Status.OK}
        assert len({o.scores for o in seen}) == 1

    def test_warnings_of_the_process_stay_as_they_were(self, place: Place) -> None:
        place(happy=4.0)
        before = list(warnings.filters)
        DeepFaceVision().warm_up()
        assert warnings.filters == before


class TestWeights:
    def test_a_missing_file_is_named_and_not_downloaded(
        self, engine: str, home: Path, astronaut: NDArray[np.uint8]
    ) -> None:
        seen = DeepFaceVision().perceive(Frame(pixels=astronaut))
        assert (seen.status, codes(seen)) == (Status.MODEL_MISSING, ["model_missing"])
        params = seen.cues[0].params
        suffix = {"onnx": ".onnx", "pytorch": ".pth"}[engine]
        assert params["model"] == str(home / ".deepface" / "weights" / f"facial_expression_model_weights{suffix}")
        assert "DeepFace.build_model('Emotion', task='facial_attribute')" in str(params["command"])
        assert not home.exists()

    @pytest.mark.parametrize(
        ("detector", "name"),
        [
            ("ssd", "deploy.prototxt"),
            ("yunet", "face_detection_yunet_2023mar.onnx"),
            ("centerface", "centerface.onnx"),
            ("retinaface", "retinaface."),
        ],
    )
    def test_a_detector_has_files_too(self, place: Place, detector: Any, name: str) -> None:
        place(happy=4.0)
        with pytest.raises(ModelMissing, match=f"{name}.*task='face_detector'"):
            DeepFaceVision(detector=detector).warm_up()

    def test_damaged_weights(self, place: Place, astronaut: NDArray[np.uint8]) -> None:
        place(happy=4.0).write_bytes(b"not a network")
        seen = DeepFaceVision().perceive(Frame(pixels=astronaut))
        assert (seen.status, codes(seen)) == (Status.FAILED, ["model_refused"])
        with pytest.raises(ModelRefused, match="delete the file"):
            DeepFaceVision().warm_up()

    def test_weights_that_are_not_numbers(self, place: Place, astronaut: NDArray[np.uint8]) -> None:
        place(happy=float("nan"))
        seen = DeepFaceVision().perceive(Frame(pixels=astronaut))
        assert (seen.status, codes(seen)) == (Status.FAILED, ["backend_failed"])
        assert "finite" in str(seen.cues[0].params["why"])

    def test_they_are_found_once_they_are_there(self, place: Place, astronaut: NDArray[np.uint8]) -> None:
        sense = DeepFaceVision()
        assert sense.perceive(Frame(pixels=astronaut)).status is Status.MODEL_MISSING
        place(happy=4.0)
        assert sense.perceive(Frame(pixels=astronaut)).status is Status.OK


class TestWithoutDeepFace:
    def test_the_extra_is_named(self, monkeypatch: pytest.MonkeyPatch, astronaut: NDArray[np.uint8]) -> None:
        monkeypatch.setattr("perception.vision.deepface.weights.find_spec", lambda _name: None)
        seen = DeepFaceVision().perceive(Frame(pixels=astronaut))
        assert seen.status is Status.MODEL_MISSING
        assert seen.cues[0].params == {"model": "deepface", "command": "pip install 'attune-agent[deepface]'"}

    def test_a_picture_without_pixels(self) -> None:
        seen = DeepFaceVision().perceive(Frame(pixels=np.zeros((0, 9, 3), dtype=np.uint8)))
        assert seen.status is Status.EMPTY

    def test_a_detector_nobody_knows(self) -> None:
        with pytest.raises(ValueError, match=r"'eyes'.*opencv"):
            DeepFaceVision(detector="eyes")  # type: ignore[arg-type]

    def test_it_is_made_by_name_without_importing_it(self) -> None:
        assert isinstance(create_perceiver(Modality.VISION, "deepface", detector="yunet"), DeepFaceVision)
        code = "import sys, perception.vision.deepface; sys.exit(bool({'deepface', 'torch', 'cv2'} & {*sys.modules}))"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    @pytest.mark.parametrize("percent", [{"happy": 100.0}, {**dict.fromkeys(LABELS, 1.0), "contempt": 3.0}])
    def test_labels_of_another_model(self, percent: dict[str, float]) -> None:
        face = {"emotion": percent, "region": {"x": 0, "y": 0, "w": 9, "h": 9}}
        with pytest.raises(ValueError, match="unexpected or absent"):
            analysed_faces([face])


@needs_deepface
def test_an_engine_that_is_not_there(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from deepface.commons import backend_utils
    monkeypatch.setattr(backend_utils, "_backend_engine", None)
    monkeypatch.setenv("DEEPFACE_BACKEND_ENGINE", "abacus")
    with pytest.raises(ModelRefused, match="abacus"):
        DeepFaceVision().check()
