"""Speed and pauses by the sound alone, where both are known because the sound was made."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache
from math import gcd
from typing import Any

import numpy as np
import pytest

from evals.bench.voice import synthetic_voice
from perception import SAMPLE_RATE, ModelError
from perception.speech import measure_delivery
from perception.speech.vad import Stretch, VoiceActivity

pytestmark = pytest.mark.unit

# syllables counted by hand
PHRASES = (
    ("the weather was cold this morning", 8),
    ("so we stayed at home and read", 7),
    ("later my brother came to visit", 9),
    ("he told us about his holiday", 9),
    ("and we made dinner together", 8),
)
SILENCES = (0.4, 0.8, 1.5, 0.3)


@cache
def phrases(words_per_minute: int) -> tuple[Any, ...]:
    """The phrases said by eSpeak NG at 16 kHz, without silence around them."""
    loader = pytest.importorskip("espeakng_loader", reason="speech is synthesised by espeakng-loader, of the extra dev")
    from scipy.signal import resample_poly

    library = ctypes.CDLL(loader.get_library_path())
    rate = library.espeak_Initialize(2, 0, loader.get_data_path().encode(), 0)
    said: list[Any] = []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    def keep(samples: Any, count: int, _events: object) -> int:
        if samples and count > 0:
            said.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    library.espeak_SetSynthCallback(keep)
    library.espeak_SetVoiceByName(b"en-us")
    library.espeak_SetParameter(1, words_per_minute, 0)
    voices = []
    for text, _ in PHRASES:
        said.clear()
        raw = text.encode() + b"\0"
        library.espeak_Synth(raw, len(raw), 0, 1, 0, 1, None, None)
        library.espeak_Synchronize()
        voice = np.concatenate(said) / 32768
        loud = np.flatnonzero(np.abs(voice) > 0.01)
        shared = gcd(rate, SAMPLE_RATE)
        voice = resample_poly(voice[loud[0] : loud[-1] + 1], SAMPLE_RATE // shared, rate // shared)
        voices.append(voice.astype(np.float32))
    library.espeak_Terminate()
    return tuple(voices)


def joined(voices: Sequence[Any], silences: Sequence[float]) -> Any:
    parts = [np.zeros(SAMPLE_RATE // 2)]
    for voice, silence in zip(voices, (*silences, 0.5), strict=True):
        parts += [voice, np.zeros(round(silence * SAMPLE_RATE))]
    samples = np.concatenate(parts)
    return (samples + 1e-3 * np.random.default_rng(0).normal(size=len(samples))).astype(np.float32)


def stretches(samples: Any) -> tuple[Stretch, ...]:
    try:
        return VoiceActivity().stretches(samples)
    except ModelError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("words_per_minute", [120, 160, 200])
def test_synthesised_speech_with_known_pauses(words_per_minute: int) -> None:
    voices = phrases(words_per_minute)
    samples = joined(voices, SILENCES)
    delivery = measure_delivery(samples, stretches(samples))
    assert delivery is not None
    syllables, speech = sum(count for _, count in PHRASES), sum(map(len, voices)) / SAMPLE_RATE
    assert [pause.seconds for pause in delivery.pauses] == pytest.approx(SILENCES, abs=0.15)
    assert delivery.phonation_seconds == pytest.approx(speech, rel=0.05)
    assert delivery.syllables == pytest.approx(syllables, rel=0.1)
    assert delivery.articulation_rate == pytest.approx(syllables / speech, rel=0.1)


def test_vowels_are_counted_and_silence_is_not() -> None:
    """Seven vowels of 0.25 s, half a second of silence, and again."""
    samples = synthetic_voice(6.75)
    phrases_of_it = [Stretch(start=start, end=start + 1.75) for start in (0.0, 2.25, 4.5)]
    delivery = measure_delivery(samples, phrases_of_it)
    assert delivery is not None
    assert delivery.syllables == pytest.approx(21, abs=2)
    assert [pause.seconds for pause in delivery.pauses] == pytest.approx([0.5, 0.5])
    assert delivery.mean_run_syllables == pytest.approx(7, abs=1)


def test_noise_has_no_syllables() -> None:
    noise = (0.1 * np.random.default_rng(1).normal(size=2 * SAMPLE_RATE)).astype(np.float32)
    delivery = measure_delivery(noise, [Stretch(start=0.0, end=2.0)])
    assert delivery is not None
    assert delivery.syllables <= 1


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), np.full(800, np.nan, np.float32)])
def test_odd_sound_does_not_raise(samples: Any) -> None:
    assert measure_delivery(samples, ()) is None
    delivery = measure_delivery(samples, [Stretch(start=0.0, end=0.05)])
    assert delivery is None or delivery.syllables == 0


def test_a_gap_under_a_quarter_of_a_second_is_no_pause() -> None:
    parts = [Stretch(start=0.0, end=1.0), Stretch(start=1.24, end=2.0)]
    delivery = measure_delivery(synthetic_voice(2.0), parts)
    assert delivery is not None
    assert delivery.pauses == ()
