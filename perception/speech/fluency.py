"""How fluently something was said: pace, pauses, and the fillers of English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from perception.cues import Cue
from perception.observation import Status
from perception.speech.values import Fluency, Transcript

PACE: Final[Mapping[str, tuple[int, int]]] = {"en": (100, 230), "zh": (140, 340)}
"""Slow below, fast above: words a minute, or characters in Chinese. Wider than what is usual in lectures (slowest) and
conversation (fastest), Tauroza & Allison (1990), Applied Linguistics 11(1), so that only the unusual is told."""
JUDGED_FROM: Final = 6
"""Words (characters in Chinese) under which pace says nothing."""
LONG_PAUSE: Final = 1.0
"""Seconds between two words. Pauses of planning last 0.25 to 1 s: Goldman-Eisler (1968), Psycholinguistics."""
MANY_FILLERS: Final = (3, 0.08)
"""At least so many, and at least that part of all words; about 0.06 is usual in conversation: Bortfeld et al. (2001),
Language and Speech 44(2)."""

_HAN: Final = r"[\u4e00-\u9fff]"
_UNITS: Final = re.compile(rf"{_HAN}|[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[.,]\d+)*")
_FILLERS: Final = re.compile(
    r"\b(?:u+m+|u+h+m*|e+rm*|h+m+|m{2,})\b"
    # a lone 嗯 is an answer, and 那个 before a noun points at something
    r"|[呃额](?=[，。、…,. ]|[呃额]|$)|嗯(?=[，、…,]+.)|(?:那个|这个)(?=[，、…,]|那个|这个)",
    re.IGNORECASE,
)


def measure_fluency(words: str, *, lang: str, transcript: Transcript | None) -> Fluency:
    """Measure typed or transcribed words.

    Args:
        words: the text.
        lang: ISO 639-1 code; it chooses the thresholds of pace.
        transcript: where the words come from; None when they were typed, which have neither pace nor pauses.

    Returns:
        With cues `speaks_fast` and `speaks_slowly` {words_per_minute}, `long_pauses` {count, longest_seconds} and
        `many_fillers` {count}. Transcribers tend to leave fillers out: the count is a lower bound.
    """
    units = len(_UNITS.findall(words))
    fillers = len(_FILLERS.findall(words))
    spoken = transcript if transcript and transcript.status is Status.OK and transcript.seconds > 0 else None
    pace = round(60 * units / spoken.seconds, 1) if spoken else None
    cues = (
        *(_pace(units, spoken, lang) if spoken else ()),
        *(_pauses(spoken) if spoken else ()),
        *_fillers(fillers, units),
    )
    return Fluency(
        words_per_minute=pace,
        pause_ratio=round(_silence(spoken), 4) if spoken else None,
        fillers=fillers,
        cues=cues,
    )


def _silence(spoken: Transcript) -> float:
    return min(1.0, max(0.0, 1.0 - spoken.speech_seconds / spoken.seconds))


def _pace(units: int, spoken: Transcript, lang: str) -> Iterator[Cue]:
    slow, fast = PACE.get(lang.partition("-")[0], PACE["en"])
    pace = 60 * units / spoken.seconds
    params = {"words_per_minute": round(pace)}
    if units < JUDGED_FROM:
        return
    if pace > fast:
        yield Cue(code="speaks_fast", params=params)
    # silence before and after the words must not make a speaker slow
    if 60 * units / max(spoken.speech_seconds, 0.1) < slow:
        yield Cue(code="speaks_slowly", params=params)


def _pauses(spoken: Transcript) -> Iterator[Cue]:
    gaps = [after.start - before.end for before, after in pairwise(spoken.words)]
    long = [gap for gap in gaps if gap >= LONG_PAUSE]
    if long:
        yield Cue(code="long_pauses", params={"count": len(long), "longest_seconds": round(max(long), 1)})


def _fillers(fillers: int, units: int) -> Iterator[Cue]:
    least, part = MANY_FILLERS
    if fillers >= least and fillers >= part * units:
        yield Cue(code="many_fillers", params={"count": fillers})
