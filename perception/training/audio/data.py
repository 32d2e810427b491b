"""Clips of acted emotional speech, in folds by speaker.

The folder holds `voice/metadata.csv` (corpus, speaker, emotion, fold, file, start, frames) and the recordings.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perception.audio.frames import Floats
from perception.emotions import EMOTIONS, Emotion
from perception.media.values import SAMPLE_RATE
from perception.training.errors import TrainingDataMissing
from perception.training.experiments.loop import Progress
from perception.training.splits import AudioFingerprint, Item, audio_fingerprint, find_twins

CORPORA = ("ravdess", "emodb", "nemo")
"""Their licences allow derived weights to be shared; TESS (CC BY-NC-ND 4.0) allows no derivatives."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """One row of `metadata.csv`."""

    corpus: str
    speaker: str
    emotion: Emotion
    fold: int
    """Of the cross-validation; a speaker is in one only."""
    file: Path
    start: int
    """First sample."""
    frames: int
    """Samples."""

    @property
    def id(self) -> str:
        """Where it is, whatever folder it is in."""
        return f"{self.corpus}/{self.file.name}:{self.start}"

    @property
    def voice(self) -> str:
        """Whose it is, over all corpora."""
        return f"{self.corpus}/{self.speaker}"

    def read(self) -> Floats:
        """The samples, at 16 kHz."""
        whole = _whole(self.file)[self.start : self.start + self.frames]
        return whole.astype(np.float32) / np.float32(32768)


def read_clips(data: Path) -> tuple[Clip, ...]:
    """The clips of `CORPORA`.

    Raises:
        TrainingDataMissing: there is no `voice/metadata.csv`, it has no rows of these corpora, or all are of one fold.
    """
    table = data / "voice" / "metadata.csv"
    if not table.is_file():
        raise TrainingDataMissing(f"{str(table)!r} is not there; pass the folder that holds voice/ with --data")
    with table.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["corpus"] in CORPORA]
    if not rows:
        raise TrainingDataMissing(f"{str(table)!r} has no row of {', '.join(CORPORA)}; check its column 'corpus'")
    if len({row["fold"] for row in rows}) < 2:
        raise TrainingDataMissing(f"all clips of {str(table)!r} are of one fold; cross-validation needs two or more")
    return tuple(
        Clip(
            corpus=row["corpus"],
            speaker=row["speaker"],
            emotion=Emotion(row["emotion"]),
            fold=int(row["fold"]),
            file=table.parent / row["file"],
            start=int(row["start"]),
            frames=int(row["frames"]),
        )
        for row in rows
    )


def distinct_clips(clips: Sequence[Clip], cache: Path, progress: Progress) -> tuple[Clip, ...]:
    """Clips without copies: of those that are the same or nearly, the first by id stays. Fingerprints are kept."""
    kept = cache / f"fingerprints-1-{clips_key(clips)}.json"
    prints = _kept(kept) or _fingerprints(clips, kept, progress)
    items = [
        Item(id=clip.id, corpus=clip.corpus, group=clip.speaker, fingerprint=made, official=None, unit="speaker")
        for clip, made in zip(clips, prints, strict=True)
    ]
    copies = {twin.b for twin in find_twins(sorted(items, key=lambda item: item.id))}
    return tuple(clip for clip in clips if clip.id not in copies)


def clips_key(clips: Sequence[Clip]) -> str:
    """What tells the same clips, in the same order, of files of the same size and time."""
    files = sorted({clip.file for clip in clips})
    stats = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.is_file()]
    return hashlib.sha256(repr((stats, [(clip.id, clip.frames) for clip in clips])).encode()).hexdigest()[:16]


# seeking in a compressed file takes longer than all else; the corpora are 400 MB at 16 bits
@lru_cache(maxsize=64)
def _whole(file: Path) -> NDArray[np.int16]:
    import soundfile

    samples: NDArray[np.int16] = soundfile.read(file, dtype="int16")[0]
    return samples


def _fingerprints(clips: Sequence[Clip], kept: Path, progress: Progress) -> list[AudioFingerprint]:
    made = []
    for done, clip in enumerate(clips):
        made.append(audio_fingerprint(clip.read(), SAMPLE_RATE))
        if done % 100 == 0:
            progress(done / len(clips), f"looking for recordings that are there twice: {done} of {len(clips)}")
    rows = [(each.exact, each.codes.hex(), each.loud.hex()) for each in made]
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(".part")
    part.write_text(json.dumps(rows), encoding="utf-8")
    part.replace(kept)
    return made


def _kept(path: Path) -> list[AudioFingerprint] | None:
    if not path.is_file():
        return None
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [AudioFingerprint(exact=e, codes=bytes.fromhex(c), loud=bytes.fromhex(loud)) for e, c, loud in rows]


def labels(clips: Sequence[Clip]) -> NDArray[np.int64]:
    """Places in `EMOTIONS` of the acted emotions."""
    return np.array([EMOTIONS.index(clip.emotion) for clip in clips], dtype=np.int64)
