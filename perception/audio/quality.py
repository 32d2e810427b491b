"""How well a voice can be heard: length, noise, clipping, level, and how much of the recording it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.audio.frames import Floats
from perception.cues import Cue
from perception.media.values import SAMPLE_RATE
from perception.speech.vad import CHUNK, Stretch

# Each measure is 0 at its floor, below which a voice cannot be judged, and 1 from its ceiling on.
_SECONDS = (0.2, 1.5)
_SNR_DB = (3.0, 20.0)
_CLIPPED = (0.15, 0.01)
# RMS of the speech in dB of full scale: broadcast speech is near -23 (EBU R 128), telephony near -26 (ITU-T P.56)
_QUIET_DBFS = -45.0
_LOUD_DBFS = -12.0
_LITTLE_SPEECH = 0.15
_FLOOR = 1e-9

_WINDOW: Final = 512
_HOP: Final = 160
_FROM_HZ: Final = 60.0
# frames by bins over which power is averaged, and the percentile over time that is taken for noise
_AVERAGED: Final = (3, 17)
_LOWEST: Final = 5.0
# mean power of steady noise over that percentile of it: of normal noise, by simulation
_LOWEST_TO_MEAN: Final = 1.52


@dataclass(frozen=True, kw_only=True, slots=True)
class VoiceQuality:
    """What can be measured of a recording with a voice in it."""

    speech_seconds: float
    """How much of it is speech."""
    snr_db: float
    """Power of the speech over that of the noise under it, in [-10, 60]."""
    clipped: float
    """Part of the speech that lies within 1 % of the highest peak: 0.001 is usual, more was cut off."""
    level_dbfs: float
    """RMS of the speech, in dB of full scale: gain of the recording as much as force of the voice."""
    speech_ratio: float
    """Part of the recording that is speech, pauses under 0.2 s counted in, in [0, 1]."""

    @property
    def value(self) -> float:
        """The worst of length, noise and clipping, in [0, 1]."""
        return min(_part(self.speech_seconds, _SECONDS), _part(self.snr_db, _SNR_DB), _part(self.clipped, _CLIPPED))

    @property
    def readable(self) -> bool:
        """Whether noise and clipping leave something to judge."""
        return self.snr_db >= _SNR_DB[0] and self.clipped <= _CLIPPED[0]

    def cues(self) -> Iterator[Cue]:
        """What stands out of the recording."""
        if self.snr_db < _SNR_DB[0]:
            yield Cue(code="noisy", params={"snr_db": round(self.snr_db)})
        if self.clipped > _CLIPPED[0]:
            yield Cue(code="clipped", params={"percent": round(100 * self.clipped)})
        if self.level_dbfs < _QUIET_DBFS:
            yield Cue(code="quiet", params={"dbfs": round(self.level_dbfs)})
        if self.level_dbfs > _LOUD_DBFS:
            yield Cue(code="loud", params={"dbfs": round(self.level_dbfs)})
        if self.speech_ratio < _LITTLE_SPEECH:
            yield Cue(code="little_speech", params={"percent": round(100 * self.speech_ratio)})


def voice_quality(samples: Floats, stretches: tuple[Stretch, ...]) -> VoiceQuality:
    """Measure a recording at 16 kHz; `stretches` are the parts with speech, at least one."""
    chunks = samples[: len(samples) // CHUNK * CHUNK].reshape(-1, CHUNK)
    middles = (np.arange(len(chunks)) + 0.5) * CHUNK / SAMPLE_RATE
    speech = chunks[_within(middles, stretches)]
    peak = float(np.abs(speech).max())
    seconds = sum(stretch.seconds for stretch in stretches)
    return VoiceQuality(
        speech_seconds=seconds,
        snr_db=_snr_db(samples, stretches),
        clipped=float(np.mean(np.abs(speech) >= 0.99 * peak)),
        level_dbfs=float(10 * np.log10(np.mean(speech.astype(np.float64) ** 2) + _FLOOR)),
        speech_ratio=min(1.0, seconds * SAMPLE_RATE / len(samples)),
    )


def _snr_db(samples: Floats, stretches: tuple[Stretch, ...]) -> float:
    """Speech over noise, which is what each band falls back to now and then, even between two sounds of a word.

    So it needs no pauses: a recording cut close to its words has none (minimum statistics, Martin 2001, IEEE Trans.
    Speech Audio Process. 9(5), 504-512, with one percentile for the whole recording). Other voices in the background
    fall back too, and count as less than they are.
    """
    from scipy.ndimage import uniform_filter

    power = _spectra(samples)
    middles = (np.arange(len(power)) * _HOP + _WINDOW / 2) / SAMPLE_RATE
    speaks = _within(middles, stretches)
    heard = float(power[speaks].sum(axis=1).mean()) if speaks.any() else float(power.sum(axis=1).mean())
    lowest = np.percentile(uniform_filter(power, _AVERAGED, mode="nearest"), _LOWEST, axis=0)
    noise = _LOWEST_TO_MEAN * float(lowest.sum()) + _FLOOR
    return float(np.clip(10 * np.log10(max(heard - noise, _FLOOR) / noise), -10, 60))


def _spectra(samples: Floats) -> Floats:
    """Frames x bins; power in units of full scale, from 60 Hz on."""
    from scipy.fft import rfft

    padded = np.pad(samples, (0, max(0, _WINDOW - len(samples))))
    window = np.hanning(_WINDOW).astype(np.float32)
    rows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP] * window
    power: Floats = np.abs(rfft(rows, axis=1)) ** 2 * np.float32(2 / _WINDOW / np.sum(window**2))
    return power[:, int(np.ceil(_FROM_HZ * _WINDOW / SAMPLE_RATE)) :]


def _within(seconds: NDArray[np.float64], stretches: tuple[Stretch, ...]) -> NDArray[np.bool_]:
    inside = np.zeros(len(seconds), dtype=bool)
    for stretch in stretches:
        inside |= (seconds >= stretch.start) & (seconds < stretch.end)
    return inside


def _part(value: float, bounds: tuple[float, float]) -> float:
    floor, ceiling = bounds
    return min(1.0, max(0.0, (value - floor) / (ceiling - floor)))
