"""Whisper through CTranslate2: speech in, words out, on this machine alone."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from perception.cues import Cue
from perception.errors import ModelError, ModelMissing, ModelRefused
from perception.media.values import SAMPLE_RATE, AudioClip
from perception.models.trouble import model_trouble
from perception.observation import Status
from perception.speech.vad import VoiceActivity
from perception.speech.values import Transcript, Word

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

    from perception.models.store import ModelStore

log = logging.getLogger(__name__)

MODELS = ("whisper-base", "whisper-tiny.en")
"""Names in the model store, the preferred one first: it is multilingual, the other takes English only."""
SHORTEST = 0.3
"""Seconds of recording under which nothing is transcribed."""

_MARGIN = 0.3
# above the fastest speech (about 7 tokens a second); a decoder that runs in circles stops here
_TOKENS_PER_SECOND = 12
# Whisper's own thresholds for text that repeats itself or is guessed (Radford et al. 2022, section 4.5), the second
# one loosened: with it, one-word answers are lost
_REPEATS_ABOVE = 2.4
_GUESSED_BELOW = -1.5


class WhisperTranscriber:
    """A `Transcriber`. Where no voice is heard, Whisper is not asked: it would invent words.

    A model that takes English only cannot tell that something else is spoken: with a `lang` other than `en` the status
    is `unsupported_language`, but without one it writes English whatever it hears. What it guesses badly then becomes
    `low_quality`, as with any model; fluent inventions pass as `ok`. Where other languages may be spoken, say which,
    or use the multilingual model.
    """

    def __init__(self, *, locate: Callable[[], Path] | None = None, cpu_threads: int = 2) -> None:
        """Remember where to look; nothing is loaded or downloaded.

        Args:
            locate: returns the folder of a CTranslate2 model, or raises ModelMissing; the first of `MODELS` in the
                model store when None.
            cpu_threads: of the decoder.
        """
        self._locate = locate or _in_store
        self._cpu_threads = cpu_threads
        self._lock = Lock()
        self._loaded: _Loaded | None = None
        self._voice = VoiceActivity()

    @property
    def model(self) -> str:
        """Name of the model loaded; before that, of the preferred one."""
        return self._loaded.name if self._loaded else MODELS[0]

    def warm_up(self) -> None:
        """Load the weights now.

        Raises:
            ModelMissing: they are not on this machine.
        """
        self._load()

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
        loaded = self._load()
        speech = sum(stretch.seconds for stretch in stretches)
        code = lang.partition("-")[0].lower() if lang else None
        if code and code not in loaded.languages:
            return Transcript(status=Status.UNSUPPORTED_LANGUAGE, model=loaded.name, lang=code, speech_seconds=speech)
        start = max(0.0, stretches[0].start - _MARGIN)
        samples = clip.samples[int(start * SAMPLE_RATE) : int((stretches[-1].end + _MARGIN) * SAMPLE_RATE)]
        heard, found = _run(loaded.whisper, samples, code, speech)
        return _transcript(heard, found, start=start, speech=speech, model=loaded.name)

    def _load(self) -> _Loaded:
        with self._lock:
            if self._loaded is None:
                self._loaded = _open(self._locate(), self._cpu_threads)
            return self._loaded


@dataclass(frozen=True, kw_only=True, slots=True)
class _Loaded:
    name: str
    whisper: WhisperModel
    languages: frozenset[str]


def stored_whisper(store: ModelStore) -> Path:
    """The folder of the first of `MODELS` that can be used; one that is damaged or barred is passed over and logged.

    Raises:
        ModelMissing: none is on this machine.
        ModelRefused: those that are cannot be used.
    """
    refused: ModelRefused | None = None
    for name in MODELS:
        try:
            return store.path(name)
        except ModelMissing as missing:
            log.debug("%s", missing)
        except ModelRefused as error:
            log.warning("speech is not written down with %s: %s", name, error)
            refused = refused or error
    raise refused or ModelMissing(MODELS[0], f"attune models get {MODELS[0]}")


def _in_store() -> Path:
    from perception.models.store import ModelStore

    return stored_whisper(ModelStore())


def _open(folder: Path, cpu_threads: int) -> _Loaded:
    if not (folder / "model.bin").is_file():
        raise ModelMissing(folder.name, f"attune models get {MODELS[0]}")
    from faster_whisper import WhisperModel

    whisper = WhisperModel(
        str(folder), device="cpu", compute_type="int8", cpu_threads=cpu_threads, local_files_only=True
    )
    return _Loaded(name=folder.name, whisper=whisper, languages=frozenset(whisper.supported_languages))


def _run(whisper: WhisperModel, samples: Any, lang: str | None, speech: float) -> tuple[Sequence[Any], str]:
    segments, info = whisper.transcribe(
        np.ascontiguousarray(samples),
        language=lang,
        beam_size=1,
        temperature=0,
        condition_on_previous_text=False,
        word_timestamps=True,
        vad_filter=True,
        # its default of 2 s leaves pauses in, and Whisper fills pauses
        vad_parameters={"min_silence_duration_ms": 600},
        max_new_tokens=min(220, 16 + int(_TOKENS_PER_SECOND * speech)),
    )
    return list(segments), info.language


def _transcript(heard: Sequence[Any], lang: str, *, start: float, speech: float, model: str) -> Transcript:
    sure = [s for s in heard if s.compression_ratio <= _REPEATS_ABOVE and s.avg_logprob >= _GUESSED_BELOW]
    text = "".join(segment.text for segment in sure).strip()
    if not any(character.isalnum() for character in text):
        status = Status.LOW_QUALITY if len(sure) < len(heard) else Status.NO_SPEECH
        return Transcript(status=status, model=model, lang=lang, speech_seconds=speech)
    words = tuple(
        Word(
            text=word.word.strip(),
            start=round(start + float(word.start), 3),
            end=round(start + float(word.end), 3),
            probability=float(word.probability),
        )
        for segment in sure
        for word in segment.words or ()
    )
    return Transcript(status=Status.OK, model=model, text=text, lang=lang, words=words, speech_seconds=speech)
