"""What is measured in each frame of a recording, every 10 ms: spectrum, its shape, pitch, voicing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from perception.media.values import SAMPLE_RATE

HOP = 160
"""Samples from frame to frame: 10 ms."""
MEL_BANDS = 40
SHAPES = ("energy", "zero_crossings", "centroid", "bandwidth", "rolloff", "flatness", "flux", "alpha", "hammarberg")
"""The columns of `Frames.shape`."""

_WINDOW = 512
_PITCH_WINDOW = 1024
_PITCH_RANGE = (60.0, 500.0)
_VOICED = 0.5
_ACTIVE_BELOW_PEAK_DB = 35.0
_FLOOR = 1e-10

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Frames:
    """One row for each frame."""

    mel: Floats
    """Frames x `MEL_BANDS`, dB relative to the mean of the active frames: the gain of the recording drops out."""
    shape: Floats
    """Frames x `SHAPES`; energy in dB relative to the active frames' mean, frequencies in octaves above 100 Hz."""
    pitch: Floats
    """Frames; semitones above 27.5 Hz, not a number where unvoiced."""
    voicing: Floats
    """Frames; height of the autocorrelation peak, in [0, 1]."""
    active: NDArray[np.bool_]
    """Frames; within 35 dB of the loud ones."""
    level: float
    """Mean power of the active frames, in dB of full scale."""


def measure_frames(samples: Floats) -> Frames:
    """Measure a recording at 16 kHz; a short one is padded to 0.1 s. Pure: no state, no chance."""
    import librosa

    samples = np.pad(samples, (0, max(0, SAMPLE_RATE // 10 - len(samples))))
    magnitude = np.abs(librosa.stft(samples, n_fft=_WINDOW, hop_length=HOP, pad_mode="constant")).T
    power = (magnitude**2).astype(np.float32)
    energy = _decibels(power.sum(axis=1) / _WINDOW**2)
    active = energy > max(float(np.percentile(energy, 95)) - _ACTIVE_BELOW_PEAK_DB, -90.0)
    if not active.any():
        active = np.ones(len(energy), dtype=bool)
    level = float(energy[active].mean())
    mel = _decibels(power @ _mel_filters().T)
    pitch, voicing = _pitch(samples, len(energy))
    return Frames(
        mel=mel - mel[active].mean(),
        shape=_shape(samples, magnitude, power, energy - level),
        pitch=np.where(active & (voicing > _VOICED), pitch, np.nan).astype(np.float32),
        voicing=voicing,
        active=active,
        level=level,
    )


def _decibels(power: Floats) -> Floats:
    return (10.0 * np.log10(np.maximum(power, _FLOOR))).astype(np.float32)


@lru_cache(maxsize=1)
def _mel_filters() -> Floats:
    from librosa.filters import mel

    filters: Floats = mel(sr=SAMPLE_RATE, n_fft=_WINDOW, n_mels=MEL_BANDS, fmin=60, fmax=7600)
    return filters


def _shape(samples: Floats, magnitude: Floats, power: Floats, energy: Floats) -> Floats:
    hertz = np.linspace(0, SAMPLE_RATE / 2, power.shape[1], dtype=np.float32)
    total = power.sum(axis=1) + _FLOOR
    centroid = power @ hertz / total
    bandwidth = np.sqrt(np.maximum(power @ hertz**2 / total - centroid**2, 1.0))
    rolloff = hertz[(np.cumsum(power, axis=1) < 0.85 * total[:, None]).sum(axis=1).clip(max=len(hertz) - 1)]
    flatness = _decibels(np.exp(np.log(power + _FLOOR).mean(axis=1))) - _decibels(power.mean(axis=1))
    spectrum = magnitude / (np.linalg.norm(magnitude, axis=1, keepdims=True) + 1e-5)
    flux = np.linalg.norm(np.diff(spectrum, axis=0, prepend=spectrum[:1]), axis=1)
    low, high = (hertz >= 50) & (hertz < 1000), (hertz >= 1000) & (hertz < 5000)
    alpha = _decibels(power[:, low].sum(axis=1)) - _decibels(power[:, high].sum(axis=1))
    hammarberg = _decibels(power[:, hertz < 2000].max(axis=1)) - _decibels(power[:, high & (hertz >= 2000)].max(axis=1))
    columns = (
        energy,
        _zero_crossings(samples, len(energy)),
        _octaves(centroid),
        _octaves(bandwidth),
        _octaves(rolloff),
        flatness,
        flux,
        alpha,
        hammarberg,
    )
    return np.stack(columns, axis=1).astype(np.float32)


def _octaves(hertz: Floats) -> Floats:
    return np.log2(np.maximum(hertz, 20.0) / 100.0).astype(np.float32)


def _zero_crossings(samples: Floats, count: int) -> Floats:
    crossed = np.diff(np.signbit(samples), prepend=False).astype(np.float32)
    rate: Floats = _cut(crossed, _WINDOW, count).mean(axis=1)
    return rate


def _cut(samples: Floats, width: int, count: int) -> Floats:
    """Count rows of `width` samples, each centred on its frame."""
    padded = np.pad(samples, (width // 2, width // 2 + HOP))
    rows: Floats = np.lib.stride_tricks.sliding_window_view(padded, width)[::HOP][:count]
    return rows


def _pitch(samples: Floats, count: int) -> tuple[Floats, Floats]:
    """Semitones and voicing by autocorrelation, as in Boersma (1993), IFA Proceedings 17, 97-110."""
    window = np.hanning(_PITCH_WINDOW).astype(np.float32)
    lags = np.arange(int(SAMPLE_RATE / _PITCH_RANGE[1]), int(SAMPLE_RATE / _PITCH_RANGE[0]) + 1)
    frames = _cut(samples, _PITCH_WINDOW, count) * window
    own = _autocorrelation(window[None, :])[0]
    correlation = _autocorrelation(frames)
    scale = correlation[:, :1] * (own[lags] / own[0]) + 1e-6
    heights = correlation[:, lags] / scale
    # the shorter of two lags that fit alike: the longer one is usually an octave error
    best = np.argmax(heights - 0.02 * np.log2(lags / lags[0]), axis=1)
    voicing = heights[np.arange(len(best)), best].clip(0.0, 1.0)
    semitones = 12.0 * np.log2(SAMPLE_RATE / lags[best] / 27.5)
    return semitones.astype(np.float32), voicing.astype(np.float32)


def _autocorrelation(frames: Floats) -> Floats:
    from scipy.fft import irfft, rfft

    spectrum = rfft(frames, 2 * _PITCH_WINDOW, axis=1)
    correlation: Floats = irfft(np.abs(spectrum) ** 2, axis=1)[:, :_PITCH_WINDOW].astype(np.float32)
    return correlation
