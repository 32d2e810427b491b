"""What the audio sense costs for a second of sound, beside its parts and openSMILE's eGeMAPS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from evals.bench.case import Bench, Case, ColdCase, Unit
from evals.bench.sensing import observed
from evals.bench.voice import RATE, Samples, synthetic_voice

LENGTHS: Final = (3, 30)
"""Seconds of the clips."""


def audio_bench() -> Bench:
    """The shipped audio perceiver on a synthetic voice, on one thread.

    Raises:
        ModelError: its weights cannot be loaded.
    """
    rival = _egemaps_cases() if find_spec("opensmile") else ()
    notes = ["the voice is synthetic: phrases of vowels with pauses between them"]
    if not rival:
        notes.append("opensmile is not installed, so eGeMAPS was not measured; get it with: pip install opensmile")
    parts = ("clip", "functionals") if rival else ()
    return Bench(
        name="audio",
        cases=(*_own_cases(), *rival),
        pairs=tuple((f"{part}_{seconds}s", f"egemaps_{seconds}s") for part in parts for seconds in LENGTHS),
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
    from perception.audio.features import functionals
    from perception.speech.vad import VoiceActivity

    sense, activity = EmbeddedAudio(), VoiceActivity()
    sense.warm_up()
    return (
        *_cases("clip", lambda voice: sense.perceive(AudioClip(samples=voice)), "the whole sense", outcome=observed),
        *_cases("vad", activity.stretches, "voice activity alone"),
        *_cases("functionals", functionals, "Attune's functionals of the whole clip, alone"),
    )


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
