"""A recording as one vector: functionals over its frames.

The vector ignores gain, and statistics are over the active or the voiced frames: silence drops out. In order:

    mel_*         mean, spread, 10th and 90th percentile, mean change of 40 log-mel bands
    cepstrum_*    spread, mean change, skewness of 16 cepstral coefficients (their means are in the mel means)
    shape_*       mean, spread, 10th, 50th and 90th percentile, mean change of `frames.SHAPES`
    voiced_*      mean log-mel of the voiced frames less that of all active ones
    pitch_*       statistics of pitch in semitones; of its change from frame to frame; of voicing
    rhythm_*      part voiced, runs of voice, peaks and dips of energy, change from first to second half
    modulation_*  how strongly 8 groups of bands swing at 1 to 16 Hz

The sets they are drawn from: Eyben et al. (2016), "The Geneva minimalistic acoustic parameter set", IEEE TAC 7(2).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from perception.audio.frames import HOP, MEL_BANDS, Floats, Frames, measure_frames
from perception.media.values import SAMPLE_RATE

_CEPSTRA = 16
_FRAMES_PER_SECOND = SAMPLE_RATE / HOP
_MODULATION_HZ = (1.0, 2.0, 4.0, 8.0, 16.0)
_GROUPS = 8


def functionals(samples: Floats) -> Floats:
    """The vector of a recording at 16 kHz: float32, always finite, always `functionals_size()` long."""
    return describe(measure_frames(samples))


@lru_cache(maxsize=1)
def functionals_size() -> int:
    """How long the vector is."""
    return len(functionals(np.zeros(SAMPLE_RATE, dtype=np.float32)))


def describe(frames: Frames) -> Floats:
    """The vector of frames measured already."""
    parts = (
        _mel(frames),
        _cepstrum(frames),
        _shape(frames),
        _voiced(frames),
        _pitch(frames),
        _rhythm(frames),
        _modulation(frames),
    )
    return np.nan_to_num(np.concatenate(parts), nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)


def _mel(frames: Frames) -> Floats:
    mel = frames.mel[frames.active]
    low, high = np.percentile(mel, (10, 90), axis=0)
    return np.concatenate([mel.mean(axis=0), mel.std(axis=0), low, high, _change(mel)])


def _cepstrum(frames: Frames) -> Floats:
    cepstra = frames.mel[frames.active] @ _cosines()
    spread = cepstra.std(axis=0)
    skewness = ((cepstra - cepstra.mean(axis=0)) ** 3).mean(axis=0) / (spread**3 + 1e-3)
    return np.concatenate([spread, _change(cepstra), skewness])


@lru_cache(maxsize=1)
def _cosines() -> Floats:
    from scipy.fft import dct

    basis: Floats = dct(np.eye(MEL_BANDS, dtype=np.float32), axis=1, norm="ortho")[:, 1 : _CEPSTRA + 1]
    return basis


def _shape(frames: Frames) -> Floats:
    shape = frames.shape[frames.active]
    percentiles = np.percentile(shape, (10, 50, 90), axis=0).ravel()
    return np.concatenate([shape.mean(axis=0), shape.std(axis=0), percentiles, _change(shape)])


def _voiced(frames: Frames) -> Floats:
    voiced = np.isfinite(frames.pitch)
    if not voiced.any():
        return np.zeros(MEL_BANDS, dtype=np.float32)
    difference: Floats = frames.mel[voiced].mean(axis=0) - frames.mel[frames.active].mean(axis=0)
    return difference


def _pitch(frames: Frames) -> Floats:
    pitch = frames.pitch[np.isfinite(frames.pitch)]
    steps = np.diff(frames.pitch)
    # more than 3 semitones in 10 ms is an octave error or another voice
    steps = steps[np.isfinite(steps) & (np.abs(steps) < 3.0)]
    energy_steps = np.diff(frames.shape[:, 0])[np.isfinite(np.diff(frames.pitch))]
    return np.concatenate(
        [
            _statistics(pitch),
            [_slope(pitch)],
            _statistics(np.abs(steps)),
            [np.abs(energy_steps).mean() if energy_steps.size else 0.0],
            _statistics(frames.voicing[frames.active]),
        ]
    ).astype(np.float32)


def _rhythm(frames: Frames) -> Floats:
    first, last = np.flatnonzero(frames.active)[[0, -1]]
    span = slice(int(first), int(last) + 1)
    seconds = (span.stop - span.start) / _FRAMES_PER_SECOND
    voiced = np.isfinite(frames.pitch[span])
    runs = _runs(voiced) / _FRAMES_PER_SECOND
    pauses = _runs(~frames.active[span]) / _FRAMES_PER_SECOND
    energy = np.convolve(frames.shape[span, 0], np.hanning(9) / np.hanning(9).sum(), mode="same")
    peaks = (energy[1:-1] > energy[:-2]) & (energy[1:-1] >= energy[2:]) & (energy[1:-1] > 0)
    half = len(energy) // 2
    halves = [_mean(column[half:]) - _mean(column[:half]) for column in (frames.pitch[span], *frames.shape[span].T[:3])]
    values = [
        voiced.mean(),
        len(runs) / seconds,
        runs.mean() if runs.size else 0.0,
        runs.std() if runs.size else 0.0,
        pauses.sum() / seconds,
        pauses.mean() if pauses.size else 0.0,
        peaks.sum() / seconds,
        *halves,
    ]
    return np.array(values, dtype=np.float32)


def _modulation(frames: Frames) -> Floats:
    first, last = np.flatnonzero(frames.active)[[0, -1]]
    mel = frames.mel[first : last + 1].reshape(last + 1 - first, _GROUPS, -1).mean(axis=2)
    mel = (mel - mel.mean(axis=0)) * np.hanning(len(mel))[:, None]
    swing = np.abs(np.fft.rfft(mel, 1024, axis=0)) ** 2 / len(mel)
    hertz = np.fft.rfftfreq(1024, 1 / _FRAMES_PER_SECOND)
    bands = [swing[(hertz >= low) & (hertz < high)].mean(axis=0) for low, high in pairwise(_MODULATION_HZ)]
    return np.log10(np.concatenate(bands) + 1e-3).astype(np.float32)


def _statistics(values: NDArray[np.floating]) -> Floats:
    """Mean, spread, 10th, 50th and 90th percentile; zeros of nothing."""
    if not values.size:
        return np.zeros(5, dtype=np.float32)
    return np.array([values.mean(), values.std(), *np.percentile(values, (10, 50, 90))], dtype=np.float32)


def _change(rows: Floats) -> Floats:
    if len(rows) < 2:
        return np.zeros(rows.shape[1], dtype=np.float32)
    change: Floats = np.abs(np.diff(rows, axis=0)).mean(axis=0)
    return change


def _slope(values: Floats) -> float:
    if len(values) < 3:
        return 0.0
    seconds = np.arange(len(values)) / _FRAMES_PER_SECOND
    return float(np.polyfit(seconds, values, 1)[0])


def _mean(values: Floats) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else 0.0


def _runs(flags: NDArray[np.bool_]) -> NDArray[np.intp]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return edges[1::2] - edges[::2]
