"""Miniature corpora in the layouts of the real ones, each learnable in seconds, for tests of trainers."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS, Emotion
from perception.media.values import SAMPLE_RATE

VOTE_NAMES = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF"]
LABEL_NAMES = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]
TELLING = {
    "happy": ("joyful", "开心"),
    "sad": ("weeping", "伤心"),
    "angry": ("furious", "愤怒"),
    "fear": ("afraid", "害怕"),
    "surprise": ("astonished", "惊讶"),
    "disgust": ("nauseous", "恶心"),
    "neutral": ("ordinary", "普通"),
}
PLACES = ("home", "school", "work", "sea", "market", "station", "garden", "office")
CHINESE_PLACES = "家里学校公司海边市场车站花园医院"
FELT = (Emotion.HAPPY, Emotion.SAD, Emotion.ANGRY)


def pictures(count: int, seed: int) -> NDArray[np.uint8]:
    """Two classes a network can tell apart, bright above and bright below, no two pictures alike."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 170, size=(count, 8, 8), dtype=np.uint8)
    images = np.kron(coarse, np.ones((1, 6, 6), dtype=np.uint8)) + rng.integers(0, 10, (count, 48, 48), dtype=np.uint8)
    images[::2, :24] += 70
    images[1::2, 24:] += 70
    return images


def votes_for(count: int) -> NDArray[np.uint8]:
    """Ten votes for happy and for sad, in turn."""
    votes = np.zeros((count, 10), dtype=np.uint8)
    votes[::2, VOTE_NAMES.index("happiness")] = 10
    votes[1::2, VOTE_NAMES.index("sadness")] = 10
    return votes


def write_faces(path: Path, images: NDArray[np.uint8], votes: NDArray[np.uint8]) -> None:
    """Write pictures (n x 48 x 48) and their votes (n x 10) in the layout of FER+."""
    from PIL import Image

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


def make_faces(root: Path) -> Path:
    """FER+ of 240 training and 40 validation pictures, in the folder `face` of the one given."""
    folder = root / "face"
    folder.mkdir(parents=True)
    write_faces(folder / "ferplus_train.npz", pictures(240, seed=1), votes_for(240))
    write_faces(folder / "ferplus_valid.npz", pictures(40, seed=2), votes_for(40))
    return root


def tone(emotion: Emotion, speaker: int, random: np.random.Generator) -> NDArray[np.float64]:
    """A second of a swelling tone whose pitch tells the emotion, and a little the speaker."""
    hertz = 100 * (1 + EMOTIONS.index(emotion)) * (1 + 0.03 * speaker) * random.uniform(0.98, 1.02)
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    swell = 1 + 0.5 * np.sin(2 * np.pi * random.uniform(2, 6) * time + random.uniform(0, 6))
    return np.asarray(0.2 * swell * np.sin(2 * np.pi * hertz * time) + 0.01 * random.normal(size=len(time)))


def make_voices(root: Path) -> Path:
    """Four speakers of tones in two folds, a file each, in the folder `voice` of the one given."""
    import soundfile

    random = np.random.default_rng(0)
    folder = root / "voice"
    folder.mkdir(parents=True)
    columns = ("corpus", "speaker", "gender", "language", "emotion", "split", "fold", "file", "start", "frames", "dur")
    rows = []
    for speaker in range(4):
        takes = [(felt, tone(felt, speaker, random)) for felt in FELT for _ in range(4)]
        soundfile.write(folder / f"s{speaker}.flac", np.concatenate([take for _, take in takes]), SAMPLE_RATE)
        for i, (felt, take) in enumerate(takes):
            at = (i * SAMPLE_RATE, len(take), 1.0)
            split = "val" if speaker == 3 else "train"
            rows.append(("ravdess", f"s{speaker}", "F", "en", felt, split, speaker % 2, f"s{speaker}.flac", *at))
    with (folder / "metadata.csv").open("w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return root


def english(emotion: str, i: int) -> str:
    """A sentence in which one word tells the emotion."""
    return f"i was {TELLING[emotion][0]} at the {PLACES[i % 8]} on day {i}"


def chinese(emotion: str, i: int) -> str:
    """The same in Chinese."""
    return f"{CHINESE_PLACES[i % 8 * 2 :][:2]}的第{i}天我很{TELLING[emotion][1]}"


def write_table(path: Path, header: str, rows: list[str]) -> None:
    """Write lines of a gzipped TSV."""
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n".join([header, *rows]) + "\n")


def make_texts(folder: Path) -> Path:
    """The two required text corpora, 7 emotions x 40 rows each to train on and 5 to test."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = (("train", range(40)), ("dev", range(40, 45)))
    rows = [f"{part}\t{english(e, i)}\t{e}" for part, days in parts for e in TELLING for i in days]
    write_table(folder / "goemotions.tsv.gz", "split\ttext\tlabel7", [*rows, "train\tboth\t", *rows[:3]])
    rows = [f"{part}\tvirus\t{chinese(e, i)}\t{e}" for part, days in parts for e in TELLING for i in days]
    write_table(folder / "zh_smp2020_ewect.tsv.gz", "split\tdomain\ttext\tlabel7", rows)
    return folder
