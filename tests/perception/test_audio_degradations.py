"""Sound made worse on purpose: as much worse as asked, in time, the same each time, whatever comes in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from perception.audio.degradations import (
    CHANCES,
    DEGRADATIONS,
    augment,
    babble_noise,
    degrade,
    gain,
    impulse_response,
    low_pass,
    mix,
    opus,
    pink_noise,
    reverberate,
    speech_level,
    telephone,
    tilt,
    to_length,
    white_noise,
)

pytestmark = pytest.mark.unit

Floats = NDArray[np.float32]
RATE = 16_000


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def talk(seconds: float = 3.0, seed: int = 0, pitch: float = 120.0) -> Floats:
    """Syllables of a buzz in two groups of words with a pause between them, and hiss 60 dB below."""
    time = np.arange(int(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 25))
    syllables = np.maximum(np.sin(2 * np.pi * 4 * time), 0.0)
    spoken = (np.mod(time, 1.5) < 1.0) * syllables
    hiss = random(seed).normal(size=len(time)) * 1e-4
    return (0.1 * buzz * spoken + hiss).astype(np.float32)


def power(samples: Floats) -> float:
    return float(np.mean(samples.astype(np.float64) ** 2))


def share_above(samples: Floats, hertz: float) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    return float(spectrum[np.fft.rfftfreq(len(samples), 1 / RATE) > hertz].sum() / spectrum.sum())


VOICES = [talk(2.0, seed=i, pitch=90.0 + 20 * i) * np.float32(0.3 + 0.2 * i) for i in range(6)]

ODD = {
    "empty": np.zeros(0, dtype=np.float32),
    "one sample": np.full(1, 0.5, dtype=np.float32),
    "two samples": np.array([0.5, -0.5], dtype=np.float32),
    "silence": np.zeros(RATE, dtype=np.float32),
    "one silent sample": np.zeros(1, dtype=np.float32),
    "square at full scale": np.sign(np.sin(np.arange(RATE) * 0.1) + 1e-9).astype(np.float32),
    "constant": np.full(RATE, 0.3, dtype=np.float32),
    "whisper of a whisper": np.full(RATE, 1e-30, dtype=np.float32),
    "a prime number of samples": talk(1.0)[:15991],
}


class TestLevel:
    def test_silence_around_the_words_changes_nothing(self):
        words = talk(3.0)
        padded = np.concatenate([np.zeros(4 * RATE, dtype=np.float32), words, np.zeros(4 * RATE, dtype=np.float32)])
        assert speech_level(padded) == pytest.approx(speech_level(words), abs=0.3)

    def test_a_steady_sound_has_the_level_of_its_power(self):
        noise = 0.1 * white_noise(5 * RATE, random())
        assert speech_level(noise) == pytest.approx(-20.0, abs=0.2)

    def test_it_follows_the_gain(self):
        assert speech_level(talk() * np.float32(0.1)) == pytest.approx(speech_level(talk()) - 20, abs=0.3)

    def test_pauses_between_words_do_not_count(self):
        words = talk()
        whole = 10 * np.log10(power(words))
        assert speech_level(words) > whole + 0.5

    def test_silence_has_none(self):
        assert speech_level(np.zeros(RATE, dtype=np.float32)) is None


class TestNoise:
    @pytest.mark.parametrize("snr_db", [20.0, 10.0, 0.0, -5.0])
    @pytest.mark.parametrize("family", ["white", "pink", "babble"])
    def test_the_ratio_is_the_one_asked_for(self, family: str, snr_db: float):
        makes: dict[str, Callable[[int], Floats]] = {
            "white": lambda n: white_noise(n, random()),
            "pink": lambda n: pink_noise(n, random()),
            "babble": lambda n: babble_noise(n, VOICES, random()),
        }
        words = talk() * np.float32(0.2)
        noisy = mix(words, makes[family](len(words)), snr_db)
        added = 10 * np.log10(power(noisy - words))
        level = speech_level(words)
        assert level is not None
        assert level - added == pytest.approx(snr_db, abs=0.5)

    def test_what_would_exceed_full_scale_is_turned_down_as_a_whole(self):
        words = talk() / np.abs(talk()).max()
        noisy = mix(words, white_noise(len(words), random()), 0.0)
        assert np.abs(noisy).max() == pytest.approx(1.0)
        assert (np.abs(noisy) > 0.999).sum() < 5

    def test_the_ratio_holds_for_conditions_too(self):
        words = talk() * np.float32(0.1)
        for snr in (20, 10, 0):
            added = degrade(words, f"babble_{snr}dB", seed=1, babble=VOICES) - words
            level = speech_level(words)
            assert level is not None
            assert level - 10 * np.log10(power(added)) == pytest.approx(snr, abs=0.5)

    def test_pink_falls_by_three_decibels_an_octave(self):
        noise = pink_noise(20 * RATE, random())
        spectrum = np.abs(np.fft.rfft(noise)) ** 2
        hertz = np.fft.rfftfreq(len(noise), 1 / RATE)
        octaves = [spectrum[(hertz >= f) & (hertz < 2 * f)].sum() for f in (250, 500, 1000, 2000, 4000)]
        assert np.ptp(10 * np.log10(octaves)) < 1.0

    def test_no_voice_of_babble_stands_out_by_its_level(self):
        loud = [voice * np.float32(gain) for voice, gain in zip(VOICES, (1, 0.01, 0.01, 0.01, 0.01, 0.01), strict=True)]
        even = babble_noise(RATE, VOICES, random(3))
        assert np.allclose(babble_noise(RATE, loud, random(3)), even, atol=0.05)

    def test_few_voices_are_repeated(self):
        assert power(babble_noise(RATE, VOICES[:1], random())) == pytest.approx(1.0, rel=1e-3)

    @pytest.mark.parametrize("voices", [[], [np.zeros(100, dtype=np.float32)], [np.zeros(0, dtype=np.float32)]])
    def test_babble_of_nobody_is_refused(self, voices: list[Floats]):
        with pytest.raises(ValueError, match="babble needs clips of other speakers"):
            degrade(talk(), "babble_10dB", seed=0, babble=voices)


class TestRooms:
    @pytest.mark.parametrize("rt60", [0.2, 0.4, 0.8])
    def test_it_decays_as_fast_as_asked(self, rt60: float):
        room = impulse_response(rt60, random()).astype(np.float64)
        left = 10 * np.log10(np.cumsum(room[::-1] ** 2)[::-1])
        left -= left[int(0.03 * RATE)]
        start, end = (int(np.argmax(left < level)) for level in (-5, -25))
        assert 3 * (end - start) / RATE == pytest.approx(rt60, rel=0.15)

    def test_it_keeps_the_power_and_begins_with_the_direct_sound(self):
        room = impulse_response(0.5, random())
        assert power(room) * len(room) == pytest.approx(1.0, rel=1e-3)
        assert room[0] == np.abs(room).max()
        words = talk()
        wet = reverberate(words, room)
        assert len(wet) == len(words)
        assert power(wet) == pytest.approx(power(words), rel=1e-3)

    def test_farther_away_less_of_it_is_direct(self):
        near, far = (impulse_response(0.5, random(), metres=metres) for metres in (0.3, 3.0))
        assert near[0] > 2 * far[0]


class TestChannels:
    def test_a_telephone_has_nothing_above_its_band_and_little_below(self):
        sent = 0.3 * white_noise(3 * RATE, random())
        heard = telephone(np.clip(sent, -1, 1))
        assert share_above(heard, 3400) < 1e-4
        assert 1 - share_above(heard, 300) < 1e-2
        assert len(heard) == len(sent)

    def test_a_telephone_passes_its_band_in_time(self):
        tone = (0.3 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)).astype(np.float32)
        heard = telephone(tone)
        assert np.abs(heard - tone)[1000:-1000].max() < 0.02

    @pytest.mark.parametrize("length", [48_000, 15_991, 7_000])
    def test_opus_keeps_length_and_time(self, length: int):
        words = (talk(3.0) + 0.01 * low_pass(white_noise(48_000, random()), 3000))[:length]
        heard = opus(words)
        assert len(heard) == length
        middle = words[1000:6000]
        lags = range(-60, 61)
        likeness = [float(heard[1000 + lag : 6000 + lag] @ middle) for lag in lags]
        assert abs(lags[int(np.argmax(likeness))]) <= 1
        assert max(likeness) > 0.7 * float(middle @ middle)

    def test_opus_changes_what_it_passes(self):
        assert not np.allclose(opus(talk()), talk(), atol=1e-3)

    def test_gain_is_cut_off_at_full_scale(self):
        words = np.linspace(-1, 1, 101, dtype=np.float32)
        assert gain(words, -20.0) == pytest.approx(words / 10, abs=1e-6)
        louder = gain(words, 10.0)
        assert louder.max() == 1.0
        assert louder.min() == -1.0
        assert (louder == 1.0).sum() > 30

    def test_low_pass_leaves_nothing_above(self):
        assert share_above(low_pass(white_noise(RATE, random()), 2000), 2000) < 1e-4

    def test_tilt_turns_about_a_kilohertz_and_keeps_the_power(self):
        noise = white_noise(2 * RATE, random())
        brighter, duller = tilt(noise, 3.0), tilt(noise, -3.0)
        assert share_above(brighter, 1000) > share_above(noise, 1000) > share_above(duller, 1000)
        assert power(brighter) == pytest.approx(power(noise), rel=1e-3)


class TestLengths:
    @pytest.mark.parametrize("seconds", [0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0])
    def test_it_is_as_long_as_asked(self, seconds: float):
        assert len(to_length(talk(3.0), seconds, random())) == round(seconds * RATE)

    def test_a_cut_lies_where_the_speech_is(self):
        silence = np.zeros(3 * RATE, dtype=np.float32)
        words = talk(1.0)
        cut = to_length(np.concatenate([silence, words, silence, silence]), 0.5, random())
        assert power(cut) > 0.5 * power(words)

    def test_repetitions_are_the_clip_with_pauses_as_quiet_as_its_own(self):
        words = talk(1.0)
        longer = to_length(words, 5.0, random())
        assert np.array_equal(longer[:RATE], words)
        pause = longer[RATE : RATE + 6400]
        assert 0 < power(pause) < 1e-6
        assert np.array_equal(longer[RATE + 6400 : 2 * RATE + 6400], words)


class TestConditions:
    def test_they_come_in_the_order_of_a_report(self):
        names = list(DEGRADATIONS)
        assert names[0] == "clean"
        assert names[1:4] == ["babble_20dB", "babble_10dB", "babble_0dB"]
        assert names[-1] == "length_30s"
        assert len(names) == 24

    @pytest.mark.parametrize("name", DEGRADATIONS)
    def test_the_same_comes_of_the_same(self, name: str):
        words = talk()
        first, second = (degrade(words, name, seed=7, babble=VOICES) for _ in range(2))
        assert np.array_equal(first, second)
        assert np.array_equal(words, talk())

    @pytest.mark.parametrize("name", ["white_10dB", "babble_10dB", "reverb_0.4s"])
    def test_seed_and_clip_matter(self, name: str):
        first, other = (degrade(talk(), name, seed=seed, babble=VOICES) for seed in (1, 2))
        assert not np.array_equal(first, other)

    def test_degrees_of_a_family_share_their_noise(self):
        words = talk() * np.float32(0.1)
        soft, loud = (degrade(words, name, seed=0) - words for name in ("white_20dB", "white_0dB"))
        assert np.allclose(soft * 10, loud, atol=1e-4)

    def test_an_unknown_name_is_told_what_there_is(self):
        with pytest.raises(KeyError, match=r"underwater.*clean, babble_20dB"):
            degrade(talk(), "underwater", seed=0)

    @pytest.mark.parametrize("odd", ODD)
    def test_odd_sounds_stay_numbers_in_range(self, odd: str):
        for name in DEGRADATIONS:
            made = degrade(ODD[odd], name, seed=0, babble=VOICES)
            assert made.dtype == np.float32, name
            assert np.isfinite(made).all(), name
            assert name.startswith("length") or len(made) == len(ODD[odd]), name


class TestAugment:
    def test_the_same_chance_makes_the_same(self):
        first, second = (augment(talk(), random(5), babble=VOICES) for _ in range(2))
        assert np.array_equal(first, second)

    def test_draws_differ(self):
        made = [augment(talk(), random(seed), babble=VOICES) for seed in range(6)]
        assert len({each.tobytes() for each in made}) >= 5

    def test_speech_is_left_of_every_draw(self):
        for seed in range(30):
            made = augment(talk(), random(seed), babble=VOICES)
            assert RATE * 0.9 <= len(made) <= 1.08 * 3 * RATE
            assert power(made) > 1e-6

    def test_chances_are_chances(self):
        assert all(0 < chance <= 0.5 for chance in CHANCES.values())

    @pytest.mark.parametrize("odd", ODD)
    def test_odd_sounds_stay_numbers(self, odd: str):
        for seed in range(12):
            made = augment(ODD[odd], random(seed), babble=VOICES if seed % 2 else ())
            assert made.dtype == np.float32
            assert np.isfinite(made).all()
