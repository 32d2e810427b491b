"""Speed and pauses by the sound alone: no words are needed, nor a language known."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.media.values import SAMPLE_RATE
from perception.speech.fluency.delivery import SILENT_PAUSE, Delivery, Pause
from perception.speech.vad import Stretch

BELOW_LOUD_DB: Final = 25.0
"""How far under the loud parts (99th percentile) a syllable may be: De Jong & Wempe's setting."""
DIP_DB: Final = 2.0
"""How far the intensity must fall on both sides of a syllable: De Jong & Wempe's setting."""

_HOP: Final = 160
# the effective window of Praat's intensity at a pitch floor of 50 Hz, which their script uses
_SMOOTHED: Final = 0.064


def measure_delivery(
    samples: NDArray[np.float32], stretches: Sequence[Stretch], *, pitch: NDArray[np.float32] | None = None
) -> Delivery | None:
    """Count syllable nuclei and silent pauses, after De Jong & Wempe (2009), "Praat script to detect syllable nuclei
    and measure speech rate automatically", Behavior Research Methods 41(2).

    A nucleus is a peak of intensity that is voiced, at most `BELOW_LOUD_DB` under the loud parts, and at least `DIP_DB`
    above the dips around it. Theirs looks at the dip before a peak only, and finds silence by intensity; here speech
    activity is detected by a model, which noise misleads less.

    Args:
        samples: at 16 kHz, in [-1, 1].
        stretches: where somebody speaks, from `VoiceActivity.stretches`.
        pitch: of `measure_frames(spoken_part(samples, stretches))`, where it was measured already.

    Returns:
        None where nobody speaks. Syllables that melt into each other are missed: the count tends to be low in fast
        speech.
    """
    spoken = sorted(stretches, key=lambda stretch: stretch.start)
    if not spoken or not len(samples):
        return None
    start, end = spoken[0].start, max(stretch.end for stretch in spoken)
    part = spoken_part(samples, spoken)
    if not len(part):
        return None
    times = start + syllable_nuclei(part, pitch)
    pauses = tuple(
        Pause(start=before.end, end=after.start)
        for before, after in pairwise(spoken)
        if after.start - before.end >= SILENT_PAUSE - 1e-9
    )
    silent = np.zeros(len(times), dtype=np.bool_)
    for pause in pauses:
        silent |= (times > pause.start) & (times < pause.end)
    return Delivery(seconds=end - start, syllables=int((~silent).sum()), pauses=pauses)


def spoken_part(samples: NDArray[np.float32], stretches: Sequence[Stretch]) -> NDArray[np.float32]:
    """A recording from its first word to its last; samples that are no numbers are silence."""
    start, end = min(stretch.start for stretch in stretches), max(stretch.end for stretch in stretches)
    return np.nan_to_num(samples[max(0, int(start * SAMPLE_RATE)) : int(end * SAMPLE_RATE)]).astype(np.float32)


def syllable_nuclei(samples: NDArray[np.float32], pitch: NDArray[np.float32] | None = None) -> NDArray[np.float64]:
    """When the syllables of some speech at 16 kHz are at their loudest, in seconds from its start."""
    from scipy.signal import find_peaks

    from perception.audio.frames import measure_frames

    intensity = _intensity(samples)
    least = float(np.percentile(intensity, 99)) - BELOW_LOUD_DB
    # silence around the speech, so that its first and last syllable have dips too
    padded = np.pad(intensity, 1, constant_values=least - 2 * DIP_DB)
    peaks = find_peaks(padded, height=least, prominence=DIP_DB)[0] - 1
    if pitch is None:
        pitch = measure_frames(samples).pitch
    voiced = np.isfinite(pitch[np.minimum(peaks, len(pitch) - 1)])
    return np.asarray(peaks[voiced] * (_HOP / SAMPLE_RATE), dtype=np.float64)


def _intensity(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """In dB, every 10 ms."""
    from scipy.signal import fftconvolve

    window = np.hanning(round(_SMOOTHED * SAMPLE_RATE) + 1)
    power = np.maximum(fftconvolve(samples.astype(np.float64) ** 2, window / window.sum(), mode="same"), 1e-10)
    return np.asarray(10.0 * np.log10(power[::_HOP]), dtype=np.float64)
