"""The same speech by another voice."""

from __future__ import annotations

import numpy as np

from perception.audio.frames import Floats
from perception.media.values import SAMPLE_RATE


def vary(samples: Floats, random: np.random.Generator) -> Floats:
    """Faster, and pitch and formants up; or slower, and both down: by 0.86 to 1.16."""
    import librosa

    rate = SAMPLE_RATE * random.uniform(0.86, 1.16)
    varied: Floats = librosa.resample(samples, orig_sr=SAMPLE_RATE, target_sr=rate, res_type="soxr_hq")
    return varied.astype(np.float32)
