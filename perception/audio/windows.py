"""A long recording as a bounded number of windows of speech."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perception.audio.frames import Floats
from perception.media.values import SAMPLE_RATE
from perception.speech.vad import Stretch

WHOLE = 6.0
"""Seconds of speech up to which a recording is judged in one piece, as in training."""
WIDTH = 4.0
"""Seconds of a window of anything longer."""
STEP = 3.0
"""Seconds from window to window."""
MOST = 12
"""Windows judged at most: 36 s in a row; of longer speech so many, evenly spread."""

_MARGIN = 0.25
_LEAST_SPEECH = 0.4


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Window:
    """A piece of a recording, and how much of it is speech."""

    samples: Floats
    speech_seconds: float


def speech_windows(samples: Floats, stretches: tuple[Stretch, ...]) -> tuple[Window, ...]:
    """Cut a recording from shortly before its first word to shortly after its last; at least one window."""
    start = max(0.0, stretches[0].start - _MARGIN)
    end = min(len(samples) / SAMPLE_RATE, stretches[-1].end + _MARGIN)
    if end - start <= WHOLE:
        return (_window(samples, start, end, stretches),)
    starts = np.arange(start, end - WIDTH + STEP, STEP)
    windows = [_window(samples, a, min(a + WIDTH, end), stretches) for a in starts]
    spoken = [window for window in windows if window.speech_seconds >= _LEAST_SPEECH] or windows[:1]
    kept = np.unique(np.linspace(0, len(spoken) - 1, min(MOST, len(spoken))).round().astype(int))
    return tuple(spoken[i] for i in kept)


def _window(samples: Floats, start: float, end: float, stretches: tuple[Stretch, ...]) -> Window:
    spoken = sum(max(0.0, min(end, s.end) - max(start, s.start)) for s in stretches)
    return Window(samples=samples[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)], speech_seconds=spoken)
