"""Log-mel spectrograms, as the voice networks take them: the gain of a recording drops out of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.audio.frames import HOP, Floats
from perception.media.values import SAMPLE_RATE

BANDS: Final = 64
"""Mel bands of `log_mel`, from 60 to 7,600 Hz."""
WHISPER_BANDS: Final = 80
"""Mel bands of `whisper_log_mel`, from 0 to 8,000 Hz."""
ACTIVE_BELOW_PEAK_DB: Final = 35.0
"""A frame whose loudest band lies further below the loudest of all is no speech."""

_WINDOW: Final = 400
_FFT: Final = 1024
_FLOOR: Final = 1e-10
_HELD: Final = 45.0
# near the level of recordings that are neither loud nor quiet; in dB of the power in a mel band of the loud frames
_LEVEL_DB: Final = -10.0


def log_mel(samples: Floats) -> Floats:
    """Log-mel of a recording at 16 kHz: frames x `BANDS`, one each 10 ms, over windows of 25 ms.

    In dB relative to the mean of the active frames, held within 45 dB of it. A recording shorter than 0.1 s is padded.
    """
    power = _power(samples, _FFT)
    mel = 10.0 * np.log10(np.maximum(power @ _filters(_FFT, BANDS, 60.0, 7600.0).T, _FLOOR))
    level = mel[active_frames(mel)].mean()
    held: Floats = np.clip(mel - level, -_HELD, _HELD).astype(np.float32)
    return held


def whisper_log_mel(samples: Floats) -> Floats:
    """Log-mel as Whisper takes it (Radford et al. 2022, section 2.2): frames x `WHISPER_BANDS`, one each 10 ms.

    Not padded to 30 s, and at one level for all recordings: the mean of the active frames' loudest band.
    """
    power = _power(samples, _WINDOW)[:-1]
    mel = np.log10(np.maximum(power @ _filters(_WINDOW, WHISPER_BANDS, 0.0, SAMPLE_RATE / 2).T, _FLOOR))
    level = 10.0 * mel.max(axis=1)[active_frames(10.0 * mel)].mean()
    mel += (_LEVEL_DB - level) / 10.0
    scaled: Floats = ((np.maximum(mel, mel.max() - 8.0) + 4.0) / 4.0).astype(np.float32)
    return scaled


SPECTROGRAMS: Final[Mapping[str, Callable[[Floats], Floats]]] = {
    "log-mel": log_mel,
    "whisper-log-mel": whisper_log_mel,
}
"""By the name that is written with a network."""


def active_frames(mel: Floats) -> NDArray[np.bool_]:
    """Which frames of a spectrogram in dB lie within `ACTIVE_BELOW_PEAK_DB` of the loudest: one at least."""
    loudest = mel.max(axis=1)
    active: NDArray[np.bool_] = loudest > loudest.max() - ACTIVE_BELOW_PEAK_DB
    return active


def _power(samples: Floats, size: int) -> Floats:
    import librosa

    samples = np.pad(samples, (0, max(0, SAMPLE_RATE // 10 - len(samples))))
    spectrum = librosa.stft(samples, n_fft=size, win_length=_WINDOW, hop_length=HOP, pad_mode="reflect")
    power: Floats = (spectrum.real**2 + spectrum.imag**2).T.astype(np.float32)
    return power


@lru_cache(maxsize=4)
def _filters(size: int, bands: int, low: float, high: float) -> Floats:
    from librosa.filters import mel

    filters: Floats = mel(sr=SAMPLE_RATE, n_fft=size, n_mels=bands, fmin=low, fmax=high)
    return filters
