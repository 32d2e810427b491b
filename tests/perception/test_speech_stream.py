"""Voice activity while the sound comes in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from perception import SAMPLE_RATE
from perception.speech.stream import SECONDS, VoiceEvent, VoiceStream
from perception.speech.vad import CHUNK, VoiceActivity, VoiceState

pytestmark = pytest.mark.unit


def syllables(seconds: float) -> np.ndarray:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * np.pi * np.cumsum(120 * (1 + 0.1 * np.sin(5 * time))) / SAMPLE_RATE
    gains = [sum(1 / (1 + ((120 * h - f) / 100) ** 2) for f in (700, 1200, 2600)) for h in range(1, 40)]
    sound = sum(gain * np.sin(h * phase) for h, gain in enumerate(gains, start=1))
    return (0.4 * sound * np.clip(np.sin(2 * np.pi * 3 * time), 0, 1) / np.abs(sound).max()).astype(np.float32)


def silent(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * SAMPLE_RATE), dtype=np.float32)


SOUND = np.concatenate([silent(0.7), syllables(1.6), silent(1.0), syllables(1.1), silent(0.2)])


def pieces(size: int | None) -> list[np.ndarray]:
    """The sound in pieces of so many samples; of 20 to 100 ms, at random, when None."""
    rng, found, at = np.random.default_rng(0), [], 0
    while at < len(SOUND):
        step = size or int(rng.integers(320, 1601))
        found.append(SOUND[at : at + step])
        at += step
    return found


@pytest.mark.parametrize("size", [1, 320, 512, 800, 1600, 48_000, None])
def test_pieces_of_any_size_give_what_the_whole_gives(size: int | None) -> None:
    activity = VoiceActivity()
    whole = activity.probabilities(SOUND)
    stream = VoiceStream(activity)
    news = [*(stream.feed(piece) for piece in pieces(size)), stream.finish()]
    np.testing.assert_allclose(np.concatenate([each.probabilities for each in news]), whole, atol=1e-4)
    once = VoiceStream(activity)
    assert [e for each in news for e in each.events] == [*once.feed(SOUND).events, *once.finish().events]


def test_two_phrases_are_two_starts_and_two_ends() -> None:
    stream = VoiceStream()
    events = [event for piece in pieces(None) for event in stream.feed(piece).events]
    events += stream.finish().events
    assert [event.kind for event in events] == ["start", "end", "start", "end"]
    assert [event.at for event in events] == pytest.approx([0.7, 2.3, 3.3, 4.4], abs=0.3)
    assert events[-1].at <= len(SOUND) / SAMPLE_RATE
    again = [*stream.feed(SOUND).events, *stream.finish().events]
    assert again == events


class Scripted(VoiceActivity):
    """A detector that says what the test wants, chunk by chunk."""

    def __init__(self, *said: float) -> None:
        self._said = list(said)

    def judge(self, chunks: np.ndarray, state: VoiceState) -> tuple[np.ndarray, VoiceState]:
        return np.array([self._said.pop(0) for _ in chunks]), state


def heard(*said: float, **options: Any) -> list[tuple[str, int]]:
    """Events of a script, with the chunk that they lie at."""
    stream = VoiceStream(Scripted(*said), **options)
    events: list[VoiceEvent] = []
    for _ in said:
        events += stream.feed(np.zeros(CHUNK, dtype=np.float32)).events
    return [(event.kind, round(event.at / SECONDS)) for event in events]


def test_between_the_thresholds_goes_on_what_was() -> None:
    assert heard(*[0.4] * 20) == []
    assert heard(0.6, *[0.4] * 20, *[0.3] * 10) == [("start", 0), ("end", 21)]


def test_a_short_pause_ends_nothing_and_a_click_is_no_speech() -> None:
    assert heard(*[0.9] * 5, *[0.1] * 9, *[0.9] * 5, *[0.1] * 10) == [("start", 0), ("end", 19)]
    assert heard(0.9, 0.9, *[0.1] * 20, 0.9, *[0.1] * 20) == []
    assert heard(*[0.9] * 5, *[0.1] * 4, silence=0.1, shortest=0.0) == [("start", 0), ("end", 5)]


def test_a_start_is_told_as_soon_as_it_is_sure() -> None:
    stream = VoiceStream(Scripted(*[0.9] * 5))
    told = [bool(stream.feed(np.zeros(CHUNK, dtype=np.float32)).events) for _ in range(5)]
    assert told == [False, False, False, True, False]
    assert stream.speaking
    assert stream.seconds == pytest.approx(5 * SECONDS)


@pytest.mark.parametrize(
    "options", [{"on": 0.3}, {"off": 0.0}, {"on": 1.0}, {"silence": -0.1}, {"shortest": -1.0}, {"off": float("nan")}]
)
def test_settings_that_cannot_be(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="got"):
        VoiceStream(**options)
