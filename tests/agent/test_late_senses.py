"""A sense that is late is left out of its turn: the trace and the model are told, and its late word is not heard."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import numpy as np
import pytest

from agent import Senses
from perception import AudioClip, EmotionScores, Frame, Modality, Observation, Status, Transcript
from perception.testing import ScriptedPerceiver, ScriptedTranscriber

pytestmark = pytest.mark.unit

FRAME = Frame(pixels=np.zeros((48, 48, 3), np.uint8))
CLIP = AudioClip(samples=np.zeros(1_600, np.float32))
SAD = EmotionScores.of({"sad": 0.9, "neutral": 0.1})
HAPPY = EmotionScores.of({"happy": 0.9, "neutral": 0.1})


class Held(ScriptedPerceiver):
    """Answers when it is let go."""

    def __init__(self, modality: Modality, scores: EmotionScores) -> None:
        super().__init__(modality, scores)
        self.go, self.told = threading.Event(), threading.Event()

    def perceive(self, evidence: object, /) -> Observation:
        assert self.go.wait(10)
        try:
            return super().perceive(evidence)
        finally:
            self.told.set()


class HeldTranscriber(ScriptedTranscriber):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.go = threading.Event()

    def transcribe(self, clip: AudioClip, /, *, lang: str | None = None) -> Transcript:
        assert self.go.wait(10)
        return super().transcribe(clip, lang=lang)


async def test_a_late_sense_is_left_out_of_its_turn_and_said_to_be(talk: Any) -> None:
    face = Held(Modality.VISION, HAPPY)
    async with talk(vision=face, timeouts={"vision": 0.05}) as t:
        done = await t.say("I lost my job.", frame=FRAME)
        assert t.statuses == {"vision": "timeout", "text": "ok"}
        assert done.trace["late_vision"] == "left out"
        assert "face not seen in time" in str(t.chat.calls[-1][-1].content)
        face.go.set()
        assert await asyncio.to_thread(face.told.wait, 10)
        (turn,) = await t.agent.memory.history(t.session.session_id)
        assert turn.affect.scores.top == "sad"
        assert {share.modality: share.reason for share in turn.affect.shares}[Modality.VISION] == "timeout"
        # the next turn is not told what the one before was too late for
        await t.say("Still no word from them.")
        assert t.statuses == {"text": "ok"}
        assert "late_vision" not in (await t.agent.memory.history(t.session.session_id))[-1].trace


async def test_words_that_are_written_down_too_late_are_noted(talk: Any) -> None:
    speech = HeldTranscriber("I lost my job.")
    async with talk(speech=speech, timeouts={"speech": 0.01}) as t:
        done = await t.say(clip=CLIP, frame=FRAME)
        speech.go.set()
        assert done.trace["late_speech"] == "left out"
        assert {"late_vision", "late_audio", "late_text"}.isdisjoint(done.trace)


async def test_a_late_text_sense_is_told_apart_from_a_late_face(talk: Any) -> None:
    words = Held(Modality.TEXT, SAD)
    async with talk(text=words, timeouts={"text": 0.05}) as t:
        done = await t.say("I lost my job.", frame=FRAME)
        words.go.set()
        assert (done.trace["late_text"], t.statuses["vision"]) == ("left out", "ok")
        assert "late_vision" not in done.trace


async def test_each_sense_has_the_time_it_was_given() -> None:
    senses = Senses(
        vision=ScriptedPerceiver(Modality.VISION, HAPPY, delay=0.2),
        text=ScriptedPerceiver(Modality.TEXT, SAD, delay=0.2),
        timeout=5.0,
        timeouts={"vision": 0.02},
    )
    try:
        assert (senses.limit("vision"), senses.limit("audio")) == (0.02, 5.0)
        seen = await asyncio.gather(senses.observe(Modality.VISION, FRAME), senses.observe(Modality.TEXT, "x"))
        assert [observation.status for observation in seen] == [Status.TIMEOUT, Status.OK]
        assert seen[0].latency_ms == 20.0
    finally:
        senses.close()
