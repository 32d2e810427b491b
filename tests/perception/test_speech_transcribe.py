"""Whisper: no words out of silence, and a status for everything that can be missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perception import SAMPLE_RATE, AudioClip, ModelError, ModelMissing, ModelRefused, Status
from perception.speech import Whisper, WhisperTranscriber
from perception.speech.vad import VoiceActivity
from perception.speech.whisper import stored_whisper

pytestmark = pytest.mark.unit

RNG = np.random.default_rng(0)
TIME = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE


def voice(seconds: float = 3.0) -> np.ndarray:
    """Harmonics of a gliding voice through the formants of an open vowel, in syllables."""
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * np.pi * np.cumsum(120 * (1 + 0.1 * np.sin(5 * time))) / SAMPLE_RATE
    gains = [sum(1 / (1 + ((120 * h - f) / 100) ** 2) for f in (700, 1200, 2600)) for h in range(1, 40)]
    sound = sum(gain * np.sin(h * phase) for h, gain in enumerate(gains, start=1))
    syllables = np.clip(np.sin(2 * np.pi * 3 * time), 0, 1)
    return (0.4 * sound * syllables / np.abs(sound).max()).astype(np.float32)


WITHOUT_VOICE = {
    "silence": np.zeros(3 * SAMPLE_RATE),
    "noise": 0.1 * RNG.normal(size=3 * SAMPLE_RATE),
    "tone": 0.3 * np.sin(2 * np.pi * 440 * TIME),
    "hum": 0.3 * np.sin(2 * np.pi * 50 * TIME),
}


def clip(samples: np.ndarray) -> AudioClip:
    return AudioClip(samples=samples.astype(np.float32))


def unreachable() -> Path:
    raise AssertionError("the model was asked")


@pytest.mark.parametrize("name", WITHOUT_VOICE)
def test_where_no_voice_is_the_model_is_not_asked(name: str) -> None:
    transcript = WhisperTranscriber(Whisper(unreachable)).transcribe(clip(WITHOUT_VOICE[name]))
    assert (transcript.status, transcript.text, transcript.words) == (Status.NO_SPEECH, "", ())
    assert transcript.seconds == pytest.approx(3.0)


@pytest.mark.parametrize("count", [0, 1, 1600])
def test_too_short(count: int) -> None:
    transcript = WhisperTranscriber(Whisper(unreachable)).transcribe(clip(np.full(count, 0.1)))
    assert transcript.status is Status.TOO_SHORT


def test_a_missing_model_is_a_status_with_the_command() -> None:
    def locate() -> Path:
        raise ModelMissing("whisper-base", "attune models get whisper-base")

    transcriber = WhisperTranscriber(Whisper(locate))
    transcript = transcriber.transcribe(clip(voice()))
    assert transcript.status is Status.MODEL_MISSING
    assert transcript.cues[0].params == {"model": "whisper-base", "command": "attune models get whisper-base"}
    with pytest.raises(ModelMissing, match="attune models get whisper-base"):
        transcriber.warm_up()


def test_a_folder_without_a_model_is_missing(tmp_path: Path) -> None:
    assert WhisperTranscriber(Whisper(lambda: tmp_path)).transcribe(clip(voice())).status is Status.MODEL_MISSING


def test_a_damaged_model_fails_with_its_cause(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"no weights")
    transcript = WhisperTranscriber(Whisper(lambda: tmp_path)).transcribe(clip(voice()))
    assert transcript.status is Status.FAILED
    assert transcript.cues[0].code == "failed"


def test_a_model_the_store_refuses_fails_with_the_reason() -> None:
    def locate() -> Path:
        raise ModelRefused("its hash is not what the manifest says")

    transcript = WhisperTranscriber(Whisper(locate)).transcribe(clip(voice()))
    assert transcript.status is Status.FAILED
    assert transcript.cues[0].params == {"why": "its hash is not what the manifest says"}


class Shelf:
    """A store whose models are what the test says."""

    def __init__(self, **found: Path | ModelError) -> None:
        self._found = {name.replace("_", "-").replace("-en", ".en"): path for name, path in found.items()}

    def path(self, name: str) -> Path:
        found = self._found.get(name) or ModelMissing(name, f"attune models get {name}")
        if isinstance(found, ModelError):
            raise found
        return found


def test_a_damaged_model_hands_over_to_the_next(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shelf: Any = Shelf(whisper_base=ModelRefused("it is damaged"), whisper_tiny_en=tmp_path)
    assert stored_whisper(shelf) == tmp_path
    assert "it is damaged" in caplog.text
    only: Any = Shelf(whisper_base=ModelRefused("it is damaged"))
    with pytest.raises(ModelRefused, match="it is damaged"):
        stored_whisper(only)
    empty: Any = Shelf()
    with pytest.raises(ModelMissing, match="attune models get whisper-base"):
        stored_whisper(empty)


def test_voice_is_found_where_it_is() -> None:
    samples = np.concatenate([np.zeros(SAMPLE_RATE), voice(1.5), np.zeros(SAMPLE_RATE)])
    stretches = VoiceActivity().stretches(samples.astype(np.float32))
    assert stretches
    assert stretches[0].start > 0.8
    assert stretches[-1].end < 2.8
    assert all(stretch.seconds >= 0.1 for stretch in stretches)


def test_nothing_at_all_has_no_voice() -> None:
    assert VoiceActivity().stretches(np.zeros(0, dtype=np.float32)) == ()


@pytest.fixture(scope="module")
def whisper() -> WhisperTranscriber:
    transcriber = WhisperTranscriber()
    try:
        transcriber.warm_up()
    except ModelMissing as missing:
        pytest.skip(str(missing))
    return transcriber


@pytest.mark.model
def test_a_synthetic_vowel_is_transcribed_without_failing(whisper: WhisperTranscriber) -> None:
    transcript = whisper.transcribe(clip(voice()), lang="en")
    assert transcript.status in {Status.OK, Status.NO_SPEECH, Status.LOW_QUALITY}
    assert len(transcript.text) < 120
    assert transcript.model.startswith("whisper-")


@pytest.mark.model
def test_a_language_nobody_knows(whisper: WhisperTranscriber) -> None:
    assert whisper.transcribe(clip(voice()), lang="xx").status is Status.UNSUPPORTED_LANGUAGE
