"""Whisper through CTranslate2: speech in, words out, on this machine alone."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from perception.cues import Cue
from perception.errors import ModelError
from perception.media.values import SAMPLE_RATE, AudioClip
from perception.models.trouble import model_trouble
from perception.observation import Status
from perception.speech.decode import Heard, hear
from perception.speech.vad import Stretch, VoiceActivity
from perception.speech.values import Transcript, Word
from perception.speech.whisper import Whisper

log = logging.getLogger(__name__)

SHORTEST = 0.3
"""Seconds of recording under which nothing is transcribed."""

_MARGIN = 0.3


class WhisperTranscriber:
    """A `Transcriber`. Where no voice is heard, Whisper is not asked: it would invent words.

    A model that takes English only cannot tell that something else is spoken: with a `lang` other than `en` the status
    is `unsupported_language`, but without one it writes English whatever it hears. What it guesses badly then becomes
    `low_quality`, as with any model; fluent inventions pass as `ok`. Where other languages may be spoken, say which,
    or use the multilingual model.
    """

    def __init__(self, whisper: Whisper | None = None, *, expected: Sequence[str] = ()) -> None:
        """Nothing is loaded or downloaded yet.

        Args:
            whisper: the weights, which other senses may share; the first of `MODELS` in the model store when None.
            expected: ISO 639-1 codes of the languages that are likely. Where none is given with a clip, and what is
                detected is neither among them nor sure (`SURE_LANGUAGE`), the likeliest of them is taken.
        """
        self._expected = tuple(expected)
        self._whisper = whisper or Whisper()
        self._voice = VoiceActivity()

    @property
    def model(self) -> str:
        """Name of the model loaded; before that, of the preferred one."""
        return self._whisper.name

    def warm_up(self) -> None:
        """Load the weights now.

        Raises:
            ModelMissing: they are not on this machine.
        """
        self._whisper.load(words=True)

    def transcribe(self, clip: AudioClip, /, *, lang: str | None = None) -> Transcript:
        """Write down what was said; `lang` is an ISO 639-1 code when known, detected otherwise.

        Status: ok; too_short; no_speech (no voice, or sounds without words); low_quality (a voice, but only guesses);
        unsupported_language; model_missing, with the cue that says how to get it; failed, with a cue that says why.
        """
        started = time.perf_counter()
        try:
            transcript = self._transcribe(clip, lang)
        except ModelError as error:
            status, hint = model_trouble(error)
            transcript = Transcript(status=status, model=self.model, cues=(hint,))
        except Exception as error:  # a sense costs its own modality only
            log.exception("the transcriber %s failed on %.1f s of sound", self.model, clip.seconds)
            cue = Cue(code="failed", params={"error": type(error).__name__})
            transcript = Transcript(status=Status.FAILED, model=self.model, cues=(cue,))
        return replace(transcript, seconds=clip.seconds, latency_ms=(time.perf_counter() - started) * 1000)

    def _transcribe(self, clip: AudioClip, lang: str | None) -> Transcript:
        if clip.seconds < SHORTEST:
            return Transcript(status=Status.TOO_SHORT, model=self.model)
        stretches = self._voice.stretches(clip.samples)
        if not stretches:
            return Transcript(status=Status.NO_SPEECH, model=self.model)
        languages = self._whisper.languages
        speech = sum(stretch.seconds for stretch in stretches)
        code = lang.partition("-")[0].lower() if lang else None
        if code and code not in languages:
            return Transcript(status=Status.UNSUPPORTED_LANGUAGE, model=self.model, lang=code, speech_seconds=speech)
        start = max(0.0, stretches[0].start - _MARGIN)
        samples = clip.samples[int(start * SAMPLE_RATE) : int((stretches[-1].end + _MARGIN) * SAMPLE_RATE)]
        heard = hear(self._whisper, samples, lang=code, expected=self._expected, speech_seconds=speech)
        return _transcript(heard, clip, stretches, start=start, model=self.model)


def _transcript(heard: Heard, clip: AudioClip, stretches: Sequence[Stretch], *, start: float, model: str) -> Transcript:
    speech = sum(stretch.seconds for stretch in stretches)
    spoken = [segment for segment in heard.sure if _within(segment, start, stretches)]
    text = "".join(segment.text for segment in spoken).strip()
    blank = Transcript(
        status=Status.OK, model=model, lang=heard.lang, lang_probability=heard.probability, speech_seconds=speech
    )
    if not any(character.isalnum() for character in text):
        return replace(blank, status=Status.LOW_QUALITY if heard.segments else Status.NO_SPEECH)
    words = [word for segment in spoken for word in segment.words or ()]
    return replace(blank, text=text, words=in_order(words, start=start, seconds=clip.seconds))


def _within(segment: Any, start: float, stretches: Sequence[Stretch]) -> bool:
    """Whether a voice is near: what Whisper writes beside it is invented."""
    begun, ended = start + segment.start - _MARGIN, start + segment.end + _MARGIN
    return any(stretch.start < ended and begun < stretch.end for stretch in stretches)


def in_order(words: Sequence[Any], *, start: float, seconds: float) -> tuple[Word, ...]:
    """Words whose times lie in the clip, and none of which begins before the one before it has ended.

    Args:
        words: faster-whisper's. Its times come from attention, and at the edges of a window they may cross.
        start: seconds of the clip that lie before what Whisper heard.
        seconds: length of the clip.
    """
    found: list[Word] = []
    last = 0.0
    for word in words:
        begun = min(max(start + float(word.start), last), seconds)
        last = min(max(start + float(word.end), begun), seconds)
        found.append(Word(text=word.word.strip(), start=_ms(begun), end=_ms(last), probability=float(word.probability)))
    return tuple(found)


def _ms(seconds: float) -> float:
    # down, so that no rounding leads out of the clip
    return int(seconds * 1000) / 1000
