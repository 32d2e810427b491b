"""Training the face network: the data rules, the schedule, and a run in miniature that a kill does not change."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml

from perception import EMOTIONS, Emotion, Frame
from perception.models.verified import sha256_of
from perception.training.cards import TrainingReport
from perception.training.errors import ExperimentInvalid, LicenceForbids, RunFinished, TestTouched, TrainingDataMissing
from perception.training.experiments.config import Experiment, load_experiment
from perception.training.experiments.orders import Orders
from perception.training.experiments.pipeline import run_experiment
from perception.training.testing import VOTE_NAMES, make_faces, pictures, votes_for, write_faces
from perception.training.vision.data import load_ferplus
from perception.vision import EmbeddedVision

needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs the extra `train`")


def tiny(**changes: object) -> Experiment:
    small = {"limit": None, "epochs": 4, "recipe.widths": [8, 8, 8], "recipe.batch": 16, "int8": False}
    return load_experiment("vision-cnn-tiny").changed(small | changes)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_faces(tmp_path / "sets")


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrainingReport, list[float]]:
    root = tmp_path_factory.mktemp("vision")
    told: list[float] = []
    orders = Orders(data=make_faces(root / "sets"), runs=root / "runs", final=True, command="attune train vision")
    report = run_experiment(tiny(int8=True), orders, progress=lambda part, _line: told.append(part))
    return root, report, told


@pytest.mark.unit
class TestData:
    def test_parts_share_no_face(self, data: Path) -> None:
        faces = load_ferplus(data)
        parts = [faces.train, faces.dev, faces.test]
        hashes = [image.tobytes() for part in parts for image in part.images]
        assert len(set(hashes)) == len(hashes) == 280
        assert all(len(part) for part in parts)
        assert len(faces.test) == 40

    def test_takes_the_face_folder_too(self, data: Path) -> None:
        assert len(load_ferplus(data / "face").test) == 40

    def test_a_trial_takes_fewer_always_the_same(self, data: Path) -> None:
        faces = load_ferplus(data, limit=100)
        assert len(faces.train) + len(faces.dev) + len(faces.test) == 100
        assert faces.train.ids == load_ferplus(data, limit=100).train.ids

    def test_copies_and_near_copies_of_test_faces_leave_the_training_file(self, data: Path) -> None:
        images, held_out = pictures(240, seed=1), pictures(40, seed=2)
        images[5], images[7] = images[3], held_out[1]
        images[9] = np.clip(held_out[3].astype(int) + 6, 0, 255)  # the same picture, a little brighter
        write_faces(data / "face" / "ferplus_train.npz", images, votes_for(240))
        faces = load_ferplus(data)
        assert len(faces.train) + len(faces.dev) == 237
        assert len(faces.test) == 40
        assert {"train/7", "train/9"} < {dropped.id for dropped in faces.splits.dropped}

    def test_votes_become_targets(self, data: Path) -> None:
        votes = votes_for(40)
        votes[0] = [0, 6, 0, 0, 3, 0, 0, 0, 1, 0]  # happy 6, angry 3, one unknown
        votes[1] = [0, 0, 0, 8, 1, 1, 0, 0, 0, 0]  # single votes are noise
        votes[2] = [2, 2, 0, 0, 0, 0, 0, 6, 0, 0]  # mostly contempt: dropped
        votes[3] = [5, 5, 0, 0, 0, 0, 0, 0, 0, 0]  # a tie: dropped where one truth is needed
        votes[4] = 0
        votes[4, VOTE_NAMES.index("NF")] = 10  # no face: dropped
        write_faces(data / "face" / "ferplus_valid.npz", pictures(40, seed=2), votes)
        faces = load_ferplus(data)
        assert len(faces.test) == 37
        assert faces.undecided == 3
        assert faces.test.targets[0, EMOTIONS.index(Emotion.HAPPY)] == pytest.approx(2 / 3)
        assert faces.test.targets[0, EMOTIONS.index(Emotion.ANGRY)] == pytest.approx(1 / 3)
        assert faces.test.targets[1, EMOTIONS.index(Emotion.SAD)] == 1.0
        assert set(faces.test.original) == {EMOTIONS.index(Emotion.HAPPY)}

    def test_missing_data_says_where_it_was_looked_for(self, tmp_path: Path) -> None:
        with pytest.raises(TrainingDataMissing, match=r"ferplus_train\.npz.*--data"):
            load_ferplus(tmp_path)

    def test_another_layout_is_refused(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "ferplus_train.npz", images=np.zeros(3))
        with pytest.raises(TrainingDataMissing, match="webp"):
            load_ferplus(tmp_path)

    def test_a_damaged_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "ferplus_train.npz").write_bytes(b"nothing of the kind")
        with pytest.raises(TrainingDataMissing, match="not FER"):
            load_ferplus(tmp_path)


@pytest.mark.unit
def test_one_cycle_rises_and_ends_at_nothing() -> None:
    from perception.training.vision.learner import one_cycle

    rates = [one_cycle(part / 100) for part in range(101)]
    assert max(rates) == pytest.approx(1.0)
    assert rates.index(max(rates)) == 20
    assert rates[-1] == pytest.approx(0.0)


@needs_torch
@pytest.mark.train
class TestTraining:
    def test_a_run_leaves_weights_card_figures_and_pictures(
        self, once: tuple[Path, TrainingReport, list[float]]
    ) -> None:
        root, report, told = once
        folder = root / "runs" / "vision-cnn-tiny" / tiny(int8=True).run_name
        names = {path.name for path in folder.iterdir()}
        assert {"vision-ferplus-cnn-tiny.onnx", "vision-ferplus-cnn-tiny.md", "report.json", "dev.npz"} <= names
        assert {"learning.png", "confusion.png", "recall.png", "reliability.png", "risk-coverage.png"} <= names
        assert "checkpoint" not in names
        assert told == sorted(told)
        assert told[-1] == 1.0
        assert report.test[0].rows == 40
        assert report.test[0].accuracy > report.test[0].majority_accuracy
        assert "first time" in report.touch
        written = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        assert written["files"][report.weights[0].name]["sha256"] == sha256_of(report.weights[0])
        card = (folder / "vision-ferplus-cnn-tiny.md").read_text(encoding="utf-8")
        assert yaml.safe_load(card.split("---")[1])["attune"]["commercial"] is False
        for fact in ("research, non-commercial", "parity", "int8", "touched for release", sha256_of(report.weights[0])):
            assert fact in card

    def test_the_sense_uses_the_weights(self, once: tuple[Path, TrainingReport, list[float]]) -> None:
        _, report, _ = once
        sense = EmbeddedVision(model_file=report.weights[0])
        bright = np.repeat(pictures(1, seed=9)[0][:, :, None], 3, axis=2)
        seen = sense.perceive(Frame(pixels=bright, crop=True))
        assert seen.scores is not None
        assert seen.scores.top is Emotion.HAPPY
        assert seen.features is not None
        assert seen.features.dtype == np.float32

    def test_the_same_seed_gives_the_same_bytes_and_another_does_not(
        self, once: tuple[Path, TrainingReport, list[float]], tmp_path: Path
    ) -> None:
        root, report, _ = once
        again = run_experiment(tiny(int8=True), Orders(data=root / "sets", runs=tmp_path))
        assert sha256_of(again.weights[0]) == sha256_of(report.weights[0])
        assert again.dev == report.dev
        assert not again.test
        other = run_experiment(tiny(seed=1, epochs=1), Orders(data=root / "sets", runs=tmp_path))
        assert sha256_of(other.weights[0]) != sha256_of(report.weights[0])

    def test_a_finished_run_and_a_touched_test_are_not_done_again_unasked(
        self, once: tuple[Path, TrainingReport, list[float]]
    ) -> None:
        root, _, _ = once
        orders = Orders(data=root / "sets", runs=root / "runs", final=True)
        with pytest.raises(RunFinished):
            run_experiment(tiny(int8=True), orders)
        with pytest.raises(TestTouched, match="vision-cnn-tiny"):
            run_experiment(tiny(seed=3, epochs=1), orders)
        report = run_experiment(
            tiny(seed=4, epochs=1), Orders(data=root / "sets", runs=root / "runs", final=True, again="a test of this")
        )
        assert "a test of this" in report.touch

    def test_a_killed_run_ends_as_an_unbroken_one(self, data: Path, tmp_path: Path) -> None:
        experiment = tiny(epochs=6)
        path = tmp_path / "tiny.yaml"
        path.write_text(experiment.as_yaml(), encoding="utf-8")
        checkpoint = tmp_path / "killed" / experiment.experiment / experiment.run_name / "checkpoint"
        code = (
            "import sys\nfrom pathlib import Path\n"
            "from perception.training.experiments.config import load_experiment\n"
            "from perception.training.experiments.orders import Orders\n"
            "from perception.training.experiments.pipeline import run_experiment\n"
            "run_experiment(load_experiment(sys.argv[1]), Orders(data=Path(sys.argv[2]), runs=Path(sys.argv[3])))\n"
        )
        command = [sys.executable, "-c", code, str(path), str(data), str(tmp_path / "killed")]
        running = subprocess.Popen(command)
        ends = time.monotonic() + 120
        while not checkpoint.is_file():
            assert running.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < ends
            time.sleep(0.005)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        import torch

        torch.set_num_threads(1)  # as CTranslate2 or llama.cpp in the same process may have done
        resumed = run_experiment(experiment, Orders(data=data, runs=tmp_path / "killed"))
        unbroken = run_experiment(experiment, Orders(data=data, runs=tmp_path / "unbroken"))
        assert resumed.dev == unbroken.dev
        assert sha256_of(resumed.weights[0]) == sha256_of(unbroken.weights[0])

    def test_a_budget_that_ends_early_is_said_and_more_of_it_goes_on(self, data: Path, tmp_path: Path) -> None:
        first = run_experiment(tiny(), Orders(data=data, runs=tmp_path, seconds=0))
        assert "1 of 4, stopped by the time budget" in first.notes["epochs"]
        second = run_experiment(tiny(), Orders(data=data, runs=tmp_path))
        assert second.epochs == 4

    def test_the_commercial_policy_leaves_nothing(self, data: Path, tmp_path: Path) -> None:
        with pytest.raises(LicenceForbids):
            run_experiment(tiny(), Orders(data=data, runs=tmp_path, policy="commercial"))

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"recipe.rates": 1}, "no field 'rates'; its fields are architecture, widths"),
            ({"recipe.rate": "fast"}, "recipe.rate.*'fast'"),
            ({"trainer": "vision-vit"}, "no trainer 'vision-vit'; there are audio-sequence"),
        ],
    )
    def test_what_a_recipe_cannot_be_is_named(
        self, data: Path, tmp_path: Path, change: dict[str, object], told: str
    ) -> None:
        with pytest.raises(ExperimentInvalid, match=told):
            run_experiment(tiny(**change), Orders(data=data, runs=tmp_path))


@pytest.mark.unit
def test_importing_the_trainer_is_light() -> None:
    code = (
        "import sys, perception.training.vision.task, perception.training.experiments.pipeline; "
        "sys.exit(any(m in sys.modules for m in ('torch', 'onnx', 'cv2', 'mlflow', 'sklearn', 'matplotlib')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.train
@needs_torch
class TestTeachers:
    def test_finished_runs_teach_another(self, once: tuple[Path, TrainingReport, list[float]]) -> None:
        root, _, _ = once
        orders = Orders(data=root / "sets", runs=root / "runs")
        taught = tiny(**{"recipe.teacher": "vision-cnn-tiny", "epochs": 1}).changed({"experiment": "taught"})
        report = run_experiment(taught, orders)
        assert "vision-cnn-tiny" in report.notes["targets"]

    def test_one_without_a_teacher_says_what_to_train_first(self, data: Path, tmp_path: Path) -> None:
        with pytest.raises(ExperimentInvalid, match="--experiment nobody"):
            run_experiment(tiny(**{"recipe.teacher": "nobody"}), Orders(data=data, runs=tmp_path / "runs"))

    def test_a_teacher_that_saw_other_rows_is_refused(self, once: tuple[Path, TrainingReport, list[float]]) -> None:
        root, _, _ = once
        orders = Orders(data=root / "sets", runs=root / "runs")
        with pytest.raises(ExperimentInvalid, match="other rows"):
            run_experiment(tiny(**{"recipe.teacher": "vision-cnn-tiny", "limit": 200}), orders)
