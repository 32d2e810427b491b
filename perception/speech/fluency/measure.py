"""Fluency of words, typed or transcribed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from perception.cues import Cue
from perception.observation import Status
from perception.speech.fluency.cues import hesitation_cues, pace_cues, pause_cues, word_cues
from perception.speech.fluency.delivery import SHORTEST, Delivery
from perception.speech.fluency.filled import find_filled_pauses
from perception.speech.fluency.hesitation import JUDGED_FROM, hesitation_score
from perception.speech.fluency.markers import find_markers
from perception.speech.fluency.phrases import Span, said
from perception.speech.fluency.repairs import find_repairs
from perception.speech.fluency.syllables import count_syllables
from perception.speech.fluency.timing import time_words
from perception.speech.fluency.tokens import Token, timed, tokenise
from perception.speech.fluency.values import Filler, FillerKind, Fluency
from perception.speech.values import Transcript


def measure_fluency(words: str, *, lang: str, transcript: Transcript | None, heard: Delivery | None = None) -> Fluency:
    """Measure speed, breakdown and repair fluency, the three dimensions of Tavakoli & Skehan (2005).

    Fillers are found as in `find_filled_pauses` and `find_markers`, repairs as in `find_repairs`. Speed and pauses
    come from the words' times; where the transcriber gave none, from the sound, with the syllables of the words; where
    neither is known, pace and pause ratio are those of the whole clip.

    Whisper leaves most fillers and many repairs out: the counts are lower bounds, and a filler left out looks like a
    silent pause. Its times are coarse too; those of the sound (`Fluency.heard`) are finer.

    Args:
        words: the text.
        lang: ISO 639-1 code; it chooses the thresholds of pace and what is usual. Fillers of both languages are always
            looked for, since people mix them.
        transcript: where the words come from; None when they were typed, which have neither pace nor pauses.
        heard: what `measure_delivery` says of the sound, where it was measured.

    Returns:
        With cues `speaks_fast` and `speaks_slowly` {words_per_minute}, `long_pauses` {count, longest_seconds},
        `many_fillers` and `many_repairs` {count}, `hesitant` {score}. No words, however odd, nor times raise.
    """
    spoken = transcript if transcript and transcript.status is Status.OK and transcript.seconds >= SHORTEST else None
    tokens = tokenise(words, spoken.words if spoken else ())
    filled = find_filled_pauses(tokens)
    markers = find_markers(tokens, filled)
    repairs = find_repairs(tokens, filled, markers)
    syllables = sum(count_syllables(token.text) for token in tokens)
    delivery = _delivery(spoken, heard, syllables)
    score = _score(len(tokens) - sum(end - start for start, end in filled), len(filled), len(repairs), delivery, lang)
    units, seconds, phonation, ratio = _pace(tokens, spoken, delivery)
    cues: Iterator[Cue] = iter(())
    if spoken:
        cues = pace_cues(units, seconds, phonation, lang)
    return Fluency(
        words_per_minute=round(60 * units / seconds, 1) if seconds > 0 else None,
        pause_ratio=round(ratio, 4) if spoken else None,
        fillers=len(filled),
        cues=(
            *cues,
            *(pause_cues(delivery) if delivery else ()),
            *word_cues(len(filled), len(repairs), len(tokens)),
            *hesitation_cues(score),
        ),
        words=len(tokens),
        syllables=syllables,
        filled_pauses=_fillers("filled_pause", tokens, filled),
        discourse_markers=_fillers("discourse_marker", tokens, markers),
        repairs=repairs,
        hesitation_score=score,
        delivery=delivery,
        heard=heard if spoken else None,
    )


def _delivery(spoken: Transcript | None, heard: Delivery | None, syllables: int) -> Delivery | None:
    if spoken is None:
        return None
    return time_words(spoken.words) or (replace(heard, syllables=syllables) if heard else None)


def _pace(
    tokens: Sequence[Token], spoken: Transcript | None, delivery: Delivery | None
) -> tuple[int, float, float, float]:
    """Units, the time they took, the part of it that is phonation, and the part of it that is silent, in [0, 1]."""
    if spoken is None:
        return len(tokens), 0.0, 0.0, 0.0
    if delivery and delivery.seconds >= SHORTEST:
        placed = timed(spoken.words)
        units = sum(len(tokenise(word.text)) for word in placed) if placed else len(tokens)
        return units, delivery.seconds, delivery.phonation_seconds, delivery.pause_ratio
    silence = min(1.0, max(0.0, 1.0 - spoken.speech_seconds / spoken.seconds))
    return len(tokens), spoken.seconds, spoken.speech_seconds, silence


def _score(words: int, filled: int, repairs: int, delivery: Delivery | None, lang: str) -> float | None:
    if delivery is None or words < JUDGED_FROM:
        return None
    score = hesitation_score(
        filled_per_hundred=100 * filled / words,
        repairs_per_hundred=100 * repairs / words,
        pause_ratio=delivery.pause_ratio,
        lang=lang,
    )
    return round(score, 4)


def _fillers(kind: FillerKind, tokens: Sequence[Token], spans: Sequence[Span]) -> tuple[Filler, ...]:
    return tuple(
        Filler(kind=kind, text=said(tokens, span), word=span[0], seconds=tokens[span[0]].start) for span in spans
    )
