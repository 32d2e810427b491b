"""The audio sense: what it abstains from, what it notices, what it costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter

from perception import SAMPLE_RATE, AudioClip, Modality, Observation, Status
from perception.audio import EmbeddedAudio, SpeakerBaseline
from perception.audio.model import SMALL
from perception.audio.spectrogram import SPECTROGRAMS
from perception.audio.windows import speech_windows
from perception.speech.vad import Stretch

pytestmark = pytest.mark.model

RNG = np.random.default_rng(0)


BASELINE = {
    "louder_than_before",
    "quieter_than_before",
    "pitch_above_usual",
    "pitch_below_usual",
    "faster_than_before",
    "slower_than_before",
}
VOWELS = ((700, 1200, 2600), (300, 2200, 3000), (450, 800, 2500), (550, 1800, 2500))


def voice(seconds: float = 3.0, *, glide: float = 0.25) -> np.ndarray:
    """Four vowels a second out of glottal pulses and formant filters: a voice to Silero VAD."""
    random = np.random.default_rng(1)
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    cycles = np.cumsum(130 * (1 + glide * np.sin(2 * np.pi * 0.6 * time))) / SAMPLE_RATE
    pulses = np.diff(np.floor(cycles), prepend=0.0) + 0.02 * random.normal(size=len(time))
    source = lfilter([1], [1, -0.95], pulses)
    return (0.5 * vowels(source) + 1e-4 * random.normal(size=len(time))).astype(np.float32)


def vowels(source: np.ndarray) -> np.ndarray:
    radius = np.exp(-np.pi * 80 / SAMPLE_RATE)
    sound = []
    for i, part in enumerate(np.split(source, range(SAMPLE_RATE // 4, len(source), SAMPLE_RATE // 4))):
        for formant in VOWELS[i % len(VOWELS)]:
            resonance = [1, -2 * radius * np.cos(2 * np.pi * formant / SAMPLE_RATE), radius**2]
            part = lfilter([1 - radius], resonance, part)
        sound.append(part / np.abs(part).max() * np.hanning(len(part) + 2)[1:-1] ** 0.5)
    return np.concatenate(sound)


def clip(samples: np.ndarray) -> AudioClip:
    return AudioClip(samples=samples.astype(np.float32))


@pytest.fixture(scope="module")
def sense() -> EmbeddedAudio:
    sense = EmbeddedAudio()
    sense.warm_up()
    return sense


def codes(observation: Observation) -> set[str]:
    return {cue.code for cue in observation.cues}


def test_a_voice_gets_scores(sense: EmbeddedAudio) -> None:
    evidence = clip(voice())
    seen = sense.perceive(evidence)
    assert seen.modality is Modality.AUDIO
    assert seen.status in {Status.OK, Status.UNCERTAIN}
    assert seen.scores is not None
    assert seen.quality > 0.5
    assert seen.features is not None
    assert seen.features.dtype == np.float32
    assert seen.captured_at == evidence.captured_at
    assert seen.latency_ms > 0
    assert seen.model == "audio-whisper-attentive-1"


TIME = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE


@pytest.mark.parametrize(
    ("samples", "status"),
    [
        (np.zeros(0), Status.EMPTY),
        (voice(0.1), Status.TOO_SHORT),
        (np.zeros(2 * SAMPLE_RATE), Status.NO_SPEECH),
        (np.full(2 * SAMPLE_RATE, 0.5), Status.NO_SPEECH),
        (0.1 * RNG.normal(size=2 * SAMPLE_RATE), Status.NO_SPEECH),
        (0.3 * np.sin(2 * np.pi * 440 * TIME), Status.NO_SPEECH),
        (np.sign(np.sin(2 * np.pi * 50 * TIME)), Status.NO_SPEECH),
    ],
    ids=["empty", "short", "silence", "offset", "noise", "tone", "buzz"],
)
def test_where_it_abstains(sense: EmbeddedAudio, samples: np.ndarray, status: Status) -> None:
    seen = sense.perceive(clip(samples))
    assert seen.status is status
    assert seen.scores is None
    assert seen.quality == 0.0


def test_little_speech_is_scored_and_never_sure(sense: EmbeddedAudio) -> None:
    seen = sense.perceive(clip(voice(0.4)))
    assert seen.status is Status.UNCERTAIN
    assert seen.scores is not None


def test_samples_that_are_no_numbers_fail_without_raising(sense: EmbeddedAudio) -> None:
    samples = voice()
    samples[10] = np.nan
    assert sense.perceive(clip(samples)).status is Status.FAILED


def test_a_clipped_voice_is_of_low_quality_and_still_scored(sense: EmbeddedAudio) -> None:
    seen = sense.perceive(clip(np.clip(voice() * 60, -1, 1)))
    assert seen.status is Status.LOW_QUALITY
    assert seen.scores is not None
    assert "clipped" in codes(seen)


def test_noise_lowers_quality(sense: EmbeddedAudio) -> None:
    noise = RNG.normal(size=3 * SAMPLE_RATE)
    qualities = [sense.perceive(clip(voice() + level * noise)).quality for level in (0.0, 0.01, 0.03)]
    assert qualities[0] > qualities[1] > qualities[2]


def test_gain_changes_the_cues_and_not_the_scores(sense: EmbeddedAudio) -> None:
    near, far = (sense.perceive(clip(voice() * gain)) for gain in (1.0, 0.02))
    assert near.scores is not None
    assert far.scores is not None
    assert np.allclose(near.scores.values, far.scores.values, atol=0.1)
    assert "quiet" in codes(far) - codes(near)


def test_a_flat_voice_is_noticed(sense: EmbeddedAudio) -> None:
    assert "speaks_with_little_variation" in codes(sense.perceive(clip(voice(glide=0.02))))
    assert "speaks_with_little_variation" not in codes(sense.perceive(clip(voice(glide=0.3))))


@pytest.mark.parametrize(("seconds", "count"), [(1.0, 1), (5.9, 1), (9.0, 3), (30.0, 10), (120.0, 12), (3600.0, 12)])
def test_long_speech_is_judged_on_a_bounded_number_of_windows(seconds: float, count: int) -> None:
    windows = speech_windows(np.zeros(int(seconds * 16_000), dtype=np.float32), (Stretch(start=0.0, end=seconds),))
    assert len(windows) == count
    assert all(0.4 < window.speech_seconds <= 6.0 for window in windows)


def test_windows_hold_speech() -> None:
    words = (Stretch(start=1.0, end=3.0), Stretch(start=25.0, end=27.0))
    windows = speech_windows(np.zeros(40 * 16_000, dtype=np.float32), words)
    assert sum(window.speech_seconds for window in windows) >= 4.0
    assert len(windows) < 5


def test_long_speech_gets_scores(sense: EmbeddedAudio) -> None:
    assert sense.perceive(clip(voice(20.0))).scores is not None


def test_the_same_clip_gets_the_same_scores(sense: EmbeddedAudio) -> None:
    first, second = (sense.perceive(clip(voice(8.0))).scores for _ in range(2))
    assert first == second


def test_a_missing_model_is_a_status_with_the_command(tmp_path: Path) -> None:
    seen = EmbeddedAudio(model_file=tmp_path / "mine.onnx").perceive(clip(voice()))
    assert seen.status is Status.MODEL_MISSING
    assert seen.cues[0].code == "model_missing"
    assert seen.cues[0].params["command"] == "attune train audio --data DIR"


def test_a_file_that_is_no_model_fails_with_its_cause(tmp_path: Path) -> None:
    file = tmp_path / "mine.onnx"
    file.write_bytes(b"no network")
    seen = EmbeddedAudio(model_file=file).perceive(clip(voice()))
    assert seen.status is Status.FAILED
    assert "mine.onnx" in str(seen.cues[0].params["why"])


@pytest.mark.parametrize("count", [0, 1, 100, 6000, SAMPLE_RATE])
@pytest.mark.parametrize("level", [0.0, 1e-6, 0.3])
@pytest.mark.parametrize("kind", sorted(SPECTROGRAMS))
def test_spectrograms_are_finite_for_anything(kind: str, count: int, level: float) -> None:
    spectrogram = SPECTROGRAMS[kind]((level * RNG.normal(size=count)).astype(np.float32))
    assert len(spectrogram) >= 10
    assert spectrogram.dtype == np.float32
    assert np.isfinite(spectrogram).all()


@pytest.mark.parametrize("kind", sorted(SPECTROGRAMS))
def test_a_spectrogram_is_the_same_at_any_gain(kind: str) -> None:
    loud, quiet = (SPECTROGRAMS[kind](voice(1.0) * np.float32(gain)) for gain in (1.0, 0.3))
    assert np.abs(loud - quiet).max() < 0.1


def test_the_other_network_that_ships_can_be_asked_for() -> None:
    seen = EmbeddedAudio(model=SMALL).perceive(clip(voice()))
    assert seen.model == SMALL
    assert seen.scores is not None


def test_a_known_speaker_is_compared_with_before(sense: EmbeddedAudio) -> None:
    speaker = SpeakerBaseline()
    usual = AudioClip(samples=0.3 * voice(), speaker=speaker)
    first = sense.perceive(usual)
    assert not BASELINE & codes(first)
    assert first.scores == sense.perceive(clip(0.3 * voice())).scores  # nothing was known yet
    assert not BASELINE & codes(sense.perceive(usual))
    quiet = sense.perceive(AudioClip(samples=0.1 * voice(), speaker=speaker))
    assert BASELINE & codes(quiet) == {"quieter_than_before"}
    assert quiet.scores != sense.perceive(clip(0.1 * voice())).scores


def test_noise_teaches_nothing_about_a_speaker(sense: EmbeddedAudio) -> None:
    speaker = SpeakerBaseline()
    sense.perceive(AudioClip(samples=np.clip(voice() * 60, -1, 1).astype(np.float32), speaker=speaker))
    assert speaker.usual(sense.model) == (None, 0)
