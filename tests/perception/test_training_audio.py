"""Training voice networks, in miniature, on tones that stand for emotions."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from perception import SAMPLE_RATE, AudioClip
from perception.audio import EmbeddedAudio
from perception.training.errors import ExperimentInvalid, LicenceForbids, TrainingDataMissing
from perception.training.experiments.config import Experiment, load_experiment
from perception.training.experiments.orders import Orders
from perception.training.experiments.pipeline import run_experiment
from perception.training.testing import make_voices

torch = pytest.importorskip("torch", reason="training needs the extra `train`")

pytestmark = pytest.mark.train


def tiny(**changes: object) -> Experiment:
    small = {"limit": None, "recipe.draws.drawn": 64, "recipe.rate": 0.01}
    return load_experiment("audio-acrnn-tiny").changed(small | changes)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_voices(tmp_path / "corpora")


def test_training_is_judged_on_speakers_held_out_and_exports_what_the_sense_can_use(data: Path, tmp_path: Path) -> None:
    told: list[float] = []
    runs = tmp_path / "runs"
    report = run_experiment(tiny(), Orders(data=data, runs=runs), progress=lambda part, _line: told.append(part))
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert [(name, part.rows, part.groups) for name, part in report.splits.parts.items()] == [
        ("fold 1", 24, 2),
        ("fold 2", 24, 2),
    ]
    assert [figures.name for figures in report.dev][:2] == ["all corpora", "ravdess"]
    assert report.dev[0].rows == 48
    assert not report.test
    folder = report.weights[0].parent
    assert {path.name for path in folder.glob("*.onnx")} == {f"{report.model}.onnx", "fold-1.onnx", "fold-2.onnx"}
    assert not list(folder.glob("*.checkpoint"))
    views = json.loads((folder / "folds.json").read_text(encoding="utf-8"))["held_out"]
    assert [view["view"] for view in views] == ["alone", "after 4"]
    sense = EmbeddedAudio(model_file=report.weights[0])
    sense.warm_up()
    assert sense.perceive(AudioClip(samples=np.zeros(SAMPLE_RATE, dtype=np.float32))).model == report.model


def test_no_row_is_judged_by_a_network_that_learned_from_its_speaker(data: Path, tmp_path: Path) -> None:
    """Labels of one fold are shuffled: what is said of the other fold's rows changes, of its own it does not."""
    before = dev_logits(run(tiny(), data, tmp_path / "before"))
    table = data / "voice" / "metadata.csv"
    lines = table.read_text().splitlines()
    changed = [line.replace(",happy,", ",fear,") if ",0,s" in line else line for line in lines]
    assert changed != lines
    table.write_text("\n".join(changed) + "\n")
    after = dev_logits(run(tiny(), data, tmp_path / "after"))
    assert np.array_equal(before[0], after[0])
    assert not np.array_equal(before[1], after[1])


def run(experiment: Experiment, data: Path, runs: Path) -> Path:
    return run_experiment(experiment, Orders(data=data, runs=runs)).weights[0].parent


def dev_logits(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    with np.load(folder / "dev.npz") as kept:
        return kept["logits alone"][kept["folds"] == 0], kept["logits alone"][kept["folds"] == 1]


def test_a_second_run_gives_the_same_bytes(data: Path, tmp_path: Path) -> None:
    first, second = (run(tiny(), data, tmp_path / name) for name in ("one", "two"))
    assert (first / "audio-acrnn-tiny.onnx").read_bytes() == (second / "audio-acrnn-tiny.onnx").read_bytes()


def test_an_interrupted_run_ends_as_an_unbroken_one(data: Path, tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop(part: float, line: str) -> None:
        if line.startswith("fold 2: epoch 2 of"):
            raise StoppedError

    with pytest.raises(StoppedError):
        run_experiment(tiny(), Orders(data=data, runs=tmp_path / "broken"), progress=stop)
    resumed, unbroken = (run(tiny(), data, tmp_path / name) for name in ("broken", "unbroken"))
    assert (resumed / "audio-acrnn-tiny.onnx").read_bytes() == (unbroken / "audio-acrnn-tiny.onnx").read_bytes()


def test_there_is_no_test_split_to_touch(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ExperimentInvalid, match="cross-validation"):
        run_experiment(tiny(), Orders(data=data, runs=tmp_path / "runs", final=True))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"recipe.hearing": "ears"}, "no hearing 'ears'"),
        ({"recipe.hearing": "whisper-base-blocks-x"}, "no hearing"),
        ({"recipe.draws.batch": "many"}, "draws"),
        ({"recipe.shape.depth": 3}, "depth"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(data: Path, tmp_path: Path, changes: dict[str, object], told: str) -> None:
    with pytest.raises(ExperimentInvalid, match=told):
        run_experiment(tiny(**changes), Orders(data=data, runs=tmp_path / "runs"))


def test_without_the_table_it_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataMissing, match=r"metadata\.csv"):
        run_experiment(tiny(), Orders(data=tmp_path, runs=tmp_path / "runs"))


def test_one_fold_is_refused(data: Path, tmp_path: Path) -> None:
    table = data / "voice" / "metadata.csv"
    table.write_text(table.read_text().replace(",1,s", ",0,s"))
    with pytest.raises(TrainingDataMissing, match="one fold"):
        run_experiment(tiny(), Orders(data=data, runs=tmp_path / "runs"))


def test_the_commercial_policy_leaves_nothing(data: Path, tmp_path: Path) -> None:
    with pytest.raises(LicenceForbids):
        run_experiment(tiny(), Orders(data=data, runs=tmp_path / "runs", policy="commercial"))


def write_encoder(folder: Path, *, blocks: int = 2, width: int = 8, version: int = 6) -> Path:
    """A CTranslate2 file of a Whisper of a few numbers."""
    random = np.random.default_rng(0)
    shapes: dict[str, tuple[int, ...]] = {
        "conv1/weight": (width, 80, 3),
        "conv1/bias": (width,),
        "conv2/weight": (width, width, 3),
        "conv2/bias": (width,),
    }
    for block in range(blocks):
        for part, into, out in (("self_attention", width, 3 * width), ("ffn", width, 4 * width)):
            name = f"layer_{block}/{part}"
            shapes |= {f"{name}/layer_norm/gamma": (width,), f"{name}/layer_norm/beta": (width,)}
            shapes |= {f"{name}/linear_0/weight": (out, into), f"{name}/linear_0/bias": (out,)}
            back = width if part == "self_attention" else out
            shapes |= {f"{name}/linear_1/weight": (into, back), f"{name}/linear_1/bias": (into,)}
    tensors = {f"encoder/{name}": random.normal(size=shape).astype(np.float16) for name, shape in shapes.items()}
    parts = [struct.pack("<I", version), text("WhisperSpec"), struct.pack("<II", 3, len(tensors) + 2)]
    parts += [tensor(name, values, 4) for name, values in tensors.items()]
    parts += [tensor("encoder/num_heads", np.array(2, dtype=np.int16), 2)]
    parts += [tensor("decoder/x", np.zeros(2, np.float32), 0)]
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"".join(parts))
    return folder


def text(value: str) -> bytes:
    return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"


def tensor(name: str, values: np.ndarray, kind: int) -> bytes:
    shape = b"".join(struct.pack("<I", size) for size in values.shape)
    return (
        text(name) + struct.pack("<B", values.ndim) + shape + struct.pack("<BI", kind, values.nbytes) + values.tobytes()
    )


def test_the_first_blocks_of_an_encoder_are_read(tmp_path: Path) -> None:
    from perception.training.audio.whisper_blocks import whisper_blocks

    folder = write_encoder(tmp_path / "whisper")
    mel = torch.randn(101, 80)
    two, one = (whisper_blocks(folder, blocks)(mel) for blocks in (2, 1))
    assert two.shape == one.shape == (25, 16)
    # the block before the last of two is the last of one
    assert torch.allclose(two[:, :8], one[:, 8:])


@pytest.mark.parametrize(
    ("blocks", "version", "told"), [(3, 6, "an encoder of 2 blocks; 3"), (0, 6, "0 were asked"), (2, 5, "format 5")]
)
def test_an_encoder_that_cannot_serve_is_refused(tmp_path: Path, blocks: int, version: int, told: str) -> None:
    from perception.training.audio.whisper_blocks import whisper_blocks

    folder = write_encoder(tmp_path / "whisper", version=version)
    with pytest.raises(TrainingDataMissing, match=told):
        whisper_blocks(folder, blocks)


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    from perception.training.audio.whisper_blocks import read_encoder

    path = write_encoder(tmp_path / "whisper") / "model.bin"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(TrainingDataMissing, match="attune models get whisper-base"):
        read_encoder(path)
