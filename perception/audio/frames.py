"""What is measured in each frame of a recording, every 10 ms: pitch, voicing, and whether anything is heard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perception.media.values import SAMPLE_RATE

HOP = 160
"""Samples from frame to frame: 10 ms."""
LOWEST_HZ = 27.5
"""What pitch in semitones counts from: the lowest key of a piano."""

_WINDOW = 512
_PITCH_WINDOW = 1024
_PITCH_RANGE = (60.0, 500.0)
_VOICED = 0.5
_ACTIVE_BELOW_PEAK_DB = 35.0
_SILENT_DB = -90.0
_FLOOR = 1e-10

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Frames:
    """One row for each frame."""

    pitch: Floats
    """Frames; semitones above `LOWEST_HZ`, not a number where unvoiced."""
    voicing: Floats
    """Frames; height of the autocorrelation peak, in [0, 1]."""
    active: NDArray[np.bool_]
    """Frames; within 35 dB of the loud ones."""


def measure_frames(samples: Floats) -> Frames:
    """Measure a recording at 16 kHz; a short one is padded to 0.1 s. Pure: no state, no chance."""
    samples = np.pad(samples, (0, max(0, SAMPLE_RATE // 10 - len(samples))))
    count = 1 + len(samples) // HOP
    energy = 10.0 * np.log10((_cut(samples, _WINDOW, count) ** 2).mean(axis=1) + _FLOOR)
    active = energy > max(float(np.percentile(energy, 95)) - _ACTIVE_BELOW_PEAK_DB, _SILENT_DB)
    pitch, voicing = _pitch(samples, count)
    return Frames(
        pitch=np.where(active & (voicing > _VOICED), pitch, np.nan).astype(np.float32), voicing=voicing, active=active
    )


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
    semitones = 12.0 * np.log2(SAMPLE_RATE / lags[best] / LOWEST_HZ)
    return semitones.astype(np.float32), voicing.astype(np.float32)


def _autocorrelation(frames: Floats) -> Floats:
    from scipy.fft import irfft, rfft

    spectrum = rfft(frames, 2 * _PITCH_WINDOW, axis=1)
    correlation: Floats = irfft(np.abs(spectrum) ** 2, axis=1)[:, :_PITCH_WINDOW].astype(np.float32)
    return correlation
