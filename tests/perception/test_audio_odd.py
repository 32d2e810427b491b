"""Odd recordings through the whole door: decoded, then judged; each gets the status that says what is wrong."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from perception import AudioClip, Status
from perception.audio import EmbeddedAudio
from perception.media import decode_audio
from perception.speech import WhisperTranscriber

pytestmark = pytest.mark.model

RATE = 16_000
TIME = np.arange(3 * RATE) / RATE


def chords() -> NDArray[np.float64]:
    """Three triads with soft beginnings, as of an organ."""
    keys = {0: (261.6, 329.6, 392.0), 1: (349.2, 440.0, 523.3), 2: (392.0, 493.9, 587.3)}
    within = np.mod(TIME, 1.0)
    swell = np.minimum(within / 0.1, 1.0) * np.minimum((1.0 - within) / 0.1, 1.0)
    notes = [
        np.where(
            TIME.astype(int) == bar, sum(np.sin(2 * np.pi * f * h * TIME) / h for f in chord for h in (1, 2, 3)), 0
        )
        for bar, chord in keys.items()
    ]
    return 0.1 * swell * np.sum(notes, axis=0)


ODD = {
    "a twentieth of a second": (0.3 * np.sin(TIME[:800] * 2000), Status.TOO_SHORT),
    "silence": (np.zeros(3 * RATE), Status.NO_SPEECH),
    "an offset": (np.full(3 * RATE, 0.5), Status.NO_SPEECH),
    "a square at full scale": (np.sign(np.sin(2 * np.pi * 150 * TIME) + 1e-9), Status.NO_SPEECH),
    "music": (chords(), Status.NO_SPEECH),
    "a click": (np.eye(1, 3 * RATE, RATE)[0], Status.NO_SPEECH),
}


def through_the_door(samples: NDArray[np.float64], rate: int = RATE) -> AudioClip:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype="PCM_24")
    return decode_audio(file.getvalue())


@pytest.fixture(scope="module")
def sense() -> EmbeddedAudio:
    return EmbeddedAudio()


@pytest.mark.parametrize("odd", ODD)
def test_the_sense_says_what_is_wrong(sense: EmbeddedAudio, odd: str) -> None:
    samples, status = ODD[odd]
    seen = sense.perceive(through_the_door(samples))
    assert (seen.status, seen.scores) == (status, None)


@pytest.mark.parametrize("odd", ODD)
def test_the_transcriber_says_so_without_a_model(odd: str) -> None:
    """Nothing is loaded for what has no speech in it."""
    samples, status = ODD[odd]
    heard = WhisperTranscriber().transcribe(through_the_door(samples))
    assert heard.status is status
    assert not heard.text


def test_no_samples_are_empty(sense: EmbeddedAudio) -> None:
    assert sense.perceive(AudioClip(samples=np.zeros(0, dtype=np.float32))).status is Status.EMPTY


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_fail_without_raising(sense: EmbeddedAudio, odd: float) -> None:
    samples = np.full(RATE, 0.1, dtype=np.float32)
    samples[50] = odd
    clip = AudioClip(samples=samples)
    assert sense.perceive(clip).status is Status.FAILED
    assert WhisperTranscriber().transcribe(clip).status in (Status.FAILED, Status.NO_SPEECH)
