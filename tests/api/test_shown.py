"""How an affect looks in a terminal."""

from __future__ import annotations

import pytest

from agent.policy import weigh
from api.shown import affect_line
from perception import Cue, EmotionScores, Modality, Observation, Status
from personas import Policy

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("lang", "unclear", "sad"), [("en", "→ unclear (", "→ sad ("), ("zh", "→ 不明确 (", "→ 难过 (")]
)
def test_no_emotion_is_named_where_what_was_read_is_denied(lang: str, unclear: str, sad: str) -> None:
    words = EmotionScores.of({"sad": 0.98, "angry": 0.02})
    denies = Cue(code="denies_emotion", params={"emotion": "sad"})
    for cues, expected in (((denies,), unclear), ((), sad)):
        read = Observation(modality=Modality.TEXT, status=Status.OK, model="m", scores=words, quality=1.0, cues=cues)
        assert expected in affect_line(weigh(Policy(), [read]), lang).plain
