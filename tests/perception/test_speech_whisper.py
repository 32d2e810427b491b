"""One Whisper for all: the states of its encoder, and how it is loaded."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from perception import SAMPLE_RATE, ModelMissing
from perception.speech import Whisper
from perception.speech.whisper import FRAMES_A_SECOND

pytestmark = pytest.mark.unit


def sound(seconds: float) -> np.ndarray:
    return (0.1 * np.random.default_rng(0).normal(size=round(seconds * SAMPLE_RATE))).astype(np.float32)


def test_a_missing_model_names_the_command(tmp_path: Path) -> None:
    whisper = Whisper(lambda: tmp_path)
    for ask in (whisper.load, lambda: whisper.load(words=True), lambda: whisper.encode(sound(1))):
        with pytest.raises(ModelMissing, match="attune models get whisper-base"):
            ask()


def test_before_loading_it_is_called_as_the_preferred_model() -> None:
    assert Whisper().name == "whisper-base"
    assert Whisper(names=("whisper-tiny.en",)).name == "whisper-tiny.en"


def test_importing_it_loads_neither_library() -> None:
    code = "import sys, perception.speech; sys.exit(any(m in sys.modules for m in ('ctranslate2', 'faster_whisper')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    whisper = Whisper(cpu_threads=1)
    try:
        whisper.load()
    except ModelMissing as missing:
        pytest.skip(str(missing))
    return whisper


@pytest.mark.model
@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.5, 1.01, 3.0])
def test_there_are_fifty_states_a_second(whisper: Whisper, seconds: float) -> None:
    states = whisper.encode(sound(seconds))
    assert states.dtype == np.float32
    assert states.shape == (max(1, int(seconds * FRAMES_A_SECOND)), whisper.encode(sound(0.1)).shape[1])
    assert np.isfinite(states).all()


@pytest.mark.model
def test_long_sound_is_encoded_in_equal_pieces(whisper: Whisper) -> None:
    long = sound(30.1)
    states, half = whisper.encode(long), 753
    assert len(states) == 1505
    second = long[half * SAMPLE_RATE // FRAMES_A_SECOND :]
    np.testing.assert_allclose(states[half:], whisper.encode(second), atol=1e-4)


@pytest.mark.model
def test_threads_share_it_and_words_do_not_change_the_states(whisper: Whisper) -> None:
    before = whisper.encode(sound(1))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(whisper.encode, [sound(1)] * 4))
    whisper.load(words=True)
    assert "en" in whisper.languages
    for states in (*found, whisper.encode(sound(1))):
        np.testing.assert_allclose(states, before, atol=1e-4)
