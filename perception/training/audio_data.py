"""Clips of acted emotional speech as rows of functionals, cached beside the run.

The folder holds `voice/metadata.csv` (corpus, speaker, emotion, split, file, start, frames) and the recordings.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perception.audio.features import functionals, functionals_size
from perception.audio.frames import Floats
from perception.emotions import EMOTIONS, Emotion
from perception.media.values import SAMPLE_RATE
from perception.training.errors import TrainingDataMissing

CORPORA = ("ravdess", "emodb", "nemo")
"""Their licences allow derived weights to be shared; TESS (CC BY-NC-ND 4.0) allows no derivatives."""

Progress = Callable[[float, str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """One row of `metadata.csv`."""

    corpus: str
    speaker: str
    emotion: Emotion
    split: str
    file: Path
    start: int
    """First sample."""
    frames: int
    """Samples."""

    def read(self) -> Floats:
        """The samples, at 16 kHz."""
        import soundfile

        samples: Floats = soundfile.read(self.file, start=self.start, frames=self.frames, dtype="float32")[0]
        return samples


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Rows:
    """Clips beside their functionals."""

    clips: tuple[Clip, ...]
    plain: Floats
    """Clips x size of the functionals."""
    varied: Floats
    """Versions x clips x size of the functionals: the same clips in other voices."""
    degraded: Floats
    """Versions x clips x size of the functionals: the same clips over poorer channels."""

    def of(self, corpus: str) -> NDArray[np.bool_]:
        """Which rows are of a corpus."""
        return np.array([clip.corpus == corpus for clip in self.clips], dtype=bool)

    def split(self, name: str) -> Rows:
        """The rows of `train` or `val`."""
        return self.where(np.array([clip.split == name for clip in self.clips], dtype=bool))

    def where(self, keep: NDArray[np.bool_]) -> Rows:
        """The rows marked."""
        index = np.flatnonzero(keep)
        return Rows(
            clips=tuple(self.clips[i] for i in index),
            plain=self.plain[index],
            varied=self.varied[:, index],
            degraded=self.degraded[:, index],
        )

    @property
    def labels(self) -> NDArray[np.int64]:
        """Places in `Emotion` of the acted emotions."""
        return np.array([EMOTIONS.index(clip.emotion) for clip in self.clips], dtype=np.int64)


def read_clips(data: Path) -> tuple[Clip, ...]:
    """The clips of `CORPORA`.

    Raises:
        TrainingDataMissing: there is no `voice/metadata.csv`, or it has no rows of these corpora for train or for val.
    """
    table = data / "voice" / "metadata.csv"
    if not table.is_file():
        raise TrainingDataMissing(f"{str(table)!r} is not there; pass the folder that holds voice/ with --data")
    with table.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["corpus"] in CORPORA]
    if not rows:
        raise TrainingDataMissing(f"{str(table)!r} has no row of {', '.join(CORPORA)}; check its column 'corpus'")
    for split in ("train", "val"):
        if all(row["split"] != split for row in rows):
            raise TrainingDataMissing(f"{str(table)!r} has no row with split {split!r}; it needs both train and val")
    return tuple(
        Clip(
            corpus=row["corpus"],
            speaker=row["speaker"],
            emotion=Emotion(row["emotion"]),
            split=row["split"],
            file=table.parent / row["file"],
            start=int(row["start"]),
            frames=int(row["frames"]),
        )
        for row in rows
    )


def load_rows(clips: Sequence[Clip], cache: Path, *, versions: int, seed: int, progress: Progress) -> Rows:
    """Functionals of all clips, from the cache where the same ones were computed before."""
    key = hashlib.sha256(repr([(str(c.file), c.start, c.frames) for c in clips]).encode()).hexdigest()[:16]
    path = cache / f"functionals-2-{functionals_size()}-{versions}-{seed}-{key}.npz"
    if path.is_file():
        with np.load(path) as kept:
            return Rows(clips=tuple(clips), plain=kept["plain"], varied=kept["varied"], degraded=kept["degraded"])
    plain = np.empty((len(clips), functionals_size()), dtype=np.float32)
    varied, degraded = (np.empty((versions, *plain.shape), dtype=np.float32) for _ in range(2))
    for i, clip in enumerate(clips):
        samples = clip.read()
        plain[i] = functionals(samples)
        for version in range(versions):
            varied[version, i] = functionals(vary(samples, np.random.default_rng((seed, version, i, 1))))
            degraded[version, i] = functionals(degrade(samples, np.random.default_rng((seed, version, i))))
        if i % 50 == 0:
            progress(i / len(clips), f"listening: {i} of {len(clips)} clips")
    np.savez(path, plain=plain, varied=varied, degraded=degraded)
    return Rows(clips=tuple(clips), plain=plain, varied=varied, degraded=degraded)


def vary(samples: Floats, random: np.random.Generator) -> Floats:
    """The same speech by another voice: faster, and pitch and formants up; or slower, and both down."""
    import librosa

    rate = SAMPLE_RATE * random.uniform(0.86, 1.16)
    varied: Floats = librosa.resample(samples, orig_sr=SAMPLE_RATE, target_sr=rate, res_type="soxr_hq")
    return varied.astype(np.float32)


def degrade(samples: Floats, random: np.random.Generator) -> Floats:
    """The same speech in another room, through another microphone, with noise, slightly faster or slower."""
    import librosa
    from scipy.signal import fftconvolve, firwin2

    rate = SAMPLE_RATE * random.uniform(0.93, 1.07)
    samples = librosa.resample(samples, orig_sr=SAMPLE_RATE, target_sr=rate, res_type="soxr_qq")
    gains = 10.0 ** (random.uniform(-6.0, 6.0, size=5) / 20.0)
    samples = fftconvolve(samples, firwin2(127, [0, 0.05, 0.15, 0.4, 1.0], gains), mode="same")
    if random.random() < 0.5:
        decay = np.exp(-np.arange(SAMPLE_RATE // 4) / (SAMPLE_RATE * random.uniform(0.02, 0.08)))
        room = random.normal(size=len(decay)) * decay
        room = room / np.linalg.norm(room) * random.uniform(0.2, 0.7)
        samples = samples + fftconvolve(samples, room)[: len(samples)]
    noise = np.cumsum(random.normal(size=len(samples))) if random.random() < 0.3 else random.normal(size=len(samples))
    noise = noise - np.convolve(noise, np.full(200, 1 / 200), mode="same")
    ratio = 10.0 ** (-random.uniform(12.0, 40.0) / 20.0)
    noisy: Floats = (samples + noise * ratio * samples.std() / (noise.std() + 1e-9)).astype(np.float32)
    return noisy
