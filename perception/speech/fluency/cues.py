"""What stands out in how something was said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from perception.cues import Cue
from perception.speech.fluency.delivery import Delivery
from perception.speech.fluency.hesitation import HESITANT

PACE: Final[Mapping[str, tuple[int, int]]] = {"en": (100, 230), "zh": (140, 340)}
"""Slow below, fast above: words a minute, or characters in Chinese. Wider than what is usual in lectures (slowest) and
conversation (fastest), Tauroza & Allison (1990), Applied Linguistics 11(1), so that only the unusual is told."""
PACE_FROM: Final = 6
"""Words (characters in Chinese) under which pace says nothing."""
LONG_PAUSE: Final = 1.0
"""Seconds. Pauses of planning last 0.25 to 1 s, Goldman-Eisler (1968), Psycholinguistics; longer ones occur only in
spontaneous speech, Campione & Véronis (2002), Speech Prosody."""
MANY_FILLERS: Final = (3, 0.08)
"""At least so many, and at least that part of all words; about 0.06 is usual in conversation for disfluencies of all
kinds: Bortfeld et al. (2001), Language and Speech 44(2)."""
MANY_REPAIRS: Final = (3, 0.07)
"""At least so many, and at least that part of all words: twice the 0.034 of Bortfeld et al. (2001)."""


def pace_cues(units: int, seconds: float, phonation: float, lang: str) -> Iterator[Cue]:
    """`speaks_fast` and `speaks_slowly` {words_per_minute}; who only pauses much is not slow."""
    slow, fast = PACE.get(lang.partition("-")[0].lower(), PACE["en"])
    if units < PACE_FROM or seconds <= 0:
        return
    pace = 60 * units / seconds
    params = {"words_per_minute": round(pace)}
    if pace > fast:
        yield Cue(code="speaks_fast", params=params)
    if 60 * units / max(phonation, 0.1) < slow:
        yield Cue(code="speaks_slowly", params=params)


def pause_cues(delivery: Delivery) -> Iterator[Cue]:
    """`long_pauses` {count, longest_seconds}."""
    long = [pause.seconds for pause in delivery.pauses if pause.seconds >= LONG_PAUSE]
    if long:
        yield Cue(code="long_pauses", params={"count": len(long), "longest_seconds": round(max(long), 1)})


def word_cues(fillers: int, repairs: int, units: int) -> Iterator[Cue]:
    """`many_fillers` and `many_repairs` {count}."""
    for code, count, (least, part) in (
        ("many_fillers", fillers, MANY_FILLERS),
        ("many_repairs", repairs, MANY_REPAIRS),
    ):
        if count >= least and count >= part * units:
            yield Cue(code=code, params={"count": count})


def hesitation_cues(score: float | None) -> Iterator[Cue]:
    """`hesitant` {score}."""
    if score is not None and score >= HESITANT:
        yield Cue(code="hesitant", params={"score": round(score, 2)})
