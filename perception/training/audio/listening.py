"""Functionals of clips as recorded, in other voices and over poorer channels, cached beside the runs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perception.audio.features import functionals, functionals_size
from perception.audio.frames import Floats
from perception.media.values import SAMPLE_RATE
from perception.training.audio.data import Clip, clips_key
from perception.training.experiments.loop import Progress


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Heard:
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

    def where(self, keep: NDArray[np.bool_]) -> Heard:
        """The rows marked."""
        index = np.flatnonzero(keep)
        return Heard(
            clips=tuple(self.clips[i] for i in index),
            plain=self.plain[index],
            varied=self.varied[:, index],
            degraded=self.degraded[:, index],
        )


def listen(clips: Sequence[Clip], cache: Path, *, versions: int, seed: int, progress: Progress) -> Heard:
    """Functionals of all clips, from the cache where the same ones were computed before."""
    path = cache / f"functionals-3-{functionals_size()}-{versions}-{seed}-{clips_key(clips)}.npz"
    if path.is_file():
        with np.load(path) as kept:
            return Heard(clips=tuple(clips), plain=kept["plain"], varied=kept["varied"], degraded=kept["degraded"])
    plain = np.empty((len(clips), functionals_size()), dtype=np.float32)
    varied, degraded = (np.empty((versions, *plain.shape), dtype=np.float32) for _ in range(2))
    for i, clip in enumerate(clips):
        samples = clip.read()
        plain[i] = functionals(samples)
        for version in range(versions):
            varied[version, i] = functionals(vary(samples, _random(clip, seed, version, 1)))
            degraded[version, i] = functionals(degrade(samples, _random(clip, seed, version, 0)))
        if i % 20 == 0:
            progress(i / len(clips), f"listening: {i} of {len(clips)} clips")
    _keep(path, plain=plain, varied=varied, degraded=degraded)
    return Heard(clips=tuple(clips), plain=plain, varied=varied, degraded=degraded)


def _random(clip: Clip, seed: int, version: int, kind: int) -> np.random.Generator:
    """Of the clip, not of its place: a trial with fewer clips hears the same."""
    place = int.from_bytes(hashlib.sha256(clip.id.encode()).digest()[:4], "big")
    return np.random.default_rng((seed, version, place, kind))


def _keep(path: Path, **arrays: Floats) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.npz")
    np.savez(part, **arrays)  # type: ignore[arg-type]
    part.replace(path)


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
