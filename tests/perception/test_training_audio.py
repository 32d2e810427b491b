"""Training the voice network, in miniature, on tones that stand for emotions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perception import SAMPLE_RATE, AudioClip
from perception.audio import EmbeddedAudio
from perception.training.errors import LicenceForbids, TrainingDataMissing
from perception.training.experiments.config import Experiment, load_experiment
from perception.training.experiments.orders import Orders
from perception.training.experiments.pipeline import run_experiment
from perception.training.testing import make_voices

pytest.importorskip("torch", reason="training needs the extra `train`")

pytestmark = pytest.mark.train


def tiny(**changes: object) -> Experiment:
    small = {"limit": None, "epochs": 8, "recipe.batch": 8, "recipe.rate": 0.01, "int8": False}
    return load_experiment("audio-functionals-tiny").changed(small | changes)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_voices(tmp_path / "corpora")


def test_training_exports_a_network_the_sense_can_use(data: Path, tmp_path: Path) -> None:
    told: list[float] = []
    orders = Orders(data=data, runs=tmp_path / "runs", final=True)
    report = run_experiment(tiny(int8=True), orders, progress=lambda part, _line: told.append(part))
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert [(figures.rows, figures.groups) for figures in report.test] == [(12, 1)] * 3
    assert report.test[0].accuracy > report.test[0].majority_accuracy
    assert not report.test[0].intervals  # one speaker tells nothing of others
    assert report.splits.parts["dev"].groups == 1
    assert report.splits.parts["train"].groups == 2
    assert "speaker" in (report.weights[0].parent / f"{report.model}.md").read_text(encoding="utf-8")
    sense = EmbeddedAudio(model_file=report.weights[0])
    sense.warm_up()
    assert sense.perceive(AudioClip(samples=np.zeros(SAMPLE_RATE, dtype=np.float32))).model == report.model


def test_a_second_run_gives_the_same_bytes(data: Path, tmp_path: Path) -> None:
    first, second = (run_experiment(tiny(), Orders(data=data, runs=tmp_path / name)) for name in ("one", "two"))
    assert first.dev == second.dev
    assert first.weights[0].read_bytes() == second.weights[0].read_bytes()


def test_an_interrupted_run_ends_as_an_unbroken_one(data: Path, tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop(part: float, line: str) -> None:
        if line.startswith("epoch 4 of"):
            raise StoppedError

    with pytest.raises(StoppedError):
        run_experiment(tiny(), Orders(data=data, runs=tmp_path / "broken"), progress=stop)
    resumed = run_experiment(tiny(), Orders(data=data, runs=tmp_path / "broken"))
    unbroken = run_experiment(tiny(), Orders(data=data, runs=tmp_path / "unbroken"))
    assert resumed.dev == unbroken.dev
    assert resumed.weights[0].read_bytes() == unbroken.weights[0].read_bytes()


def test_without_the_table_it_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataMissing, match=r"metadata\.csv"):
        run_experiment(tiny(), Orders(data=tmp_path, runs=tmp_path / "runs"))


def test_without_held_out_speakers_it_refuses(data: Path, tmp_path: Path) -> None:
    table = data / "voice" / "metadata.csv"
    table.write_text(table.read_text().replace(",val,", ",train,"))
    with pytest.raises(TrainingDataMissing, match="'val'"):
        run_experiment(tiny(), Orders(data=data, runs=tmp_path / "runs"))


def test_the_commercial_policy_leaves_nothing(data: Path, tmp_path: Path) -> None:
    with pytest.raises(LicenceForbids):
        run_experiment(tiny(), Orders(data=data, runs=tmp_path / "runs", policy="commercial"))
