"""What shows in a face: measured on real photographs, told where it is reliable, silent without its model."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from matplotlib.cbook import get_sample_data
from numpy.typing import NDArray
from PIL import Image

from perception import Frame, ModelMissing, ModelRefused, Status
from perception.models.store import ModelStore
from perception.vision import EmbeddedVision, FaceBox
from perception.vision.facts import LEAST, FaceFacts, facial_facts
from perception.vision.mesh import FaceMesh, Landmarks, default_mesh
from perception.vision.pose import head_pose

pytestmark = pytest.mark.model

Pixels = NDArray[np.uint8]
SMILE = FaceBox(left=174, top=66, side=107, score=1.0)
STRAIGHT = FaceBox(left=158, top=109, side=223, score=1.0)


@pytest.fixture(scope="module")
def mesh() -> FaceMesh:
    try:
        return FaceMesh(ModelStore().path("face-mesh"))
    except ModelMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def astronaut() -> Pixels:
    return np.asarray(skimage.data.astronaut())


@pytest.fixture(scope="module")
def hopper() -> Pixels:
    with Image.open(get_sample_data("grace_hopper.jpg", asfileobj=False)) as picture:
        return np.asarray(picture.convert("RGB"))


def told(landmarks: Landmarks) -> dict[str, dict[str, int]]:
    return {fact.code: dict(fact.params) for fact in facial_facts(landmarks) if fact.reliability >= LEAST}


def turned(picture: Pixels, degrees: float, middle: tuple[int, int]) -> Pixels:
    return np.asarray(cv2.warpAffine(picture, cv2.getRotationMatrix2D(middle, degrees, 1), picture.shape[1::-1]))


class TestFaces:
    def test_a_smile_shows_teeth(self, mesh: FaceMesh, astronaut: Pixels) -> None:
        seen = told(mesh.landmarks(astronaut, SMILE))
        assert set(seen) == {"smile_corners", "mouth_open"}
        assert 12 <= seen["mouth_open"]["percent"] <= 30

    def test_nothing_shows_in_a_straight_face(self, mesh: FaceMesh, hopper: Pixels) -> None:
        assert told(mesh.landmarks(hopper, STRAIGHT)) == {}

    @pytest.mark.parametrize("degrees", [-35, -20, 20, 35])
    def test_a_tilted_head(self, mesh: FaceMesh, astronaut: Pixels, degrees: int) -> None:
        landmarks = mesh.landmarks(turned(astronaut, degrees, (226, 115)), SMILE)
        seen = told(landmarks)
        assert {"smile_corners", "head_tilted"} <= set(seen)
        assert seen["head_tilted"]["degrees"] == pytest.approx(abs(degrees), abs=8)
        assert head_pose(landmarks).roll * degrees < 0

    def test_a_mirror_turns_the_head_the_other_way(self, mesh: FaceMesh, hopper: Pixels) -> None:
        mirrored = FaceBox(left=hopper.shape[1] - STRAIGHT.left - STRAIGHT.side, top=109, side=223, score=1.0)
        one, other = (
            head_pose(mesh.landmarks(*seen)) for seen in ((hopper, STRAIGHT), (hopper[:, ::-1].copy(), mirrored))
        )
        assert one.yaw == pytest.approx(-other.yaw, abs=4)
        assert one.pitch == pytest.approx(other.pitch, abs=4)
        assert one.span == pytest.approx(other.span, rel=0.1)

    def test_points_lie_where_the_face_is(self, mesh: FaceMesh, astronaut: Pixels) -> None:
        landmarks = mesh.landmarks(astronaut, SMILE)
        assert landmarks.points.shape == (468, 3)
        assert landmarks.score > 0.99
        columns, rows = landmarks.points[:, 0], landmarks.points[:, 1]
        assert (columns.min(), columns.max()) == pytest.approx((184, 266), abs=8)
        assert (rows.min(), rows.max()) == pytest.approx((73, 172), abs=10)


class TestReliability:
    def test_it_falls_with_the_size_of_the_face(self, mesh: FaceMesh, astronaut: Pixels) -> None:
        found = []
        for side in (107, 40, 24, 10):
            scale = side / 107
            small = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            box = FaceBox(left=174 * scale, top=66 * scale, side=side, score=1.0)
            facts = facial_facts(mesh.landmarks(np.asarray(small), box))
            found.append(max((fact.reliability for fact in facts if fact.code == "smile_corners"), default=0.0))
        assert found[0] == 1.0
        assert found == sorted(found, reverse=True)
        assert found[-1] < LEAST

    @pytest.mark.parametrize("yaw", [0, 30, 50])
    def test_it_falls_with_a_turned_head(self, mesh: FaceMesh, astronaut: Pixels, yaw: int) -> None:
        seen = mesh.landmarks(astronaut, SMILE)
        angle = np.radians(yaw)
        turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
        landmarks = Landmarks(points=(seen.points @ turn.T).astype(np.float32), score=seen.score)
        pose = head_pose(landmarks)
        assert abs(pose.yaw) == pytest.approx(yaw, abs=2)
        facts = {fact.code: fact.reliability for fact in facial_facts(landmarks)}
        assert facts["smile_corners"] == pytest.approx({0: 1.0, 30: 0.5, 50: 0.0}[yaw], abs=0.1)
        assert ("head_turned" in facts) is (yaw > 0)
        assert facts.get("head_turned", 1.0) == 1.0

    @pytest.mark.parametrize("name", ["brick", "grass", "coffee"])
    def test_what_is_no_face_has_no_facts(self, mesh: FaceMesh, name: str) -> None:
        picture = np.asarray(getattr(skimage.data, name)())
        colour = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
        assert told(mesh.landmarks(colour, FaceBox(left=40, top=40, side=150, score=1.0))) == {}

    @pytest.mark.parametrize("box", [(-60, -40, 120), (500, 500, 90), (-900, 9000, 30), (0, 0, 0.2), (0, 0, 90_000)])
    def test_boxes_beyond_the_picture(self, mesh: FaceMesh, astronaut: Pixels, box: tuple[float, float, float]) -> None:
        left, top, side = box
        landmarks = mesh.landmarks(astronaut, FaceBox(left=left, top=top, side=side, score=1.0))
        assert np.isfinite(landmarks.points).all()
        facial_facts(landmarks)

    def test_points_on_one_spot_are_no_face(self) -> None:
        assert told(Landmarks(points=np.zeros((468, 3), dtype=np.float32), score=1.0)) == {}


class TestSense:
    def test_facts_are_cues_of_the_observation(self, mesh: FaceMesh, astronaut: Pixels) -> None:
        assert mesh
        seen = EmbeddedVision().perceive(Frame(pixels=astronaut[66:173, 174:281], crop=True))
        assert seen.status is Status.OK
        cues = {cue.code: cue.params for cue in seen.cues}
        assert cues["smile_corners"] == {"reliability": 1.0}
        assert set(cues["mouth_open"]) == {"percent", "reliability"}

    def test_they_can_be_switched_off(self, astronaut: Pixels) -> None:
        assert EmbeddedVision(facts=False).perceive(Frame(pixels=astronaut[66:173, 174:281], crop=True)).cues == ()

    def test_without_the_mesh_there_are_none(self, astronaut: Pixels) -> None:
        def missing(name: str) -> Path:
            raise ModelMissing(name, "attune models get face-mesh")

        facts = FaceFacts(missing)
        facts.warm_up()
        assert facts.cues(astronaut, SMILE) == ()

    def test_a_damaged_mesh_costs_a_warning(
        self, tmp_path: Path, astronaut: Pixels, caplog: pytest.LogCaptureFixture
    ) -> None:
        damaged = tmp_path / "face_landmark.tflite"
        damaged.write_bytes(b"not a network")
        assert FaceFacts(lambda _: damaged).cues(astronaut, SMILE) == ()
        assert "face_landmark.tflite" in caplog.text
        with pytest.raises(ModelRefused, match="attune models get face-mesh"):
            FaceMesh(damaged).warm_up()

    def test_another_model_is_no_face_mesh(self) -> None:
        try:
            other = ModelStore().path("blazeface-short")
        except ModelMissing as missing:
            pytest.skip(str(missing))
        with pytest.raises(ModelRefused, match="it takes"):
            FaceMesh(other).warm_up()
        assert default_mesh(lambda _: other) is None
