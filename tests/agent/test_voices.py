"""How somebody usually sounds: known within a session, by nobody else, and dropped with the leave to listen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agent import voices
from agent.voices import Voices
from perception import AudioClip, EmotionScores, Modality
from perception.testing import ScriptedPerceiver, ScriptedTranscriber

pytestmark = pytest.mark.unit

CLIP = AudioClip(samples=np.zeros(16_000, np.float32))


def test_a_session_keeps_its_baseline_and_shares_it_with_none() -> None:
    known = Voices()
    assert known.of("a") is known.of("a")
    assert known.of("a") is not known.of("b")


def test_forgetting_starts_anew() -> None:
    known = Voices()
    first = known.of("a")
    known.forget("a")
    known.forget("nobody")
    assert known.of("a") is not first


def test_the_longest_unheard_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "MOST", 2)
    known = Voices()
    a, b = known.of("a"), known.of("b")
    known.of("a")
    known.of("c")
    assert known.of("a") is a
    assert known.of("b") is not b


async def test_turns_of_a_session_are_heard_against_one_baseline_until_leave_is_withdrawn(talk: Any) -> None:
    audio = ScriptedPerceiver(Modality.AUDIO, EmotionScores.of({"sad": 1}))
    async with talk(audio=audio, speech=ScriptedTranscriber("I lost my job.")) as t:
        await t.say(clip=CLIP)
        await t.say(clip=CLIP)
        await t.agent.acknowledge(t.session.session_id, {Modality.TEXT: True})
        await t.agent.acknowledge(t.session.session_id, dict.fromkeys(Modality, True))
        await t.say(clip=CLIP)
    first, second, third = (seen.speaker for seen in audio.seen)
    assert first is not None
    assert first is second
    assert third is not first
    assert CLIP.speaker is None
