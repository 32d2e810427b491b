"""Speed and pauses by the times of transcribed words."""

from __future__ import annotations

from collections.abc import Sequence

from perception.speech.fluency.delivery import SILENT_PAUSE, Delivery, Pause
from perception.speech.fluency.syllables import count_syllables
from perception.speech.fluency.tokens import timed
from perception.speech.values import Word

_TIMES_TO_THE_MILLISECOND = 5e-4


def time_words(words: Sequence[Word]) -> Delivery | None:
    """Measure transcribed words by their times alone; None where no word has one that can be used.

    A pause is a gap of `SILENT_PAUSE` or more after all words before it have ended; words may overlap. A transcriber
    that leaves fillers out makes silent pauses of them, and one that stretches words over silence hides pauses.
    """
    placed = timed(words)
    if not placed:
        return None
    pauses, until = [], placed[0].end
    for word in placed:
        if word.start - until >= SILENT_PAUSE - _TIMES_TO_THE_MILLISECOND:
            pauses.append(Pause(start=until, end=word.start))
        until = max(until, word.end)
    syllables = sum(count_syllables(word.text) for word in placed)
    return Delivery(seconds=until - placed[0].start, syllables=syllables, pauses=tuple(pauses))
