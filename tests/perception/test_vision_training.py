"""Training the face network: the data rules, the schedule, and a run in miniature."""

from __future__ import annotations

import importlib.util
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from perception import EMOTIONS, Emotion, Frame
from perception.training.errors import TrainingDataMissing, TrainingError, TrainingExtraMissing
from perception.training.vision import MODEL, train_vision
from perception.training.vision_data import load_ferplus
from perception.training.vision_export import calibration_error, softmax, temperature, uncertain_below
from perception.training.vision_loop import CHECKPOINT, fit, one_cycle
from perception.vision import EmbeddedVision

needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs the extra `train`")

VOTE_NAMES = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF"]
LABEL_NAMES = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]
Images = NDArray[np.uint8]


def pictures(count: int, seed: int) -> Images:
    """Pairs of classes a network can tell apart: bright above, bright below."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 60, size=(count, 48, 48), dtype=np.uint8)
    images[::2, :24] += 150
    images[1::2, 24:] += 150
    return images


def votes_for(count: int) -> NDArray[np.uint8]:
    votes = np.zeros((count, 10), dtype=np.uint8)
    votes[::2, VOTE_NAMES.index("happiness")] = 10
    votes[1::2, VOTE_NAMES.index("sadness")] = 10
    return votes


def write(path: Path, images: Images, votes: NDArray[np.uint8]) -> None:
    blobs = []
    for image in images:
        stream = io.BytesIO()
        Image.fromarray(image).save(stream, "WEBP", lossless=True)
        blobs.append(stream.getvalue())
    np.savez(
        path,
        webp=np.frombuffer(b"".join(blobs), dtype=np.uint8),
        offsets=np.cumsum([0, *map(len, blobs)]),
        votes=votes,
        vote_names=np.array(VOTE_NAMES),
        fer2013_label=np.full(len(images), LABEL_NAMES.index("happy"), dtype=np.int8),
        label_names=np.array(LABEL_NAMES),
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "sets" / "face"
    folder.mkdir(parents=True)
    write(folder / "ferplus_train.npz", pictures(240, seed=1), votes_for(240))
    write(folder / "ferplus_valid.npz", pictures(40, seed=2), votes_for(40))
    return folder.parent


@pytest.mark.unit
class TestData:
    def test_parts_share_no_face(self, data: Path) -> None:
        faces = load_ferplus(data)
        parts = [faces.train, faces.dev, faces.held_out]
        hashes = [image.tobytes() for part in parts for image in part.images]
        assert len(set(hashes)) == len(hashes) == 280
        assert all(len(part) for part in parts)

    def test_takes_the_face_folder_too(self, data: Path) -> None:
        assert len(load_ferplus(data / "face").held_out) == 40

    def test_duplicates_leave_the_training_file(self, data: Path) -> None:
        images, held_out = pictures(240, seed=1), pictures(40, seed=2)
        images[5], images[7] = images[3], held_out[1]
        write(data / "face" / "ferplus_train.npz", images, votes_for(240))
        faces = load_ferplus(data)
        assert len(faces.train) + len(faces.dev) == 238
        assert len(faces.held_out) == 40
        assert faces.dropped["pixel duplicates in the training file or of a validation image"] == 2

    def test_votes_become_targets(self, data: Path) -> None:
        votes = votes_for(40)
        votes[0] = [0, 6, 0, 0, 3, 0, 0, 0, 1, 0]  # happy 6, angry 3, one unknown
        votes[1] = [0, 0, 0, 8, 1, 1, 0, 0, 0, 0]  # single votes are noise
        votes[2] = [2, 2, 0, 0, 0, 0, 0, 6, 0, 0]  # mostly contempt: dropped
        votes[3] = [5, 5, 0, 0, 0, 0, 0, 0, 0, 0]  # a tie: dropped where one truth is needed
        votes[4] = 0
        votes[4, 9] = 10  # no face: dropped
        write(data / "face" / "ferplus_valid.npz", pictures(40, seed=2), votes)
        held_out = load_ferplus(data).held_out
        assert len(held_out) == 37
        assert held_out.targets[0, EMOTIONS.index(Emotion.HAPPY)] == pytest.approx(2 / 3)
        assert held_out.targets[0, EMOTIONS.index(Emotion.ANGRY)] == pytest.approx(1 / 3)
        assert held_out.targets[1, EMOTIONS.index(Emotion.SAD)] == 1.0
        assert set(held_out.original) == {EMOTIONS.index(Emotion.HAPPY)}

    def test_missing_data_says_where_it_was_looked_for(self, tmp_path: Path) -> None:
        with pytest.raises(TrainingDataMissing, match=r"ferplus_train\.npz.*--data"):
            load_ferplus(tmp_path)

    def test_another_layout_is_refused(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "ferplus_train.npz", images=np.zeros(3))
        with pytest.raises(TrainingDataMissing, match="webp"):
            load_ferplus(tmp_path)

    def test_a_damaged_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "ferplus_train.npz").write_bytes(b"nothing of the kind")
        with pytest.raises(TrainingError, match="not FER"):
            load_ferplus(tmp_path)


@pytest.mark.unit
class TestFigures:
    def test_one_cycle_rises_and_ends_at_nothing(self) -> None:
        rates = [one_cycle(part / 100) for part in range(101)]
        assert max(rates) == pytest.approx(1.0)
        assert rates.index(max(rates)) == 20
        assert rates[-1] == pytest.approx(0.0)

    def test_temperature_cools_an_overconfident_network(self) -> None:
        rng = np.random.default_rng(0)
        truth = rng.integers(0, 7, 2000)
        logits = rng.normal(size=(2000, 7))
        logits[np.arange(2000), truth] += 1.5
        assert temperature(logits * 3, truth) == pytest.approx(2, rel=0.15)
        fair = softmax(logits * 3 / temperature(logits * 3, truth))
        assert calibration_error(fair, truth) < calibration_error(softmax(logits * 3), truth)

    def test_uncertain_is_where_it_errs_more_than_not(self) -> None:
        sure, unsure = np.full((100, 7), 0.02), np.full((100, 7), 0.11)
        sure[:, 0], unsure[:, 0] = 0.88, 0.34
        truth = np.array([0] * 100 + [1] * 80 + [0] * 20)
        probabilities = np.concatenate([sure, unsure])
        assert 0.34 < uncertain_below(probabilities, truth) < 0.88
        assert uncertain_below(probabilities, np.zeros(200, dtype=np.int64)) == pytest.approx(1 / 7, abs=1e-3)


@needs_torch
@pytest.mark.train
class TestTraining:
    def test_miniature_run(self, data: Path, tmp_path: Path) -> None:
        told: list[tuple[float, str]] = []
        report = train_vision(data, tmp_path / "out", minutes=0.1, progress=lambda *news: told.append(news))
        (weights,) = report.weights
        assert weights == tmp_path / "out" / f"{MODEL}.onnx"
        assert report.figures[0].rows == 40
        assert report.figures[0].accuracy > report.figures[0].majority_accuracy
        assert told[-1][0] == 1.0
        assert [part for part, _ in told] == sorted(part for part, _ in told)
        card = (tmp_path / "out" / f"{MODEL}.md").read_text(encoding="utf-8")
        assert "research, non-commercial" in card
        assert "parity of the export" in card
        assert {file.name for file in (tmp_path / "out").iterdir()} == {f"{MODEL}.onnx", f"{MODEL}.md"}

        sense = EmbeddedVision(model_file=weights)
        bright = np.repeat(pictures(1, seed=9)[0][:, :, None], 3, axis=2)
        seen = sense.perceive(Frame(pixels=bright, crop=True))
        assert seen.scores is not None
        assert seen.scores.top is Emotion.HAPPY
        assert seen.features is not None
        assert seen.features.dtype == np.float32

    def test_an_interrupted_run_goes_on(self, data: Path, tmp_path: Path) -> None:
        faces = load_ferplus(data)

        def stop(part: float, line: str) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fit(faces, tmp_path, seconds=60, seed=0, progress=stop)
        assert (tmp_path / CHECKPOINT).is_file()
        spent = fit(faces, tmp_path, seconds=0.01, seed=0, progress=lambda *_: None).seconds
        run = fit(faces, tmp_path, seconds=spent + 0.01, seed=0, progress=lambda *_: None)
        assert run.epoch == 2

    def test_a_checkpoint_of_another_seed_is_not_used(self, data: Path, tmp_path: Path) -> None:
        faces = load_ferplus(data)
        fit(faces, tmp_path, seconds=0.1, seed=0, progress=lambda *_: None)
        assert fit(faces, tmp_path, seconds=0.1, seed=1, progress=lambda *_: None).epoch == 1


@pytest.mark.unit
def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    with pytest.raises(TrainingExtraMissing, match=r"attune-agent\[train\]"):
        train_vision(tmp_path, tmp_path, minutes=1)


@pytest.mark.unit
def test_importing_the_trainer_is_light() -> None:
    code = "import sys, perception.training.vision; sys.exit(any(m in sys.modules for m in ('torch', 'onnx', 'cv2')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
