"""How well a voice can be heard: length, noise, clipping, level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

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
_FLOOR = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class VoiceQuality:
    """What can be measured of a recording with a voice in it."""

    speech_seconds: float
    """How much of it is speech."""
    snr_db: float
    """Power of the speech over that of what is heard between it, in [-10, 60]."""
    clipped: float
    """Part of the speech that lies within 1 % of the highest peak: 0.001 is usual, more was cut off."""
    level_dbfs: float
    """RMS of the speech, in dB of full scale: gain of the recording as much as force of the voice."""

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


def voice_quality(samples: Floats, stretches: tuple[Stretch, ...]) -> VoiceQuality:
    """Measure a recording at 16 kHz; `stretches` are the parts with speech, at least one."""
    chunks = samples[: len(samples) // CHUNK * CHUNK].reshape(-1, CHUNK)
    middles = (np.arange(len(chunks)) + 0.5) * CHUNK / SAMPLE_RATE
    speaks = np.zeros(len(chunks), dtype=bool)
    for stretch in stretches:
        speaks |= (middles >= stretch.start) & (middles < stretch.end)
    speech = chunks[speaks]
    power = np.mean(chunks.astype(np.float64) ** 2, axis=1) + _FLOOR
    loud = float(power[speaks].mean())
    # a recording cut close to its words has its noise between the syllables only
    noise = min(float(np.median(power[~speaks])) if (~speaks).sum() >= 5 else np.inf, float(np.percentile(power, 5)))
    peak = float(np.abs(speech).max())
    return VoiceQuality(
        speech_seconds=sum(stretch.seconds for stretch in stretches),
        snr_db=float(np.clip(10 * np.log10(max(loud - noise, _FLOOR) / noise), -10, 60)),
        clipped=float(np.mean(np.abs(speech) >= 0.99 * peak)),
        level_dbfs=float(10 * np.log10(loud)),
    )


def _part(value: float, bounds: tuple[float, float]) -> float:
    floor, ceiling = bounds
    return min(1.0, max(0.0, (value - floor) / (ceiling - floor)))
