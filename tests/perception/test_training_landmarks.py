"""The baselines of the face network: the shape of a face alone, and Mini-Xception."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from perception import EMOTIONS, Emotion
from perception.training.calibration import Calibration
from perception.training.errors import CheckpointInvalid, ExperimentInvalid
from perception.training.experiments.config import load_experiment
from perception.training.experiments.orders import Orders
from perception.training.experiments.pipeline import run_experiment
from perception.training.testing import make_faces, pictures
from perception.training.vision.data import Faces
from perception.training.vision.landmarks.geometry import ANGLES, FEATURES, shape_features
from perception.training.vision.landmarks.learner import LandmarkLearner, LandmarkRecipe
from perception.training.vision.landmarks.model import ShapeModel
from perception.training.vision.landmarks.points import landmarks_of
from perception.vision.faces import FaceBox
from perception.vision.mesh import Landmarks

needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs the extra `train`")
FACE = np.random.default_rng(0).normal(0, 10, (468, 3)).astype(np.float32)


class Mesh:
    """The same face in every box; its lips (14, 17) hang the lower, the brighter the upper half of the picture is."""

    def __init__(self) -> None:
        self.asked = 0

    def landmarks(self, pixels: NDArray[np.uint8], box: FaceBox, /) -> Landmarks:
        self.asked += 1
        upper, lower = (half.mean() for half in np.array_split(pixels.astype(float), 2))
        points = FACE.copy()
        points[[14, 17], 1] += (upper - lower) / 5
        points[:, :2] += box.centre
        return Landmarks(points=points, score=1.0)


@pytest.mark.unit
class TestShape:
    def test_place_size_and_tilt_change_nothing(self) -> None:
        cos, sin = np.cos(0.4), np.sin(0.4)
        turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], dtype=np.float32)
        moved = 3 * FACE @ turn.T + np.array([50, -20, 7], dtype=np.float32)
        plain, other = shape_features(np.stack([FACE, moved]))
        assert plain == pytest.approx(other, abs=1e-3)
        assert plain.shape == (FEATURES,)
        assert 0 <= plain[-len(ANGLES) :].min() <= plain[-len(ANGLES) :].max() <= np.pi

    def test_an_open_mouth_changes_them(self) -> None:
        opened = FACE.copy()
        opened[14, 1] += 5
        plain, other = shape_features(np.stack([FACE, opened]))
        assert np.abs(plain - other).max() > 0.1

    def test_a_face_of_one_point_gives_numbers(self) -> None:
        assert np.isfinite(shape_features(np.zeros((1, 468, 3), dtype=np.float32))).all()


@pytest.mark.unit
class TestPoints:
    def test_landmarks_are_found_once_and_kept(self, tmp_path: Path) -> None:
        mesh, images = Mesh(), pictures(3, seed=1)
        first = landmarks_of(images, mesh, tmp_path, lambda _part, _line: None)
        assert mesh.asked == 3
        again = landmarks_of(images, mesh, tmp_path, lambda _part, _line: None)
        assert mesh.asked == 3
        assert np.array_equal(first, again)
        landmarks_of(images[:2], mesh, tmp_path, lambda _part, _line: None)
        assert mesh.asked == 5

    def test_they_are_in_pixels_of_the_crop(self, tmp_path: Path) -> None:
        points = landmarks_of(np.full((1, 48, 48), 9, np.uint8), Mesh(), tmp_path, lambda _part, _line: None)
        assert points[0, :, :2] - FACE[:, :2] == pytest.approx(24, abs=1e-3)


@pytest.mark.unit
class TestModel:
    def test_it_learns_comes_back_from_its_file_and_rules_out_what_it_never_saw(self, tmp_path: Path) -> None:
        images = pictures(40, seed=3)
        targets = np.zeros((40, 7), dtype=np.float32)
        targets[::2, EMOTIONS.index(Emotion.HAPPY)] = targets[1::2, EMOTIONS.index(Emotion.SAD)] = 1
        ids = tuple(f"train/{n}" for n in range(40))
        faces = Faces(ids=ids, images=images, targets=targets, original=targets.argmax(axis=1))
        points = landmarks_of(images, Mesh(), tmp_path, lambda _part, _line: None)
        learner = LandmarkLearner(faces, points, faces, points, LandmarkRecipe())
        learner.epoch(1, lambda _part: None)
        assert learner.judge()["dev/accuracy"] == 1.0
        other = LandmarkLearner(faces, points, faces, points, LandmarkRecipe())
        other.restore(learner.state())
        assert np.array_equal(other.model.logits(points), learner.model.logits(points))
        calibration = Calibration(method="temperature", temperature=2.0, uncertain_below=0.4)
        told = ShapeModel.from_bytes(learner.model.calibrated(calibration).as_bytes()).probabilities(points)
        assert told.sum(axis=1) == pytest.approx(1.0)
        assert told[:, EMOTIONS.index(Emotion.FEAR)].max() < 0.05

    def test_what_is_no_such_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "odd.npz").write_bytes(b"nothing of the kind")
        with pytest.raises(CheckpointInvalid, match="no landmark model"):
            ShapeModel.load(tmp_path / "odd.npz")
        ones = np.ones((FEATURES, 7))
        model = ShapeModel(centre=ones[:, 0], spread=ones[:, 0], coefficients=ones, intercept=ones[0])
        with pytest.raises(CheckpointInvalid, match="not calibrated"):
            model.probabilities(FACE[None])


@needs_torch
@pytest.mark.train
class TestRuns:
    def test_the_landmark_model_is_trained_and_judged_on_the_parts_of_the_network(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("perception.training.vision.landmarks.task.stored_mesh", Mesh)
        report = run_experiment(
            load_experiment("vision-landmarks"), Orders(data=make_faces(tmp_path / "sets"), runs=tmp_path / "runs")
        )
        assert report.dev[0].accuracy > report.dev[0].majority_accuracy
        assert report.weights[0].suffix == ".npz"
        assert "distances" in report.notes["features"]
        assert list((tmp_path / "runs" / "cache").glob("face-mesh-*.npy"))

    def test_mini_xception_has_the_numbers_of_its_authors(self) -> None:
        import torch

        from perception.training.vision.mini_xception import mini_xception

        network = mini_xception()
        learned = sum(parameter.numel() for parameter in network.parameters())
        running = sum(b.numel() for name, b in network.named_buffers() if "running" in name)
        assert (learned, learned + running) == (56_951, 58_423)
        logits, features = network(torch.zeros(2, 1, 48, 48))
        assert (tuple(logits.shape), tuple(features.shape)) == ((2, 7), (2, 128))

    def test_mini_xception_is_trained_like_the_network(self, tmp_path: Path) -> None:
        experiment = load_experiment("vision-mini-xception").changed({"epochs": 1, "limit": 100})
        report = run_experiment(experiment, Orders(data=make_faces(tmp_path / "sets"), runs=tmp_path / "runs"))
        assert report.parameters == 56_951
        assert "Mini-Xception" in report.summary

    def test_an_architecture_that_nobody_knows_is_named(self, tmp_path: Path) -> None:
        experiment = load_experiment("vision-mini-xception").changed({"recipe.architecture": "vit"})
        with pytest.raises(ExperimentInvalid, match=r"recipe\.architecture.*'vit'"):
            run_experiment(experiment, Orders(data=make_faces(tmp_path / "sets"), runs=tmp_path / "runs"))
