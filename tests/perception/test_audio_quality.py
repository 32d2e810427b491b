"""What is measured of a recording: noise without the help of pauses, clipping, level, part that is speech."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perception.audio.degradations import gain, mix, pink_noise, white_noise
from perception.audio.quality import VoiceQuality, voice_quality
from perception.speech.vad import Stretch

pytestmark = pytest.mark.unit

Floats = NDArray[np.float32]
RATE = 16_000


def syllables(seconds: float = 2.0) -> Floats:
    """A gliding buzz, four syllables a second, without any pause between words."""
    time = np.arange(int(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(130 + 25 * np.sin(2 * np.pi * 0.7 * time)) / RATE
    buzz = sum(np.sin(phase * k) / k for k in range(1, 40))
    return (0.1 * buzz * np.sin(np.pi * 4 * time) ** 2).astype(np.float32)


def measure(samples: Floats, start: float = 0.0, end: float | None = None) -> VoiceQuality:
    return voice_quality(samples, (Stretch(start=start, end=len(samples) / RATE if end is None else end),))


def codes(quality: VoiceQuality) -> list[str]:
    return [cue.code for cue in quality.cues()]


@pytest.mark.parametrize("make", [white_noise, pink_noise])
@pytest.mark.parametrize("snr_db", [20.0, 10.0, 5.0])
def test_noise_is_measured_without_a_pause(make, snr_db: float) -> None:
    words = syllables()
    noisy = mix(words, make(len(words), np.random.default_rng(0)), snr_db)
    assert measure(noisy).snr_db == pytest.approx(snr_db, abs=3.0)


def test_quality_falls_with_noise() -> None:
    words = syllables()
    found = [measure(mix(words, white_noise(len(words), np.random.default_rng(0)), snr)) for snr in (30, 15, 10, 5, 0)]
    values = [each.value for each in found]
    assert values == sorted(values, reverse=True)
    assert values[0] == 1.0
    assert values[-1] == 0.0
    assert [each.readable for each in found] == [True, True, True, True, False]
    assert codes(found[-1]) == ["noisy"]


def test_noise_without_speech_has_no_ratio_to_speak_of() -> None:
    assert measure(np.float32(0.05) * white_noise(2 * RATE, np.random.default_rng(0))).snr_db < 1.0


def test_gain_changes_the_level_alone() -> None:
    words = syllables()
    noisy = mix(words, white_noise(len(words), np.random.default_rng(0)), 15)
    loud, soft = measure(noisy), measure(gain(noisy, -20))
    assert soft.level_dbfs == pytest.approx(loud.level_dbfs - 20, abs=0.1)
    assert soft.snr_db == pytest.approx(loud.snr_db, abs=0.2)
    assert soft.value == pytest.approx(loud.value, abs=0.02)


def test_what_was_cut_off_is_told() -> None:
    clipped = measure(gain(syllables(), 40))
    assert clipped.clipped > 0.15
    assert not clipped.readable
    assert codes(clipped) == ["clipped", "loud"]


def test_the_part_that_is_speech_is_told() -> None:
    silence = np.zeros(10 * RATE, dtype=np.float32)
    found = measure(np.concatenate([syllables(1.0), silence]), 0.0, 1.0)
    assert found.speech_ratio == pytest.approx(1 / 11)
    assert codes(found) == ["little_speech"]
    assert measure(syllables()).speech_ratio == 1.0


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(RATE, dtype=np.float32),
        np.ones(RATE, dtype=np.float32),
        np.sign(np.sin(np.arange(RATE) * 0.1) + 1e-9).astype(np.float32),
        np.full(512, 0.1, dtype=np.float32),
    ],
    ids=["zeros", "constant", "square", "one chunk"],
)
def test_odd_sounds_are_measured_too(samples: Floats) -> None:
    found = measure(samples)
    assert -10 <= found.snr_db <= 60
    assert 0 <= found.value <= 1
    assert np.isfinite(found.level_dbfs)
    assert list(found.cues()) is not None
