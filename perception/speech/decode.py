"""How Whisper is asked: greedily, at most twice, in a language that makes sense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.media.values import SAMPLE_RATE
from perception.speech.whisper import LONGEST, Whisper

REPEATS_ABOVE: Final = 2.4
"""Compression ratio of text that repeats itself: Whisper's own threshold (Radford et al. 2022, section 4.5)."""
GUESSED_BELOW: Final = -1.0
"""Mean log probability of text that is not told: Whisper's own threshold, as above. Of acted speech none came near it,
of six voices at once most lies below."""
FEW: Final = 3
"""Words of an answer so short that one unlikely word weighs too much."""
GUESSED_BELOW_OF_FEW: Final = -1.5
"""The same as `GUESSED_BELOW`, for so short an answer."""
LIKELY: Final = 0.5
"""Mean probability of the words in an answer to the second question; that of acted speech lies above 0.6."""
NO_SPEECH_ABOVE: Final = 0.6
"""Probability that nothing is said, from which doubtful text is dropped: Whisper's own threshold, as above."""
SURE_LANGUAGE: Final = 0.6
"""Probability from which a language that nobody expects is believed."""

# above the fastest speech (about 7 tokens a second, times included); a decoder that runs in circles stops here
_TOKENS_PER_SECOND: Final = 8
# forbidden to say four tokens twice; sampling, as Whisper's authors do it, would give other words each time
_AGAIN: Final = {"no_repeat_ngram_size": 4}


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What Whisper made of a sound."""

    segments: tuple[Any, ...]
    """faster-whisper's, in order."""
    lang: str
    """ISO 639-1 code of the language that was written down."""
    probability: float | None
    """Of that language, in [0, 1]; None when it was given or the model knows one only."""

    @property
    def sure(self) -> tuple[Any, ...]:
        """The segments that neither repeat themselves nor are guessed."""
        words = sum(len(segment.words or ()) for segment in self.segments)
        least = GUESSED_BELOW_OF_FEW if words <= FEW else GUESSED_BELOW
        return tuple(s for s in self.segments if not _repeats(s) and s.avg_logprob >= least)

    @property
    def repeats(self) -> bool:
        """Whether a segment runs in circles."""
        return any(map(_repeats, self.segments))


def hear(
    whisper: Whisper,
    samples: NDArray[np.float32],
    *,
    lang: str | None,
    expected: Sequence[str] = (),
    speech_seconds: float,
) -> Heard:
    """Ask Whisper; ask once more where the answer runs in circles. The same samples give the same words.

    The second time forbids repetition; since the states of the encoder are kept, it costs less than the first. What is
    longer than a window of Whisper is asked for once, so that cost stays bounded. What is merely guessed is not asked
    for again: of many voices at once, a wider search finds likelier words that nobody said.

    Args:
        whisper: the weights.
        samples: mono, 16 kHz, in [-1, 1].
        lang: ISO 639-1 code when known.
        expected: codes of the languages that are likely; one of them is taken where Whisper hears another one without
            being sure.
        speech_seconds: how much of it is speech; it bounds how much can be said.

    Raises:
        ModelMissing: the weights are not on this machine.
        ModelRefused: those that are cannot be used.
    """
    options: dict[str, Any] = {"max_new_tokens": min(220, 16 + int(_TOKENS_PER_SECOND * speech_seconds))}
    first = _ask(whisper, samples, lang, expected, **options)
    if not first.repeats or len(samples) > LONGEST * SAMPLE_RATE:
        return first
    second = _ask(whisper, samples, first.lang, (), **options, **_AGAIN)
    return replace(second if _likely(second) else first, probability=first.probability)


def _ask(
    whisper: Whisper, samples: NDArray[np.float32], lang: str | None, expected: Sequence[str], **options: Any
) -> Heard:
    segments, info = whisper.transcribe(
        samples,
        language=lang,
        beam_size=1,
        temperature=0,
        condition_on_previous_text=False,
        word_timestamps=True,
        log_prob_threshold=GUESSED_BELOW,
        no_speech_threshold=NO_SPEECH_ABOVE,
        vad_filter=True,
        # its default of 2 s leaves pauses in, and Whisper fills pauses
        vad_parameters={"min_silence_duration_ms": 600},
        **options,
    )
    found = dict(info.all_language_probs or ())
    chosen = choose_language(found, expected) if found else info.language
    if chosen != info.language:
        # nothing is decoded before one iterates, so that the wrong language cost nothing
        again = _ask(whisper, samples, chosen, (), **options)
        return Heard(segments=again.segments, lang=chosen, probability=found[chosen])
    kept = _bounded(segments, windows=2 + len(samples) // (LONGEST * SAMPLE_RATE))
    return Heard(segments=kept, lang=chosen, probability=found.get(chosen))


def choose_language(found: dict[str, float], expected: Sequence[str]) -> str:
    """The likeliest language; where that is neither expected nor sure, the likeliest of those expected.

    Args:
        found: probability by ISO 639-1 code, not empty.
        expected: codes; those that are not in `found` do not count.
    """
    best = max(found, key=lambda code: found[code])
    likely = [code for code in expected if code in found]
    if not likely or best in likely or found[best] >= SURE_LANGUAGE:
        return best
    return max(likely, key=lambda code: found[code])


def _bounded(segments: Any, *, windows: int) -> tuple[Any, ...]:
    """The segments of so many windows at most: Whisper goes back to the last word it is sure of, at 30 s each.

    Of two windows or fewer, the second is not decoded where the first came to nothing.
    """
    kept: list[Any] = []
    for segment in segments:
        if len({each.seek for each in (*kept, segment)}) > windows:
            break
        kept.append(segment)
        if windows <= 2 and _hopeless(kept):
            break
    return tuple(kept)


def _hopeless(segments: Sequence[Any]) -> bool:
    last = segments[-1]
    guessed = last.avg_logprob < GUESSED_BELOW and sum(len(each.words or ()) for each in segments) > FEW
    return guessed or _repeats(last)


def _likely(heard: Heard) -> bool:
    """Whether the answer to the second question can be told: without repetition, something unlikely must come next."""
    words = [word.probability for segment in heard.segments for word in segment.words or ()]
    sure = all(segment.avg_logprob >= GUESSED_BELOW for segment in heard.segments)
    return sure and bool(words) and sum(words) / len(words) >= LIKELY


def _repeats(segment: Any) -> bool:
    return bool(segment.compression_ratio > REPEATS_ABOVE)
