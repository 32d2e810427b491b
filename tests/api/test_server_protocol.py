"""Every frame of a real conversation is as the AsyncAPI document says, in both directions."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from agent.errors import ChatModelUnreachable
from api.linking.testing import scripted_app
from api.testing import Json, WireClient, served
from api.wire import MediaKind

pytestmark = pytest.mark.server

DOCUMENT = yaml.safe_load((Path(__file__).parents[2] / "docs" / "asyncapi.yaml").read_text("utf-8"))
REPLIES = (
    "one two three four five six",
    ChatModelUnreachable("http://x", "down"),
    "There I am again. What now?",
    "Fine. And you?",
)


class Recorder(WireClient):
    """Holds every frame against the document as it goes by."""

    checked: list[str]

    async def send(self, type: str, **fields: Any) -> None:  # noqa: A002
        self.check({"type": type, **fields})
        await super().send(type, **fields)

    async def receive(self) -> Json:
        frame = await super().receive()
        self.check(frame)
        return frame

    def check(self, frame: Json) -> None:
        components = DOCUMENT["components"]
        payload = components["messages"][frame["type"]]["payload"]
        problems = Draft202012Validator({**payload, "components": components}).iter_errors(frame)
        assert [error.message for error in problems] == [], json.dumps(frame)
        self.__dict__.setdefault("checked", []).append(frame["type"])


async def test_every_frame_of_a_conversation_is_as_documented() -> None:
    async with served(scripted_app(*REPLIES, delay=0.02)) as host:
        async with Recorder.connect(host) as client:
            assert (await client.ask("ping", id="1"))["type"] == "pong"
            assert (await client.ask("user.message", text="early"))["type"] == "error"
            started = await client.open_session(lang="en", busy="reject")
            await client.send_media(MediaKind.JPEG, b"no picture")
            await client.send("user.audio.start")
            await client.send_media(MediaKind.PCM16, bytes(32_000))
            await client.send("user.audio.end")
            await client.send("user.message", text="hello")
            await client.until("reply.delta")
            await client.send("user.message", text="and?")
            await client.until("thread.busy")
            await client.send("reply.interrupt", delivered_chars=3)
            assert (await client.until("reply.done"))[-1]["interrupted"]
            await client.send("user.message", text="again")
            await client.until("error")
            await client.send("turn.retry")
            await client.until("reply.done")
            await client.send("persona.set", persona="debate")
            await client.until("persona.greeting")
            await client.send("user.message", text="I want to kill myself.")
            assert "route.changed" in [frame["type"] for frame in await client.until("reply.done")]
            assert (await client.ask("handoff.answer", offer="1", accept=True))["code"] == "no_handoff_offered"
            seq, checked = client.seen[-1]["seq"], [*client.checked]
        await asyncio.sleep(0)
        async with Recorder.connect(host) as client:
            await client.send("session.resume", token=started["token"], last_seq=seq - 2)
            assert (await client.until("session.started"))[-1]["resumed"]
            checked += client.checked
    assert set(checked) >= {
        *("session.start", "notice.ack", "user.message", "user.audio.start", "user.audio.end", "persona.set"),
        *("reply.interrupt", "turn.retry", "handoff.answer", "session.resume", "ping"),
        *("session.notice", "session.started", "persona.greeting", "thread.busy", "perception.observed"),
        *("speech.transcribed", "affect.fused", "route.changed", "reply.delta", "reply.done", "error", "pong"),
    }


def test_what_is_not_documented_is_noticed() -> None:
    client = Recorder(None)  # type: ignore[arg-type]
    with pytest.raises(AssertionError):
        client.check({"type": "pong", "seq": 0, "turn": 0, "id": None})
    with pytest.raises(AssertionError):
        client.check({"type": "ping", "surprise": 1})
    with pytest.raises(KeyError):
        client.check({"type": "weather"})
