"""What is usual for a speaker, and what is told when an utterance is not."""

from __future__ import annotations

import numpy as np
import pytest

from perception.audio.baseline import MEMORY, SpeakerBaseline, VoiceMeasures, shrunk

pytestmark = pytest.mark.unit

MEAN = np.zeros(4, dtype=np.float32)


def said(level: float = -25.0, pitch: float | None = 200.0, rate: float | None = 4.0) -> VoiceMeasures:
    return VoiceMeasures(level_dbfs=level, pitch_hz=pitch, syllables_per_second=rate)


def heard(*utterances: VoiceMeasures) -> SpeakerBaseline:
    baseline = SpeakerBaseline()
    for each in utterances:
        baseline.learn("net", MEAN, each)
    return baseline


def test_nothing_is_unusual_before_two_utterances() -> None:
    for before in ((), (said(),)):
        assert heard(*before).compare(said(level=-5.0, pitch=400.0, rate=9.0)) == ()


@pytest.mark.parametrize(
    ("now", "code", "params"),
    [
        (said(level=-19.0), "louder_than_before", {"db": 6}),
        (said(level=-31.0), "quieter_than_before", {"db": 6}),
        (said(pitch=240.0), "pitch_above_usual", {"percent": 20}),
        (said(pitch=160.0), "pitch_below_usual", {"percent": 20}),
        (said(rate=6.0), "faster_than_before", {"percent": 50}),
        (said(rate=2.0), "slower_than_before", {"percent": 50}),
    ],
)
def test_what_stands_out_is_told(now: VoiceMeasures, code: str, params: dict[str, int]) -> None:
    (cue,) = heard(said(), said()).compare(now)
    assert (cue.code, cue.params) == (code, params)


def test_small_changes_are_not_told() -> None:
    assert heard(said(), said()).compare(said(level=-23.0, pitch=215.0, rate=4.6)) == ()


def test_what_could_not_be_measured_is_not_compared() -> None:
    assert heard(said(pitch=None), said(pitch=None)).compare(said(pitch=400.0)) == ()
    assert heard(said(), said()).compare(said(pitch=None, rate=None)) == ()


def test_the_mean_is_of_what_came_before_by_that_model() -> None:
    baseline = SpeakerBaseline()
    for value in (1.0, 2.0, 6.0):
        baseline.learn("net", np.full(4, value, dtype=np.float32), said())
    mean, count = baseline.usual("net")
    assert mean is not None
    assert mean.tolist() == [3.0] * 4
    assert count == 3
    assert baseline.usual("another") == (None, 0)


def test_an_old_voice_fades() -> None:
    baseline = heard(*[said(level=-40.0)] * 100)
    for _ in range(4 * MEMORY):
        baseline.learn("net", MEAN, said(level=-20.0))
    assert baseline.usual("net")[1] == MEMORY
    assert baseline.compare(said(level=-20.0)) == ()


def test_a_baseline_is_drawn_to_the_general_one() -> None:
    mine, general = np.full(4, 4.0, dtype=np.float32), np.zeros(4, dtype=np.float32)
    assert shrunk(mine, 0, general).tolist() == [0.0] * 4
    assert shrunk(mine, 1, general).tolist() == [1.0] * 4
    assert shrunk(mine, 97, general)[0] == pytest.approx(3.88)
