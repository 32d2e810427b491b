"""What the audio sense costs for a second of sound, beside its parts and openSMILE's eGeMAPS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from evals.bench.case import Bench, Case, ColdCase, Outcome, Unit
from evals.bench.sensing import observed
from evals.bench.voice import RATE, Samples, synthetic_voice

LENGTHS: Final = (3, 30)
"""Seconds of the clips."""
WHISPER: Final = "whisper-base"
"""Whose encoder and decoder are measured, where it is on this machine."""


def audio_bench() -> Bench:
    """The shipped audio perceiver on a synthetic voice, on one thread.

    Raises:
        ModelError: its weights cannot be loaded.
    """
    rival = _egemaps_cases() if find_spec("opensmile") else ()
    whisper = _whisper_cases()
    notes = ["the voice is synthetic: phrases of vowels with pauses between them"]
    if not rival:
        notes.append("opensmile is not installed, so eGeMAPS was not measured; get it with: pip install opensmile")
    if not whisper:
        notes.append(
            f"{WHISPER} is not on this machine, so it was not measured; get it with: attune models get {WHISPER}"
        )
    return Bench(
        name="audio",
        cases=(*_own_cases(), *whisper, *rival),
        pairs=tuple((f"clip_{seconds}s", f"egemaps_{seconds}s") for seconds in LENGTHS) if rival else (),
        cold=tuple(
            ColdCase(
                name=f"clip_{seconds}s", stages="evals.bench.audio:cold_audio", arguments={"seconds": float(seconds)}
            )
            for seconds in LENGTHS
        ),
        notes=notes,
    )


def cold_audio(seconds: float) -> Iterator[str]:
    """Import, weights loaded, the first clip."""
    from perception import AudioClip
    from perception.audio import EmbeddedAudio

    yield "import"
    sense = EmbeddedAudio()
    sense.warm_up()
    yield "load"
    clip = AudioClip(samples=synthetic_voice(seconds))
    yield "_evidence"
    sense.perceive(clip)
    yield "first_call"


def _own_cases() -> Sequence[Case]:
    from perception import AudioClip
    from perception.audio import EmbeddedAudio
    from perception.audio.frames import measure_frames
    from perception.speech.vad import VoiceActivity

    sense, activity = EmbeddedAudio(), VoiceActivity()
    sense.warm_up()
    return (
        *_cases("clip", lambda voice: sense.perceive(AudioClip(samples=voice)), "the whole sense", outcome=observed),
        *_cases("vad", activity.stretches, "voice activity alone"),
        *_cases("frames", measure_frames, "what Attune measures of each frame, alone"),
    )


def _whisper_cases() -> Sequence[Case]:
    """The states of the encoder, and what was said; nothing where the model is not here."""
    from perception import AudioClip, ModelError
    from perception.speech import Whisper, WhisperTranscriber

    whisper = Whisper(names=(WHISPER,), cpu_threads=1)
    try:
        whisper.load(words=True)
    except ModelError:
        return ()
    transcriber = WhisperTranscriber(whisper)
    heard = AudioClip(samples=synthetic_voice(LENGTHS[0]))
    return (
        *_cases("encoder", whisper.encode, f"the encoder's states of {WHISPER}, not padded to 30 s"),
        Case(
            name=f"transcription_{LENGTHS[0]}s",
            call=partial(_another, transcriber.transcribe, heard),
            unit=Unit.RTF,
            amount=LENGTHS[0],
            outcome=lambda transcript: Outcome(said=transcript.status.value, judged=True),
            note=f"{WHISPER}, the language detected, one thread; the voice is synthetic and says nothing",
        ),
    )


def _another(work: Callable[[Any], Any], clip: Any) -> Any:
    """The same clip a little quieter or louder each time: Whisper keeps the states of the last sound."""
    return work(replace(clip, samples=clip.samples * np.float32(np.random.default_rng().uniform(0.9, 1.0))))


def _egemaps_cases() -> Sequence[Case]:
    # by name: without it mypy has nothing to read, and with it no types
    opensmile = import_module("opensmile")
    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet.eGeMAPSv02, feature_level=opensmile.FeatureLevel.Functionals
    )
    return _cases("egemaps", lambda voice: smile.process_signal(voice, RATE), "eGeMAPSv02 functionals by openSMILE")


def _cases(
    name: str, work: Callable[[Samples], Any], note: str, *, outcome: Callable[[Any], Any] | None = None
) -> tuple[Case, ...]:
    return tuple(
        Case(
            name=f"{name}_{seconds}s",
            call=partial(work, synthetic_voice(seconds)),
            unit=Unit.RTF,
            amount=seconds,
            outcome=outcome,
            note=f"{note}, one thread",
        )
        for seconds in LENGTHS
    )
