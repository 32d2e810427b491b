"""A voice felt while it comes in: with a scripted detector and sense, so that what is tested is the stream."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from perception import SAMPLE_RATE, AudioClip, Emotion, EmotionScores, Modality, Observation, Status
from perception.audio.stream import KEPT, LOOKS_BACK, AudioStream, VoiceUpdate
from perception.speech.vad import CHUNK, VoiceState

pytestmark = pytest.mark.unit


class LoudIsSpeech:
    """A detector for which whatever is loud is a voice."""

    def judge(self, chunks: np.ndarray, state: VoiceState) -> tuple[np.ndarray, VoiceState]:
        return (np.abs(chunks).max(axis=1, initial=0.0) > 0.1).astype(np.float32), state


class Feels:
    """A sense that says what it was told to, and remembers how much it was given."""

    def __init__(self, *emotions: Emotion, status: Status = Status.OK) -> None:
        self.seconds: list[float] = []
        self._emotions, self._status = emotions, status

    def perceive(self, evidence: AudioClip, /) -> Observation:
        self.seconds.append(evidence.seconds)
        felt = self._emotions[min(len(self.seconds), len(self._emotions)) - 1]
        scores = EmotionScores.of({felt: 0.7, Emotion.NEUTRAL: 0.3})
        return Observation(modality=Modality.AUDIO, status=self._status, model="told", scores=scores)


def stream(sense: Feels) -> AudioStream:
    activity: Any = LoudIsSpeech()
    return AudioStream(sense, activity=activity)


def loud(seconds: float) -> np.ndarray:
    return np.full(int(seconds * SAMPLE_RATE), 0.5, dtype=np.float32)


def silent(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * SAMPLE_RATE), dtype=np.float32)


def fed(live: AudioStream, samples: np.ndarray, piece: int = 800) -> list[VoiceUpdate]:
    return [update for at in range(0, len(samples), piece) for update in live.feed(samples[at : at + piece])]


@pytest.mark.parametrize("piece", [320, 512, 800, 1600, 1601])
def test_an_utterance_starts_is_estimated_each_half_second_and_ends(piece: int) -> None:
    updates = fed(
        stream(Feels(Emotion.SAD)), np.concatenate([silent(1.0), loud(2.2), silent(1.0), loud(1.2), silent(1)]), piece
    )
    kinds = [update.kind for update in updates]
    first, second = (i for i, kind in enumerate(kinds) if kind == "speech_ended")
    assert kinds[0] == "speech_started"
    assert kinds[1:first].count("estimate") in {4, 5}
    assert kinds[first + 1 : second].count("estimate") in {2, 3}
    assert updates[0].at == pytest.approx(1.0, abs=2 * CHUNK / SAMPLE_RATE)
    assert updates[first].at == pytest.approx(3.2, abs=2 * CHUNK / SAMPLE_RATE)
    assert {update.emotion for update in updates if update.kind == "estimate"} == {Emotion.SAD}


def test_silence_asks_the_sense_nothing() -> None:
    sense = Feels(Emotion.SAD)
    assert not fed(stream(sense), silent(5.0))
    assert not sense.seconds


def test_one_odd_estimate_changes_nothing_and_a_lasting_one_does() -> None:
    told = [Emotion.SAD] * 3 + [Emotion.ANGRY] + [Emotion.SAD] * 2 + [Emotion.ANGRY] * 6
    shown = [u.emotion for u in fed(stream(Feels(*told)), loud(6.2)) if u.kind == "estimate"]
    assert shown[:7] == [Emotion.SAD] * 7
    assert shown[-1] is Emotion.ANGRY


def test_an_estimate_that_is_not_sure_shows_nothing() -> None:
    updates = fed(stream(Feels(Emotion.SAD, status=Status.UNCERTAIN)), loud(2.0))
    assert {update.emotion for update in updates} == {None}


def test_what_is_kept_and_judged_is_bounded() -> None:
    sense = Feels(Emotion.SAD)
    live = stream(sense)
    fed(live, np.concatenate([loud(60.0), silent(1.0)]), 1600)
    *estimates, whole = sense.seconds
    assert max(estimates) <= LOOKS_BACK + 0.01
    assert whole <= KEPT
    assert live.seconds == pytest.approx(61.0)


def test_a_long_piece_gives_one_estimate() -> None:
    assert [update.kind for update in stream(Feels(Emotion.SAD)).feed(loud(3.0))] == ["speech_started", "estimate"]


def test_the_end_of_the_stream_ends_the_utterance_and_it_may_begin_anew() -> None:
    live = stream(Feels(Emotion.SAD))
    fed(live, loud(1.0))
    assert [update.kind for update in live.finish()] == ["speech_ended"]
    assert live.seconds == 0.0
    assert fed(live, loud(0.3))[0].at == 0.0


@pytest.mark.parametrize("bad", [np.full(800, np.nan), np.full(800, np.inf), np.zeros((2, 400))])
def test_a_bad_piece_is_refused_and_the_stream_goes_on(bad: np.ndarray) -> None:
    live = stream(Feels(Emotion.SAD))
    fed(live, loud(0.3))
    with pytest.raises(ValueError, match="finite samples"):
        live.feed(bad.astype(np.float32))
    assert [update.kind for update in fed(live, loud(0.4))] == ["estimate"]
    assert live.feed(np.empty(0, dtype=np.float32)) == ()
