"""Observations, cues, conflicts and affect: what they hold, refuse and give back."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perception import (
    Affect,
    AudioClip,
    Conflict,
    Cue,
    EmotionScores,
    Frame,
    Modality,
    Observation,
    Share,
    Status,
    Utterance,
)

pytestmark = pytest.mark.unit

SCORES = EmotionScores.of({"sad": 0.7, "neutral": 0.3})


def observation(**changes: object) -> Observation:
    given: dict[str, object] = {"modality": Modality.TEXT, "status": Status.OK, "model": "m-1", "scores": SCORES}
    return Observation(**{**given, "quality": 0.5, **changes})  # type: ignore[arg-type]


def test_the_senses_in_their_order() -> None:
    assert [m.value for m in Modality] == ["vision", "audio", "text"]


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.OK])
def test_a_sense_that_cannot_tell_needs_no_scores(status: Status) -> None:
    assert observation(status=status, scores=None).scores is None


def test_ok_without_scores_is_refused() -> None:
    with pytest.raises(ValueError, match="text with status ok needs scores"):
        observation(scores=None)


@pytest.mark.parametrize("quality", [-0.1, 1.1, float("nan")])
def test_quality_out_of_range_is_refused(quality: float) -> None:
    with pytest.raises(ValueError, match="must be in"):
        observation(quality=quality)


def test_an_observation_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        observation().quality = 1.0  # type: ignore[misc]


def test_an_observation_survives_json_without_its_features() -> None:
    cue = Cue(code="pitch_above_usual", params={"percent": 40})
    seen = observation(cues=(cue,), latency_ms=12.5, features=np.ones(3, np.float32))
    data = json.loads(json.dumps(seen.as_dict()))
    assert "features" not in data
    again = Observation.from_dict(data)
    assert again == seen
    assert again.features is None
    assert seen.without_features().features is None


@given(
    st.text(min_size=1, max_size=20),
    st.dictionaries(st.text(max_size=8), st.one_of(st.integers(), st.text(max_size=8), st.booleans()), max_size=4),
)
def test_cues_and_conflicts_survive_their_dictionaries(code: str, params: dict[str, int | str | bool]) -> None:
    assert Cue.from_dict(Cue(code=code, params=params).as_dict()) == Cue(code=code, params=params)
    assert Conflict.from_dict(Conflict(code=code, params=params).as_dict()) == Conflict(code=code, params=params)


def test_an_affect_gives_back_what_it_was_made_of() -> None:
    words, face = observation(), observation(modality=Modality.VISION, status=Status.NO_FACE, scores=None)
    affect = Affect(
        scores=SCORES,
        shares=(
            Share(modality=Modality.TEXT, weight=1.0, reason="weighted"),
            Share(modality=Modality.VISION, weight=0.0, reason="no_face"),
        ),
        conflicts=(Conflict(code="masking", params={"text": "sad"}),),
        reliability=0.6,
        observations=(words, face),
    )
    assert affect.observation(Modality.VISION) is face
    assert affect.observation(Modality.AUDIO) is None
    data = json.loads(json.dumps(affect.as_dict()))
    assert data["top"] == "sad"
    assert Affect.from_dict(data, (words, face)) == affect


def test_an_affect_of_no_sense_that_could_tell() -> None:
    affect = Affect(scores=None, shares=(), conflicts=(), reliability=0.0, observations=())
    data = affect.as_dict()
    assert data["top"] is None
    assert data["valence"] is None
    assert Affect.from_dict(data, ()) == affect


@pytest.mark.parametrize("pixels", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)])
def test_a_frame_that_is_no_picture_is_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="height x width x 3 uint8"):
        Frame(pixels=pixels)


def test_a_clip_that_is_not_mono_float_is_refused() -> None:
    with pytest.raises(ValueError, match="one row of float32"):
        AudioClip(samples=np.zeros((2, 16_000), np.float32))
    assert AudioClip(samples=np.zeros(8_000, np.float32)).seconds == 0.5


def test_an_utterance_takes_any_text() -> None:
    assert Utterance(text="").context == ()
