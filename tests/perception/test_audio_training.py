"""Training the audio sense, in miniature, on tones that stand for emotions."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from perception import EMOTIONS, SAMPLE_RATE, AudioClip, Emotion
from perception.audio import EmbeddedAudio
from perception.training.errors import TrainingDataMissing

pytest.importorskip("torch", reason="training needs the extra `train`")

from perception.training.audio import train_audio

pytestmark = pytest.mark.train

COLUMNS = ("corpus", "speaker", "gender", "language", "emotion", "split", "fold", "file", "start", "frames", "dur")
FELT = (Emotion.HAPPY, Emotion.SAD, Emotion.ANGRY)


def tone(emotion: Emotion, speaker: int, random: np.random.Generator) -> np.ndarray:
    hertz = 100 * (1 + EMOTIONS.index(emotion)) * (1 + 0.03 * speaker)
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    return 0.3 * np.sin(2 * np.pi * hertz * time) + 0.01 * random.normal(size=len(time))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three speakers of tones in the layout of the real corpora: one file a speaker."""
    random = np.random.default_rng(0)
    folder = tmp_path / "corpora" / "voice"
    folder.mkdir(parents=True)
    rows = []
    for speaker in range(3):
        takes = [(felt, tone(felt, speaker, random)) for felt in FELT for _ in range(3)]
        soundfile.write(folder / f"s{speaker}.flac", np.concatenate([take for _, take in takes]), SAMPLE_RATE)
        for i, (felt, take) in enumerate(takes):
            split = "val" if speaker == 2 else "train"
            at = (i * SAMPLE_RATE, len(take), 1.0)
            rows.append(("ravdess", f"s{speaker}", "F", "en", felt, split, 0, f"s{speaker}.flac", *at))
    with (folder / "metadata.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return folder.parent


def test_training_exports_a_network_the_sense_can_use(data: Path, tmp_path: Path) -> None:
    told: list[float] = []
    out = tmp_path / "run"
    report = train_audio(data, out, minutes=0.05, progress=lambda part, _line: told.append(part))
    (weights,) = report.weights
    assert report.figures[0].rows == 9
    assert report.figures[0].accuracy > 0.9
    assert float(report.notes["parity"].rsplit(" ", 1)[1]) < 1e-4
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert "Held-out figures" in (out / f"{report.model}.md").read_text(encoding="utf-8")
    sense = EmbeddedAudio(model_file=weights)
    sense.warm_up()
    assert sense.perceive(AudioClip(samples=np.zeros(SAMPLE_RATE, dtype=np.float32))).model == report.model


def test_a_second_run_gives_the_same_figures(data: Path, tmp_path: Path) -> None:
    first, second = (train_audio(data, tmp_path / "run", minutes=0.0) for _ in range(2))
    assert first.figures == second.figures


def test_without_the_table_it_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataMissing, match=r"metadata\.csv"):
        train_audio(tmp_path, tmp_path / "run", minutes=0.01)


def test_without_held_out_speakers_it_refuses(data: Path, tmp_path: Path) -> None:
    table = data / "voice" / "metadata.csv"
    table.write_text(table.read_text().replace(",val,", ",train,"))
    with pytest.raises(TrainingDataMissing, match="'val'"):
        train_audio(data, tmp_path / "run", minutes=0.01)
