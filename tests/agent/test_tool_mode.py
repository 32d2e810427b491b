"""In tool mode `model` the chat model may look again by itself; what it does is bounded, and nothing rests on it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent import Agent, Senses
from agent.chat_models import EmbeddedModel, EndpointModel
from agent.errors import ChatModelFailed, ChatModelRefusedRequest, ToolsUnsupported
from agent.looking import CALLS, ROUNDS
from agent.testing import ScriptedChatModel, ScriptedEndpoint
from perception import AudioClip, EmotionScores, Frame, Modality, Observation, Status
from perception.testing import ScriptedPerceiver
from personas import PersonaBook

pytestmark = pytest.mark.unit

FRAME = Frame(pixels=np.zeros((48, 48, 3), np.uint8))
CLIP = AudioClip(samples=np.zeros(16_000, np.float32))
SAD = EmotionScores.of({"sad": 0.9, "neutral": 0.1})
MODEL = {"tool_mode": "model"}


class Slow(ScriptedPerceiver):
    """Late when it is first asked."""

    asked = 0

    def perceive(self, evidence: object, /) -> Observation:
        self.asked += 1
        if self.asked == 1:
            time.sleep(0.6)
        return Observation(modality=self.modality, status=Status.OK, model="slow", scores=SAD, quality=1.0)


def endpoint_model(endpoint: ScriptedEndpoint) -> EndpointModel:
    return EndpointModel(endpoint.base_url, "key", "scripted", timeout=5, retries=0)


def tools(request: dict[str, Any]) -> dict[str, Any]:
    """Those that a request offers, by name."""
    return {tool["function"]["name"]: tool["function"] for tool in request.get("tools", ())}


def results(request: dict[str, Any]) -> list[dict[str, Any]]:
    """What the tools gave, as the model is told."""
    return [json.loads(message["content"]) for message in request["messages"] if message["role"] == "tool"]


async def test_planned_is_what_a_model_gets_that_is_not_asked(talk: Any) -> None:
    with ScriptedEndpoint() as endpoint:
        async with talk(chat=endpoint_model(endpoint)) as t:
            done = await t.say("I lost my job.", frame=FRAME)
        (request,) = endpoint.requests
        assert "tools" not in request
        assert "model_tools" not in done.trace


async def test_a_model_looks_again_and_then_answers(talk: Any) -> None:
    calls = [
        [("perceive_vision", {"frame": "frame"}), ("perceive_text", {"text": "my job"})],
        [("fuse_emotions", {}), ("recall_affect", {"turns": 3})],
    ]
    with ScriptedEndpoint(tool_calls=calls) as endpoint:
        async with talk(chat=endpoint_model(endpoint), agent_options=MODEL) as t:
            done = await t.say("I lost my job.", frame=FRAME, clip=CLIP)
            assert done.reply.startswith("That sounds hard. What happened?")
            assert done.trace["model_tools"] == "perceive_vision, perceive_text, fuse_emotions, recall_affect"
            (turn,) = await t.agent.memory.history(t.session.session_id)
        first, second, third = endpoint.requests
        assert list(tools(first)) == [
            "perceive_vision",
            "perceive_audio",
            "perceive_text",
            "fuse_emotions",
            "recall_affect",
        ]
        assert results(first) == []
        seen, words = results(second)
        assert (seen["modality"], seen["status"], words["modality"]) == ("vision", "ok", "text")
        fused, recalled = results(third)[2:]
        assert fused["top"] == "sad"
        assert (recalled["status"], recalled["turns"]) == ("ok", [])
        # each result answers its call
        asked = [call["id"] for m in third["messages"] for call in m.get("tool_calls") or ()]
        assert asked == [m["tool_call_id"] for m in third["messages"] if m["role"] == "tool"]
        assert turn.reply == done.reply


async def test_media_travel_by_reference(talk: Any) -> None:
    with ScriptedEndpoint(tool_calls=[[("perceive_vision", {"frame": "frame"})]]) as endpoint:
        async with talk(chat=endpoint_model(endpoint), agent_options=MODEL) as t:
            await t.say("Look.", frame=FRAME)
        described = tools(endpoint.requests[0])["perceive_vision"]["parameters"]
        assert described["properties"]["frame"]["enum"] == ["frame"]
        assert "runtime" not in json.dumps(endpoint.requests[0]["tools"])
        assert "base64" not in json.dumps(endpoint.requests)
        assert max(len(json.dumps(request)) for request in endpoint.requests) < 12_000


async def test_what_the_model_looks_at_is_no_evidence_and_nobody_else_is_told(talk: Any) -> None:
    calls = [[("perceive_text", {"text": "I am so happy"}), ("fuse_emotions", {})]]
    with ScriptedEndpoint(tool_calls=calls) as endpoint:
        async with talk(chat=endpoint_model(endpoint), agent_options=MODEL) as t:
            await t.say("I lost my job.", frame=FRAME)
            assert [event.observation.modality for event in t.of("observed")] == [Modality.VISION, Modality.TEXT]
            assert len(t.of("fused")) == 1
            assert [evidence.text for evidence in t.agent.senses.perceiver(Modality.TEXT).seen] == [
                "I lost my job.",
                "I am so happy",
            ]


async def test_the_same_picture_is_not_felt_twice_but_a_late_sense_is_asked_again(talk: Any) -> None:
    look = [[("perceive_vision", {"frame": "frame"}), ("perceive_audio", {"clip": "clip"})]]
    slow = Slow(Modality.VISION)
    with ScriptedEndpoint(tool_calls=look) as endpoint:
        chat = endpoint_model(endpoint)
        async with talk(chat=chat, vision=slow, timeouts={"vision": 0.3}, agent_options=MODEL) as t:
            await t.say("Look.", frame=FRAME, clip=CLIP)
            assert t.statuses == {"vision": "timeout", "audio": "ok", "text": "ok"}
            assert len(t.agent.senses.perceiver(Modality.AUDIO).seen) == 1
            (turn,) = await t.agent.memory.history(t.session.session_id)
        seen, heard = results(endpoint.requests[1])
        assert (seen["status"], heard["status"], slow.asked) == ("ok", "ok", 2)
        statuses = {o.modality: o.status for o in turn.affect.observations}
        assert statuses[Modality.VISION] is Status.TIMEOUT


async def test_a_tool_that_breaks_down_costs_its_answer_only(talk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedEndpoint(tool_calls=[[("recall_affect", {})]]) as endpoint:
        async with talk(chat=endpoint_model(endpoint), agent_options=MODEL) as t:
            monkeypatch.setattr(t.agent.memory, "timeline_buckets", None)
            done = await t.say("Look.")
        assert done.reply.startswith("That sounds hard.")
        assert results(endpoint.requests[1]) == [{"error": "it broke down"}]


async def test_what_is_gone_when_a_turn_is_retried_is_not_offered(talk: Any) -> None:
    with ScriptedEndpoint("error") as endpoint:
        async with talk(chat=endpoint_model(endpoint), agent_options=MODEL) as t:
            with pytest.raises(ChatModelFailed):
                await t.say("Look.", frame=FRAME)
            endpoint.then("normal")
            done = await t.retry()
        assert done.reply.startswith("That sounds hard.")
        assert "perceive_vision" in tools(endpoint.requests[0])
        assert "perceive_vision" not in tools(endpoint.requests[-1])


async def test_only_what_a_turn_has_is_offered(talk: Any) -> None:
    with ScriptedEndpoint() as endpoint:
        async with talk(chat=endpoint_model(endpoint), agent_options=MODEL) as t:
            await t.say("I lost my job.")
            await t.agent.acknowledge(t.session.session_id, {Modality.VISION: True})
            await t.say("And now?", clip=CLIP, frame=FRAME)
            await t.agent.acknowledge(t.session.session_id, {})
            await t.say("And now?", frame=FRAME)
        offered = [sorted(tools(request)) for request in endpoint.requests]
        assert offered == [
            ["fuse_emotions", "perceive_text", "recall_affect"],
            ["fuse_emotions", "perceive_vision", "recall_affect"],
            ["fuse_emotions", "recall_affect"],
        ]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (("perceive_vision", {"frame": "/etc/passwd"}), "frame '/etc/passwd' is not in this turn; there is 'frame'"),
        (("perceive_vision", {}), "frame"),
        (("perceive_vision", {"frame": 3}), "string"),
        (("perceive_vision", {"frame": "frame", "zoom": 2}), "'zoom' is no argument of perceive_vision"),
        (("perceive_audio", {"clip": "clip"}), "no such tool in this turn"),
        (("transcribe_speech", {"clip": "clip"}), "no such tool in this turn"),
        (("erase_everything", {}), "no such tool in this turn; there are perceive_vision"),
        (("recall_affect", '{"turns": '), "not JSON"),
        (("recall_affect", {"turns": "many"}), "integer"),
    ],
)
async def test_a_call_that_cannot_be_made_is_answered_with_its_error(talk: Any, call: Any, told: str) -> None:
    with ScriptedEndpoint(tool_calls=[[call]]) as endpoint:
        async with talk(chat=endpoint_model(endpoint), agent_options=MODEL) as t:
            done = await t.say("Look.", frame=FRAME)
            assert done.reply
            assert done.trace["model_tools"] == "none"
        (error,) = results(endpoint.requests[1])
        assert told in error["error"]


async def test_rounds_and_calls_are_bounded(talk: Any) -> None:
    greedy = [("recall_affect", {})] * (CALLS + 2)
    with ScriptedEndpoint(tool_calls=[greedy] * 10) as endpoint:
        async with talk(chat=endpoint_model(endpoint), agent_options=MODEL) as t:
            done = await t.say("Look.")
        assert done.reply.startswith("That sounds hard.")
        assert [request["tool_choice"] for request in endpoint.requests] == ["auto"] * ROUNDS + ["none"]
        assert len(str(done.trace["model_tools"]).split(", ")) == ROUNDS * CALLS
        assert [("error" in answer) for answer in results(endpoint.requests[1])] == [False] * CALLS + [True] * 2


async def test_a_model_that_never_answers_has_failed(talk: Any) -> None:
    with ScriptedEndpoint(reply="", tool_calls=[[("recall_affect", {})]] * 10) as endpoint:
        async with talk(chat=endpoint_model(endpoint), agent_options=MODEL) as t:
            with pytest.raises(ChatModelFailed, match="never answered"):
                await t.say("Look.")


async def test_an_endpoint_that_refuses_tools_is_asked_without_them(
    talk: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with ScriptedEndpoint("toolless") as endpoint:
        async with talk(chat=endpoint_model(endpoint), agent_options=MODEL) as t:
            done = await t.say("Look.", frame=FRAME)
        assert done.reply.startswith("That sounds hard.")
        assert done.trace["model_tools"] == "refused"
        assert "does not support tools" in caplog.text
        assert ["tools" in request for request in endpoint.requests] == [True, False]


async def test_another_refusal_is_told_as_ever(talk: Any) -> None:
    with ScriptedEndpoint("refuse") as endpoint:
        async with talk(chat=endpoint_model(endpoint), agent_options=MODEL) as t:
            with pytest.raises(ChatModelRefusedRequest, match="invalid key"):
                await t.say("Look.")


async def test_a_reply_that_breaks_off_after_the_tools_is_kept_as_interrupted(talk: Any) -> None:
    with ScriptedEndpoint("normal", "cut", tool_calls=[[("recall_affect", {})]]) as endpoint:
        async with talk(chat=endpoint_model(endpoint), agent_options=MODEL) as t:
            done = await t.say("Look.")
        assert done.interrupted
        assert done.reply
        assert "That sounds hard. What happened?".startswith(done.reply)


async def test_a_crisis_is_answered_before_any_model_is_asked(talk: Any) -> None:
    with ScriptedEndpoint(tool_calls=[[("recall_affect", {})]]) as endpoint:
        async with talk(chat=endpoint_model(endpoint), agent_options=MODEL) as t:
            done = await t.say("I want to kill myself tonight.")
        assert done.persona == "crisis"
        assert endpoint.requests == []


@pytest.mark.parametrize("chat", [ScriptedChatModel(["x"]), EmbeddedModel(Path("smollm2.gguf"))])
async def test_a_model_that_cannot_call_tools_is_named_at_the_start(
    tmp_path: Path, book: PersonaBook, chat: Any
) -> None:
    with pytest.raises(ToolsUnsupported, match=f"{chat.name}.*ATTUNE_TOOL_MODE.*ATTUNE_BASE_URL"):
        async with Agent.open(
            database=tmp_path / "a.sqlite3", senses=Senses(), chat=chat, book=book, tool_mode="model"
        ):
            pass
