"""How a voice sounds in numbers: its level, pitch and speed, for cues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from perception.audio.baseline import VoiceMeasures
from perception.audio.frames import LOWEST_HZ, Floats, measure_frames
from perception.cues import Cue
from perception.speech.fluency import measure_delivery, spoken_part
from perception.speech.vad import Stretch

LITTLE_VARIATION: Final = 3.0
"""Semitones between the 10th and 90th percentile of pitch. Of acted speech 3 % lie below, half of it above 8.8."""
LONGEST: Final = 30.0
"""Seconds of an utterance that are measured: cost stays bounded."""

_VOICED_FRAMES: Final = 100
_HEARD_FRAMES: Final = 20
_SYLLABLES: Final = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """What can be said of one utterance."""

    measures: VoiceMeasures
    """To be compared with the speaker's earlier ones."""
    pitch_range: float | None
    """Semitones between the 10th and 90th percentile of pitch; None where less than a second is voiced."""

    def cues(self) -> tuple[Cue, ...]:
        """What stands out without knowing the speaker."""
        if self.pitch_range is None or self.pitch_range >= LITTLE_VARIATION:
            return ()
        return (Cue(code="speaks_with_little_variation", params={"semitones": round(self.pitch_range, 1)}),)


def measure_voice(samples: Floats, stretches: Sequence[Stretch], level_dbfs: float) -> Voice:
    """Measure an utterance; of a long one its last `LONGEST` seconds.

    Args:
        samples: the recording, at 16 kHz.
        stretches: where in it somebody speaks.
        level_dbfs: of the speech, in dB of full scale.
    """
    heard = [each for each in stretches if each.end > stretches[-1].end - LONGEST]
    frames = measure_frames(spoken_part(samples, heard) if heard else samples).pitch
    pitch = frames[np.isfinite(frames)]
    delivery = measure_delivery(samples, heard, pitch=frames)
    rate = delivery.articulation_rate if delivery and delivery.syllables >= _SYLLABLES else None
    low, high = np.percentile(pitch, (10, 90)) if len(pitch) >= _VOICED_FRAMES else (0.0, 0.0)
    return Voice(
        measures=VoiceMeasures(
            level_dbfs=level_dbfs,
            pitch_hz=float(LOWEST_HZ * 2 ** (np.median(pitch) / 12)) if len(pitch) >= _HEARD_FRAMES else None,
            syllables_per_second=rate,
        ),
        pitch_range=float(high - low) if len(pitch) >= _VOICED_FRAMES else None,
    )
