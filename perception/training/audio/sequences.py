"""Clips as sequences of vectors, as recorded and made worse; kept beside the runs, since listening takes long."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.audio.degradations import augment, babble_noise, mix, pink_noise, white_noise
from perception.audio.frames import Floats
from perception.training.audio.data import Clip, clips_key
from perception.training.audio.hearings import Hearing
from perception.training.audio.voices import vary
from perception.training.experiments.loop import Progress

_FORMAT: Final = 1
_BABBLERS: Final = 8
_NOISE_DB: Final = (0.0, 20.0)
_BABBLE: Final = 0.6
_WHITE: Final = 0.8


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sequences:
    """One version of many clips."""

    vectors: NDArray[np.float16]
    """All clips' vectors, one clip after the other (sum of frames x width); mapped from disk."""
    starts: NDArray[np.int64]
    """Where each clip begins; one more than there are clips."""
    usual: Floats
    """Mean vector of each clip's speech (clips x width)."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, place: int) -> Floats:
        """The vectors of a clip (frames x width)."""
        clip: Floats = self.vectors[self.starts[place] : self.starts[place + 1]].astype(np.float32)
        return clip

    @property
    def frames(self) -> NDArray[np.int64]:
        """How many vectors each clip has."""
        return np.diff(self.starts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Versions:
    """How often each clip is heard made worse, beside as it was recorded."""

    poorer: int = 1
    """Over a bad channel."""
    noisy: int = 0
    """Over noise at 0 to 20 dB: babble more often than not, else white or pink."""
    voices: int = 1
    """By another voice, over a bad channel."""

    @property
    def groups(self) -> tuple[int, ...]:
        """How many there are of each kind: as recorded, over bad channels, over noise, by other voices."""
        return (1, self.poorer, self.noisy, self.voices)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Their names, in that order."""
        named = zip(("poorer", "noisy", "voice"), self.groups[1:], strict=True)
        return ("plain", *(f"{kind}{i}" for kind, count in named for i in range(count)))


def hear(
    clips: Sequence[Clip], hearing: Hearing, cache: Path, *, versions: Versions, seed: int, progress: Progress
) -> tuple[Sequences, ...]:
    """Clips as recorded, then each of the other versions; what was heard before is taken from the cache."""
    kinds = versions.kinds
    heard = []
    for done, kind in enumerate(kinds):
        share = _shared(progress, done, len(kinds))
        heard.append(_version(clips, hearing, cache, kind, seed, share))
    return tuple(heard)


def _shared(progress: Progress, done: int, of: int) -> Progress:
    return lambda part, line: progress((done + part) / of, line)


def _version(
    clips: Sequence[Clip], hearing: Hearing, cache: Path, kind: str, seed: int, progress: Progress
) -> Sequences:
    path = cache / f"heard-{_FORMAT}-{hearing.name}-{kind}-{seed}-{clips_key(clips)}"
    table = path.with_name(f"{path.name}.npz")
    if not table.is_file():
        _listen(clips, hearing, path, table, _changes(clips, kind, seed), progress)
    with np.load(table) as kept:
        starts, usual = kept["starts"], kept["usual"]
    vectors = np.memmap(path, dtype=np.float16, mode="r", shape=(int(starts[-1]), hearing.width))
    return Sequences(vectors=vectors, starts=starts, usual=usual)


def _listen(
    clips: Sequence[Clip],
    hearing: Hearing,
    path: Path,
    table: Path,
    changed: Callable[[Clip], Floats],
    progress: Progress,
) -> None:
    """Write vectors first and their table last: where the table is, both are whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frames, usual = [], []
    with path.open("wb") as file:
        for done, clip in enumerate(clips):
            vectors = hearing.features(changed(clip))
            file.write(vectors.astype(np.float16).tobytes())
            frames.append(len(vectors))
            usual.append(hearing.usual(vectors))
            if done % 20 == 0:
                progress(done / len(clips), f"listening ({hearing.name}): {done} of {len(clips)} clips")
    part = table.with_suffix(".part.npz")
    np.savez(part, starts=np.cumsum([0, *frames]), usual=np.stack(usual).astype(np.float32))
    part.replace(table)


def _changes(clips: Sequence[Clip], kind: str, seed: int) -> Callable[[Clip], Floats]:
    """How a version changes the samples of a clip; what is random in it follows from the clip, not from its place."""
    if kind == "plain":
        return Clip.read
    # who babbles is of the same fold and corpus: no training row has the voice of a held-out speaker in its noise
    crowds: dict[tuple[str, int], list[Clip]] = {}
    for each in clips:
        crowds.setdefault((each.corpus, each.fold), []).append(each)

    def changed(clip: Clip) -> Floats:
        digest = hashlib.sha256(json.dumps([clip.id, kind, seed]).encode()).digest()
        random = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        samples = clip.read()
        near = crowds[clip.corpus, clip.fold]
        if kind.startswith("noisy"):
            return _noisy(samples, [near[i].read() for i in random.integers(len(near), size=_BABBLERS)], random)
        if kind.startswith("voice"):
            samples = vary(samples, random)
        babble = [near[i].read() for i in random.integers(len(near), size=_BABBLERS)] if _babbles(random) else []
        return augment(samples, random, babble=babble)

    return changed


def _noisy(samples: Floats, voices: Sequence[Floats], random: np.random.Generator) -> Floats:
    drawn = random.random()
    if drawn < _BABBLE:
        noise = babble_noise(len(samples), voices, random)
    else:
        noise = (white_noise if drawn < _WHITE else pink_noise)(len(samples), random)
    return mix(samples, noise, random.uniform(*_NOISE_DB))


def _babbles(random: np.random.Generator) -> bool:
    """Reading eight other clips takes longer than anything else: one version in four may have babble in it."""
    return bool(random.random() < 0.25)
