"""What a person does not allow is neither perceived nor kept, whenever they say so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agent import Agent
from agent.errors import ChatModelUnreachable, NothingToRetry
from agent.safety import DeploymentContext
from perception import AudioClip, EmotionScores, Frame, Modality, Observation
from perception.testing import ScriptedPerceiver, ScriptedTranscriber

pytestmark = pytest.mark.unit

FRAME = Frame(pixels=np.zeros((48, 48, 3), np.uint8))
CLIP = AudioClip(samples=np.zeros(16_000, np.float32))
SLOW_SPEECH = "um I uh I um lost uh my um job uh today um yes"
NOTHING = dict.fromkeys(Modality, False)


async def test_without_leave_the_voice_leaves_no_trace_in_the_prompt(talk: Any) -> None:
    async with talk(speech=ScriptedTranscriber(SLOW_SPEECH)) as t:
        await t.agent.acknowledge(t.session.session_id, {Modality.TEXT: True})
        await t.say(clip=CLIP)
        assert "filler" not in str(t.chat.calls[0][-1].content)
        await t.agent.acknowledge(t.session.session_id, dict.fromkeys(Modality, True))
        await t.say(clip=CLIP)
        assert "filler" in str(t.chat.calls[1][-1].content)


async def test_in_hiring_fluency_is_not_measured_either(talk: Any) -> None:
    options = {"deployment": DeploymentContext.HIRING}
    async with talk(speech=ScriptedTranscriber(SLOW_SPEECH), agent_options=options) as t:
        await t.say(clip=CLIP)
        assert "filler" not in str(t.chat.calls[0][-1].content)


async def test_an_agent_built_without_a_sense_never_uses_it(talk: Any) -> None:
    text = ScriptedPerceiver(Modality.TEXT, EmotionScores.of({"sad": 1}))
    async with talk(text=text, agent_options={"modalities": [Modality.VISION]}) as t:
        await t.say("I lost my job.", frame=FRAME)
        assert t.statuses == {"text": "disabled", "vision": "ok"}
        assert text.seen == []


async def test_consent_withdrawn_while_a_sense_looks_is_honoured_in_that_turn(talk: Any) -> None:
    class Withdraws(ScriptedPerceiver):
        """The person changes their mind while the picture is looked at."""

        agent: Agent
        session_id: str

        def perceive(self, evidence: object, /) -> Observation:
            self.agent._turns.consent(self.session_id, NOTHING)
            return super().perceive(evidence)

    vision = Withdraws(Modality.VISION, EmotionScores.of({"happy": 1}))
    async with talk(vision=vision) as t:
        vision.agent, vision.session_id = t.agent, t.session.session_id
        await t.say("hello", frame=FRAME)
        assert t.statuses == {"vision": "disabled", "text": "disabled"}
        (turn,) = await t.agent.memory.history(t.session.session_id)
        assert turn.affect is not None
        assert turn.affect.scores is None


async def test_consent_withdrawn_during_the_reply_keeps_the_affect_out_of_memory(talk: Any) -> None:
    async with talk() as t:
        events = t.agent.turn(t.session.session_id, _message("hello"))
        async for event in events:
            if event.kind == "delta":
                await t.agent.acknowledge(t.session.session_id, {Modality.TEXT: True})
        (turn,) = await t.agent.memory.history(t.session.session_id)
        assert turn.affect is not None
        assert {o.modality.value: o.status.value for o in turn.affect.observations} == {
            "vision": "disabled",
            "text": "ok",
        }


async def test_a_broken_turn_is_not_retried_on_senses_that_are_not_allowed_any_more(talk: Any) -> None:
    async with talk(replies=[ChatModelUnreachable("down"), "Well. What now?"]) as t:
        with pytest.raises(ChatModelUnreachable):
            await t.say("hello", frame=FRAME)
        await t.agent.acknowledge(t.session.session_id, NOTHING)
        with pytest.raises(NothingToRetry, match="not allowed"):
            await t.retry()


def _message(text: str) -> Any:
    from agent import TurnInput

    return TurnInput(text=text, frame=FRAME)
