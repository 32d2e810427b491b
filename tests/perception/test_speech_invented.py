"""Out of silence, noise and music come no words."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
import pytest

from perception import SAMPLE_RATE, AudioClip, ModelMissing, Status
from perception.speech import Whisper, WhisperTranscriber
from perception.speech.vad import VoiceActivity

pytestmark = pytest.mark.unit

Rng = np.random.Generator
Sound = np.ndarray


def times(seconds: float) -> Sound:
    return np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def silence(rng: Rng, seconds: float) -> Sound:
    return np.round(rng.normal(size=len(times(seconds))) * rng.integers(0, 2)) / 32768


def coloured(power: float, rng: Rng, seconds: float) -> Sound:
    """Noise whose spectrum falls as frequency to the minus `power`."""
    spectrum = np.fft.rfft(rng.normal(size=len(times(seconds))))
    return np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 1) ** (power / 2), len(times(seconds)))


def hum(rng: Rng, seconds: float) -> Sound:
    base, t = rng.choice([50, 60]), times(seconds)
    return sum(rng.uniform(0.1, 1) / k * np.sin(2 * np.pi * base * k * t + rng.uniform(0, 6)) for k in range(1, 9))


def keyboard(rng: Rng, seconds: float) -> Sound:
    """A click of 8 ms, and a softer one when the key comes up, five times a second or so."""
    sound = 0.002 * rng.normal(size=len(times(seconds)))
    at = 0.1
    while at < seconds - 0.2:
        for delay, gain in ((0.0, 1.0), (rng.uniform(0.05, 0.12), 0.4)):
            start, n = int((at + delay) * SAMPLE_RATE), 400
            click = rng.normal(size=n) * np.exp(-np.arange(n) / rng.uniform(20, 90))
            sound[start : start + n] += gain * click[: len(sound[start : start + n])]
        at += rng.exponential(0.15) + 0.06
    return sound


def note(pitch: float, seconds: float, rng: Rng, vibrato: float = 0.0) -> Sound:
    t = times(seconds)
    phase = 2 * np.pi * pitch * (t + vibrato / (2 * np.pi * 5.5) * np.sin(2 * np.pi * 5.5 * t))
    tone = sum(np.sin(k * phase) / k ** rng.uniform(1, 2) for k in range(1, 9))
    return tone * np.minimum(t / 0.01, 1) * np.exp(-t * rng.uniform(0.5, 3))


def semitones(*steps: float) -> Sound:
    return 220 * 2 ** (np.array(steps) / 12)


def played(notes: list[Sound], seconds: float, every: float) -> Sound:
    sound = np.zeros(len(times(seconds)))
    for place, each in enumerate(notes):
        start = int(place * every * SAMPLE_RATE)
        sound[start : start + len(each)] += each[: len(sound[start : start + len(each)])]
    return sound


def chords(rng: Rng, seconds: float) -> Sound:
    roots = rng.choice([0, 5, 7, 9, -3], size=int(seconds) + 1)
    return played([sum(note(p, 1.2, rng) for p in semitones(r, r + 4, r + 7)) for r in roots], seconds, 1.0)


def arpeggio(rng: Rng, seconds: float) -> Sound:
    steps = np.resize([0, 4, 7, 12, 7, 4], int(seconds / 0.2) + 1) + rng.integers(-12, 12)
    return played([note(p, 0.4, rng) for p in semitones(*steps)], seconds, 0.2)


def drums(rng: Rng, seconds: float) -> Sound:
    t = times(0.2)
    kick = np.sin(2 * np.pi * 90 * t * np.exp(-t * 8)) * np.exp(-t * 18)
    snare, hat = (rng.normal(size=len(t)) * np.exp(-t * fall) * gain for fall, gain in ((25, 0.6), (90, 0.3)))
    return played([(kick, hat, snare, hat)[k % 4] for k in range(int(seconds / 0.25))], seconds, 0.25)


def melody(rng: Rng, seconds: float) -> Sound:
    """What is most like a voice: one long note after another, with vibrato."""
    steps = np.cumsum(rng.choice([-2, -1, 2, 3], size=int(seconds / 0.5) + 1)) + rng.integers(-5, 12)
    return played([note(p, 0.6, rng, vibrato=rng.uniform(0.005, 0.02)) for p in semitones(*steps)], seconds, 0.5)


KINDS: dict[str, Callable[[Rng, float], Sound]] = {
    "silence": silence,
    "white": partial(coloured, 0.0),
    "pink": partial(coloured, 1.0),
    "brown": partial(coloured, 2.0),
    "hum": hum,
    "keyboard": keyboard,
    "chords": chords,
    "arpeggio": arpeggio,
    "drums": drums,
    "melody": melody,
}
LEVELS = (-6, -20, -35, -50)
"""Of the peak, in dB of full scale."""


def clip(kind: str, number: int) -> AudioClip:
    rng = np.random.default_rng([sorted(KINDS).index(kind), number])
    sound = KINDS[kind](rng, rng.uniform(2, 10))
    if kind != "silence":
        sound = sound / np.abs(sound).max() * 10 ** (LEVELS[number % len(LEVELS)] / 20)
    return AudioClip(samples=sound.astype(np.float32))


class Ghost(Whisper):
    """A model that finds words in everything; it must not be asked."""

    def load(self, *, words: bool = False) -> None:
        raise AssertionError("the model was asked")

    @property
    def languages(self) -> frozenset[str]:
        raise AssertionError("the model was asked")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", range(4))
def test_where_no_voice_is_nothing_is_written(kind: str, number: int) -> None:
    transcript = WhisperTranscriber(Ghost()).transcribe(clip(kind, number))
    assert (transcript.status, transcript.text, transcript.words) == (Status.NO_SPEECH, "", ())


def test_a_voice_is_heard_all_the_same() -> None:
    time = times(2)
    phase = 2 * np.pi * np.cumsum(120 * (1 + 0.1 * np.sin(5 * time))) / SAMPLE_RATE
    gains = [sum(1 / (1 + ((120 * h - f) / 100) ** 2) for f in (700, 1200, 2600)) for h in range(1, 40)]
    vowel = sum(gain * np.sin(h * phase) for h, gain in enumerate(gains, start=1))
    vowel *= np.clip(np.sin(2 * np.pi * 3 * time), 0, 1)
    for level in (0.3, 0.03):
        assert VoiceActivity().stretches((level * vowel / np.abs(vowel).max()).astype(np.float32))


class AllVoice(VoiceActivity):
    """A detector that is wrong: it takes everything for a voice."""

    def probabilities(self, samples: Sound) -> Sound:
        return np.ones(-(-len(samples) // 512), dtype=np.float32)


@pytest.mark.model
@pytest.mark.parametrize("kind", ["white", "drums", "melody"])
def test_even_where_the_detector_errs_no_words_are_invented(kind: str) -> None:
    transcriber = WhisperTranscriber(_stored())
    transcriber._voice = AllVoice()
    transcript = transcriber.transcribe(clip(kind, 0))
    assert transcript.status in {Status.NO_SPEECH, Status.LOW_QUALITY}
    assert (transcript.text, transcript.words) == ("", ())


@lru_cache
def _stored() -> Whisper:
    whisper = Whisper()
    try:
        whisper.load(words=True)
    except ModelMissing as missing:
        pytest.skip(str(missing))
    return whisper
