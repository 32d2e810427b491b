"""Faces followed through moving pictures: places, identities, who is addressed, and how seldom the detector looks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from perception import Emotion, Frame, ModelMissing, Status
from perception.models.store import ModelStore
from perception.vision import (
    BlazeFaceDetector,
    EmbeddedVision,
    FaceBox,
    FaceDetector,
    FacePoints,
    FaceTracker,
    HaarDetector,
)
from perception.vision.faces import grey_crop
from perception.vision.flow import Flow

pytestmark = pytest.mark.model

Pixels = NDArray[np.uint8]
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
FACE = FaceBox(left=175, top=64, side=102, score=0.9)
"""On the astronaut."""


def blazeface() -> Path:
    try:
        return ModelStore().path("blazeface-short")
    except ModelMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def astronaut() -> Pixels:
    return np.asarray(skimage.data.astronaut())


def room(astronaut: Pixels, *places: tuple[float, float], scale: float = 1.0, turn: float = 0.0) -> Pixels:
    """480 x 640, textured, with the astronaut's head and shoulders; a place is that of the middle of the face."""
    picture = wall().copy()
    mask = np.zeros(astronaut.shape[:2], np.uint8)
    mask[10:260, 110:350] = 255
    for column, row in places:
        matrix = cv2.getRotationMatrix2D((226, 115), -turn, scale)
        matrix[:, 2] += (column - 226, row - 115)
        shown = cv2.warpAffine(astronaut, matrix, (640, 480))
        there = cv2.warpAffine(mask, matrix, (640, 480)) > 127
        picture[there] = shown[there]
    return picture


@cache
def wall() -> Pixels:
    noise = np.random.default_rng(0).normal(120, 12, (60, 80, 3))
    return np.asarray(cv2.resize(np.clip(noise, 0, 255).astype(np.uint8), (640, 480), interpolation=cv2.INTER_CUBIC))


class Counting:
    """A detector that answers what it is told and counts how often it is asked."""

    def __init__(self, *boxes: FaceBox) -> None:
        self.boxes: Sequence[FaceBox] = boxes
        self.asked = 0

    def warm_up(self) -> None:
        pass

    def detect(self, pixels: Pixels, /) -> tuple[FaceBox, ...]:
        self.asked += 1
        return tuple(self.boxes)

    def glance(self, pixels: Pixels, near: Sequence[FaceBox] = (), /) -> tuple[FaceBox, ...]:
        return self.detect(pixels)


def square(column: float, row: float, side: float = 100.0) -> FaceBox:
    return FaceBox(left=column - side / 2, top=row - side / 2, side=side, score=0.9)


class TestPoints:
    @pytest.mark.parametrize("angle", [-170, -90, -30, 0, 12, 45, 120, 179])
    def test_a_lean_is_told(self, angle: float) -> None:
        points = drawn(angle)
        assert points.roll == pytest.approx(angle, abs=1e-6)
        assert points.turned == pytest.approx(0, abs=1e-6)

    @pytest.mark.parametrize("angle", [0, 30, -100])
    def test_a_nose_off_the_middle_is_a_turned_head(self, angle: float) -> None:
        turns = [drawn(angle, nose=aside).turned for aside in (0.0, 10.0, 20.0, 29.0, 60.0)]
        assert turns == sorted(turns)
        assert turns[0] == pytest.approx(0, abs=1e-6)
        assert turns[-1] == 90

    def test_points_on_one_spot_tell_nothing_of_a_face(self) -> None:
        spot = dict.fromkeys(("right_eye", "left_eye", "nose", "mouth", "right_ear", "left_ear"), (1.0, 1.0))
        assert FacePoints(**spot).turned == 90

    def test_places_must_be_finite(self) -> None:
        with pytest.raises(ValueError, match="finite places"):
            drawn(0, nose=math.nan)


def drawn(angle: float, *, nose: float = 0.0) -> FacePoints:
    lean = math.radians(angle)

    def at(column: float, row: float) -> tuple[float, float]:
        return (
            300 + column * math.cos(lean) - row * math.sin(lean),
            200 + column * math.sin(lean) + row * math.cos(lean),
        )

    return FacePoints(
        right_eye=at(-25, 0), left_eye=at(25, 0), nose=at(nose, 30), mouth=at(0, 50), right_ear=at(-60, 5),
        left_ear=at(60, 5),
    )  # fmt: skip


class TestAlignment:
    @pytest.mark.parametrize("angle", [0, 20, 120, 180])
    def test_a_leaning_head_is_read_like_an_upright_one(self, astronaut: Pixels, angle: float) -> None:
        picture = room(astronaut, (320, 240), turn=angle)
        (box,) = BlazeFaceDetector(blazeface()).detect(picture)
        assert abs((box.roll - angle - 5 + 180) % 360 - 180) < 12
        assert box.centre == pytest.approx((320, 240), abs=15)
        upright = grey_crop(room(astronaut, (320, 240)), square(320, 240, 115), side=48).astype(float)
        crop = grey_crop(picture, box, side=48).astype(float)
        assert np.corrcoef(crop.ravel(), upright.ravel())[0, 1] > 0.75
        seen = EmbeddedVision(detector=BlazeFaceDetector(blazeface())).perceive(Frame(pixels=picture))
        assert seen.scores is not None
        assert (seen.status, seen.scores.top) == (Status.OK, Emotion.HAPPY)

    def test_a_turned_crop_is_as_sharp_as_a_straight_one(self, astronaut: Pixels) -> None:
        from perception.vision.quality import face_quality

        straight = face_quality(grey_crop(astronaut, FACE, side=48), pixels=102)
        leaning = room(astronaut, (320, 240), turn=40)
        box = replace(square(320, 240, 102), points=drawn(40))
        turned = face_quality(grey_crop(leaning, box, side=48), pixels=102)
        assert turned.sharpness == pytest.approx(straight.sharpness, rel=0.2)

    @pytest.mark.parametrize(("column", "row", "side"), [(-300, 5, 90), (0, 0, 80), (639, 479, 200), (320, 240, 3)])
    def test_beyond_the_edge(self, astronaut: Pixels, column: float, row: float, side: float) -> None:
        box = replace(square(column, row, side), points=drawn(50))
        assert grey_crop(room(astronaut), box, side=48).shape == (48, 48)

    def test_a_profile_cannot_be_read(self, astronaut: Pixels) -> None:
        detector = Counting(replace(FACE, points=drawn(0, nose=28)))
        seen = EmbeddedVision(detector=detector).perceive(Frame(pixels=astronaut))
        assert seen.status is Status.LOW_QUALITY
        cue = seen.cues[0]
        assert (cue.code, set(cue.params)) == ("face_turned", {"degrees"})
        assert 60 < int(cue.params["degrees"]) <= 90


class TestFlow:
    def test_it_tells_shift_scale_and_turn(self, astronaut: Pixels) -> None:
        flow, box = Flow(), square(320, 240)
        assert flow.next(room(astronaut, (320, 240)), [box]) == (None,)
        (motion,) = flow.next(room(astronaut, (331, 234), scale=1.06, turn=4), [box])
        assert motion is not None
        moved = motion.moved(box)
        assert moved.centre == pytest.approx((331, 234), abs=1.5)
        assert moved.side == pytest.approx(106, abs=1.5)
        assert math.degrees(motion.turn) == pytest.approx(4, abs=0.7)

    def test_another_scene_is_not_followed(self, astronaut: Pixels) -> None:
        flow, box = Flow(), square(320, 240)
        flow.next(room(astronaut, (320, 240)), [box])
        assert flow.next(np.asarray(cv2.resize(skimage.data.coffee(), (640, 480))), [box]) == (None,)

    @pytest.mark.parametrize("shape", [(480, 640), (1, 1), (3, 900)])
    def test_even_pictures_are_not_followed(self, shape: tuple[int, int]) -> None:
        flow, even = Flow(), np.full((*shape, 3), 128, np.uint8)
        flow.next(even, [])
        assert flow.next(even, [square(10, 10)]) == (None,)


@pytest.mark.parametrize("detector", [HaarDetector, lambda: BlazeFaceDetector(blazeface())])
def test_a_moving_face_is_followed_with_few_looks(astronaut: Pixels, detector: type[FaceDetector]) -> None:
    tracker, detected, ids = FaceTracker(detector()), 0, set()
    for step in range(31):
        place = 260 + 5.0 * step, 200 + 30 * math.sin(step / 8)
        followed = tracker.follow(room(astronaut, place), step / 25)
        assert followed.addressed is not None
        assert followed.addressed.box.centre == pytest.approx(place, abs=16)
        detected += followed.detected
        ids.add(followed.addressed.id)
    assert ids == {1}
    assert detected <= 4


class TestWhenTheDetectorLooks:
    def test_by_the_time_of_the_pictures(self, astronaut: Pixels) -> None:
        detector, picture = Counting(square(320, 240)), room(astronaut, (320, 240))
        tracker = FaceTracker(detector)
        for step in range(40):
            tracker.follow(picture, step / 50)
        assert detector.asked == 2

    def test_at_once_when_the_scene_changes(self, astronaut: Pixels) -> None:
        detector = Counting(square(320, 240))
        tracker = FaceTracker(detector)
        tracker.follow(room(astronaut, (320, 240)), 0.0)
        assert not tracker.follow(room(astronaut, (322, 240)), 0.03).detected
        detector.boxes = ()
        followed = tracker.follow(room(astronaut), 0.06)
        assert (followed.detected, followed.faces, followed.addressed) == (True, (), None)

    @pytest.mark.parametrize("at", [-5.0, 60.0])
    def test_at_once_when_time_jumps_and_nobody_is_known(self, astronaut: Pixels, at: float) -> None:
        tracker, picture = FaceTracker(Counting(square(320, 240))), room(astronaut, (320, 240))
        tracker.follow(picture, 0.0)
        followed = tracker.follow(picture, at)
        assert followed.detected
        assert [face.id for face in followed.faces] == [2]

    def test_seldom_while_nobody_is_there(self, astronaut: Pixels) -> None:
        detector, picture = Counting(), room(astronaut)
        tracker = FaceTracker(detector)
        assert all(tracker.follow(picture, step / 30).addressed is None for step in range(30))
        assert detector.asked <= 8

    def test_pictures_may_change_their_size(self, astronaut: Pixels) -> None:
        tracker = FaceTracker(Counting(square(100, 100)))
        for at, shape in enumerate([(480, 640), (640, 480), (240, 320), (2, 2)]):
            followed = tracker.follow(np.zeros((*shape, 3), np.uint8), at / 30)
            assert followed.detected


class TestIdentity:
    def test_a_face_that_was_lost_for_a_moment_is_known_again(self, astronaut: Pixels) -> None:
        detector = Counting(square(320, 240))
        tracker = FaceTracker(detector)
        tracker.follow(room(astronaut, (320, 240)), 0.0)
        detector.boxes = ()
        assert tracker.follow(room(astronaut), 0.1).addressed is None
        detector.boxes = (square(325, 238),)
        again = tracker.follow(room(astronaut, (325, 238)), 0.6).addressed
        assert again is not None
        assert (again.id, again.since, again.confirmed) == (1, 0.0, 0.6)

    def test_one_that_comes_later_is_another(self, astronaut: Pixels) -> None:
        detector = Counting(square(320, 240))
        tracker = FaceTracker(detector)
        tracker.follow(room(astronaut, (320, 240)), 0.0)
        detector.boxes = ()
        for at in (0.1, 0.9, 1.7):
            tracker.follow(room(astronaut), at)
        detector.boxes = (square(320, 240),)
        assert [face.id for face in tracker.follow(room(astronaut, (320, 240)), 2.0).faces] == [2]

    def test_one_that_the_detector_misses_is_followed_for_a_while(self, astronaut: Pixels) -> None:
        detector, picture = Counting(square(320, 240)), room(astronaut, (320, 240))
        tracker = FaceTracker(detector)
        tracker.follow(picture, 0.0)
        detector.boxes = ()
        kept = [bool(tracker.follow(picture, step / 10).faces) for step in range(1, 30)]
        assert kept[:14] == [True] * 14
        assert not any(kept[20:])


class TestWhoIsAddressed:
    def test_another_takes_over_only_after_a_while(self, astronaut: Pixels) -> None:
        here, there = square(250, 240, 100), square(450, 240, 90)
        detector = Counting(here, there)
        tracker, picture = FaceTracker(detector), room(astronaut, (250, 240), (450, 240))
        assert addressed(tracker, picture, 0.0) == 1
        detector.boxes = (here, square(450, 240, 170))
        ids = [addressed(tracker, picture, 0.55 + step / 20) for step in range(40)]
        assert ids[:15] == [1] * 15
        assert ids[-1] == 2
        assert ids == sorted(ids)

    def test_a_moment_nearer_changes_nothing(self, astronaut: Pixels) -> None:
        here, there = square(250, 240, 100), square(450, 240, 90)
        detector = Counting(here, there)
        tracker, picture = FaceTracker(detector), room(astronaut, (250, 240), (450, 240))
        addressed(tracker, picture, 0.0)
        for at, side in ((0.6, 170.0), (1.2, 90.0), (1.8, 170.0), (2.4, 90.0)):
            detector.boxes = (here, square(450, 240, side))
            assert addressed(tracker, picture, at) == 1

    def test_whoever_stands_behind_is_not_taken_for_one_who_was_lost_for_a_moment(self, astronaut: Pixels) -> None:
        detector = Counting(square(250, 240, 100), square(450, 240, 60))
        tracker = FaceTracker(detector)
        addressed(tracker, room(astronaut, (250, 240), (450, 240)), 0.0)
        detector.boxes = detector.boxes[1:]
        assert addressed(tracker, room(astronaut, (450, 240)), 0.1) is None
        assert addressed(tracker, room(astronaut, (450, 240)), 0.8) is None
        assert addressed(tracker, room(astronaut, (450, 240)), 1.5) == 2


def addressed(tracker: FaceTracker, picture: Pixels, at: float) -> int | None:
    face = tracker.follow(picture, at).addressed
    return face.id if face else None


class TestStream:
    def test_it_says_of_each_picture_what_the_sense_would(self, astronaut: Pixels) -> None:
        stream = EmbeddedVision(detector=HaarDetector()).track()
        for step in range(8):
            captured = BEGAN + timedelta(seconds=step / 30)
            seen = stream.read(Frame(pixels=room(astronaut, (300 + 3 * step, 240)), captured_at=captured))
            assert (seen.status, seen.captured_at) == (Status.OK, captured)
            assert seen.scores is not None
            assert seen.scores.top is Emotion.HAPPY
            assert stream.face is not None
            assert stream.face.id == 1

    def test_nobody(self, astronaut: Pixels) -> None:
        stream = EmbeddedVision(detector=HaarDetector()).track()
        seen = stream.read(Frame(pixels=room(astronaut)))
        assert (seen.status, seen.scores, stream.face) == (Status.NO_FACE, None, None)

    def test_crops_and_empty_pictures(self, astronaut: Pixels) -> None:
        stream = EmbeddedVision(detector=Counting()).track()
        assert stream.read(Frame(pixels=astronaut[64:166, 175:277], crop=True)).status is Status.OK
        assert stream.read(Frame(pixels=np.zeros((0, 4, 3), np.uint8))).status is Status.EMPTY

    def test_models_that_cannot_be_loaded(self, astronaut: Pixels, tmp_path: Path) -> None:
        missing = EmbeddedVision(model_file=tmp_path / "gone.onnx", detector=Counting(FACE)).track()
        assert missing.read(Frame(pixels=astronaut)).status is Status.MODEL_MISSING
        damaged = tmp_path / "face.tflite"
        damaged.write_bytes(b"no network")
        stream = EmbeddedVision(detector=BlazeFaceDetector(damaged)).track()
        assert stream.read(Frame(pixels=astronaut)).status is Status.FAILED
        assert stream.read(Frame(pixels=astronaut)).cues[0].code == "model_refused"
