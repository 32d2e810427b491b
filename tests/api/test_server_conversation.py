"""A conversation over a real socket: the order of frames, media, consent, errors that cost one turn."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
import soundfile
from PIL import Image

from agent.errors import ChatModelUnreachable
from agent.senses import Senses
from agent.testing import ScriptedChatModel
from api.app import create_app
from api.runtime import open_agent
from api.settings import Settings
from api.testing import WireClient, served
from api.wire import MediaKind, parse_server
from perception import EmotionScores, Modality
from perception.testing import ScriptedPerceiver, ScriptedTranscriber

pytestmark = pytest.mark.server

REPLY = "That sounds heavy. What happened?"
SAD = EmotionScores.of({"sad": 0.8, "neutral": 0.2})

Client = Callable[..., AbstractAsyncContextManager[WireClient]]


def senses(**changes: Any) -> Senses:
    doubles: dict[str, Any] = {
        "vision": ScriptedPerceiver(Modality.VISION, SAD),
        "audio": ScriptedPerceiver(Modality.AUDIO, SAD),
        "text": ScriptedPerceiver(Modality.TEXT, SAD),
        "speech": ScriptedTranscriber("I lost my job today"),
    }
    return Senses(**{**doubles, **changes})


@asynccontextmanager
async def server(chat: ScriptedChatModel, **settings: Any) -> AsyncIterator[str]:
    chosen = Settings(_env_file=None, **settings)
    app = create_app(chosen, agent_factory=lambda given: open_agent(given, chat=chat, senses=senses()))
    async with served(app) as host:
        yield host


@pytest_asyncio.fixture
async def talk() -> AsyncIterator[Client]:
    """A client of a server of its own."""
    async with AsyncExitStack() as stack:

        @asynccontextmanager
        async def connect(*replies: str | Exception, delay: float = 0, **settings: Any) -> AsyncIterator[WireClient]:
            chat = ScriptedChatModel(replies or [REPLY], delay=delay)
            host = await stack.enter_async_context(server(chat, **settings))
            async with WireClient.connect(host) as client:
                yield client

        yield connect


def types(frames: list[dict[str, Any]]) -> list[str]:
    return [frame["type"] for frame in frames]


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((48, 48, 3), 128, np.uint8)).save(out, "JPEG")
    return out.getvalue()


def wav() -> bytes:
    out = io.BytesIO()
    soundfile.write(out, np.zeros(16_000, np.float32), 16_000, format="WAV")
    return out.getvalue()


async def test_a_whole_conversation(talk: Client) -> None:
    async with talk() as client:
        notice = await client.ask("session.start", lang="en")
        assert notice["type"] == "session.notice"
        assert notice["modalities"] == ["vision", "audio", "text"]
        assert "AI" in notice["text"]
        await client.send("notice.ack", consent={"text": True})
        assert types(await client.until("persona.greeting")) == ["session.started", "persona.greeting"]
        first = await client.say("I lost my job")
        kinds = types(first)
        assert kinds[:2] == ["perception.observed", "affect.fused"]
        assert set(kinds[2:-1]) == {"reply.delta"}
        done = first[-1]
        assert done["text"] == "".join(f["text"] for f in first if f["type"] == "reply.delta")
        assert done["text"].startswith("That sounds heavy.")
        assert (done["number"], done["interrupted"], done["persona"]) == (1, False, "chat")
        assert done["trace"]["sense_words"] >= 0
        assert {frame["turn"] for frame in first} == {1}
        second = await client.say("and my car")
        assert {frame["turn"] for frame in second} == {2}
        assert second[-1]["number"] == 2
        assert [frame["seq"] for frame in client.seen] == list(range(1, len(client.seen) + 1))
        for frame in client.seen:
            parse_server(json.dumps(frame))


async def test_the_notice_is_in_the_language_of_the_client(talk: Client) -> None:
    async with talk() as client:
        notice = await client.ask("session.start", lang="zh")
        assert notice["lang"] == "zh"
        assert any("\u4e00" <= c <= "\u9fff" for c in notice["text"])


async def test_nothing_happens_before_the_notice_is_acknowledged(talk: Client) -> None:
    async with talk() as client:
        assert (await client.ask("user.message", text="hello"))["code"] == "session_required"
        await client.ask("session.start")
        for kind, fields in (
            ("user.message", {"text": "hello"}),
            ("user.audio.start", {}),
            ("persona.set", {"persona": "debate"}),
            ("reply.interrupt", {}),
        ):
            refused = await client.ask(kind, **fields)
            assert (refused["code"], refused["about"]) == ("notice_not_acknowledged", kind)
        await client.send_media(MediaKind.JPEG, jpeg())
        assert (await client.receive())["code"] == "notice_not_acknowledged"
        await client.send("notice.ack", consent={"vision": True, "audio": True, "text": True})
        await client.until("persona.greeting")
        turn = await client.say("hello")
        assert [f["observation"]["modality"] for f in turn if f["type"] == "perception.observed"] == ["text"]


async def test_media_by_binary_frames(talk: Client) -> None:
    async with talk() as client:
        await client.open_session()
        await client.send_media(MediaKind.JPEG, b"an older picture, replaced")
        await client.send_media(MediaKind.JPEG, jpeg(), captured_at_ms=1_700_000_000_000)
        await client.send("user.audio.start")
        for _ in range(10):
            await client.send_media(MediaKind.PCM16, bytes(3200))
        await client.send("user.audio.end")
        turn = await client.say()
        seen = {f["observation"]["modality"]: f for f in turn if f["type"] == "perception.observed"}
        assert set(seen) == {"vision", "audio", "text"}
        assert all(f["observation"]["status"] == "ok" for f in seen.values())
        heard = next(f["transcript"] for f in turn if f["type"] == "speech.transcribed")
        assert (heard["text"], heard["seconds"]) == ("I lost my job today", 1.0)
        affect = next(f["affect"] for f in turn if f["type"] == "affect.fused")
        assert affect["top"] == "sad"
        assert len(affect["shares"]) == 3
        again = await client.say("and now only words")
        assert types(again).count("perception.observed") == 1


@pytest.mark.parametrize("prefix", ["", "data:image/jpeg;base64,"])
async def test_media_inside_the_message(talk: Client, prefix: str) -> None:
    async with talk() as client:
        await client.open_session()
        image, audio = base64.b64encode(jpeg()).decode(), base64.b64encode(wav()).decode()
        turn = await client.say("look", image=prefix + image, audio=audio)
        seen = {f["observation"]["modality"] for f in turn if f["type"] == "perception.observed"}
        assert seen == {"vision", "audio", "text"}


async def test_a_sense_without_consent_stays_silent(talk: Client) -> None:
    async with talk() as client:
        started = await client.open_session(vision=False)
        assert started["consent"] == {"vision": False, "audio": True, "text": True}
        await client.send_media(MediaKind.JPEG, jpeg())
        turn = await client.say("look")
        seen = {
            f["observation"]["modality"]: f["observation"]["status"] for f in turn if f["type"] == "perception.observed"
        }
        assert seen == {"vision": "disabled", "text": "ok"}
        changed = await client.ask("notice.ack", consent={"vision": True, "text": True})
        assert changed["consent"]["vision"] is True


async def test_the_deployment_gate_stands_above_consent(talk: Client) -> None:
    async with talk(deployment_context="workplace") as client:
        notice = await client.ask("session.start")
        assert notice["modalities"] == ["text"]
        await client.send("notice.ack", consent={"vision": True, "audio": True, "text": True})
        started = await client.receive()
        assert started["consent"] == {"vision": False, "audio": False, "text": True}


async def test_unreadable_media_costs_itself_only(talk: Client) -> None:
    async with talk() as client:
        await client.open_session()
        await client.send_media(MediaKind.JPEG, b"this is no picture at all")
        turn = await client.say("hello")
        error = next(f for f in turn if f["type"] == "error")
        assert (error["code"], error["ends_turn"]) == ("media_unreadable", False)
        assert turn[-1]["type"] == "reply.done"
        await client.send_media(MediaKind.JPEG, b"this is no picture at all")
        alone = await client.ask("user.message")
        assert (alone["code"], alone["ends_turn"], alone["about"]) == ("media_unreadable", True, "user.message")
        broken = await client.ask("user.message", image="not base64!")
        assert broken["code"] == "media_unreadable"
        assert (await client.say("still here"))[-1]["number"] == 2


async def test_recordings_at_the_wrong_moment_or_too_long(talk: Client) -> None:
    async with talk() as client:
        await client.open_session()
        await client.send_media(MediaKind.PCM16, bytes(32))
        assert (await client.receive())["code"] == "audio_not_started"
        assert (await client.ask("user.audio.end"))["code"] == "audio_not_started"
        await client.send("user.audio.start")
        assert (await client.ask("user.audio.end"))["code"] == "media_unreadable"
        await client.send("user.audio.start")
        for _ in range(5):
            await client.send_media(MediaKind.PCM16, bytes(1_000_000))
        assert (await client.receive())["code"] == "media_too_large"
        await client.send("user.audio.end")
        turn = await client.say("words are enough")
        assert "speech.transcribed" not in types(turn)
        assert types(turn).count("error") == 0


@pytest.mark.parametrize(
    ("message", "code"), [({}, "empty_turn"), ({"text": "  "}, "empty_turn"), ({"text": "x" * 20_001}, "text_too_long")]
)
async def test_a_turn_that_cannot_begin(talk: Client, message: dict[str, Any], code: str) -> None:
    async with talk() as client:
        await client.open_session()
        error = await client.ask("user.message", **message)
        assert (error["type"], error["code"], error["retryable"], error["ends_turn"]) == ("error", code, False, True)
        assert (await client.say("hello"))[-1]["number"] == 1


async def test_malformed_frames_are_answered_and_the_socket_lives_on(talk: Client) -> None:
    async with talk() as client:
        await client.open_session()
        raw: list[tuple[str | bytes, str]] = [
            ("{", "bad_json"),
            ('{"type": "nope"}', "unknown_type"),
            ('{"type": "user.message", "txt": "hello"}', "bad_frame"),
            (b"garbage", "bad_binary"),
            (bytes([1, 2, *bytes(14)]) + b"x", "bad_binary"),
            (b"", "bad_binary"),
        ]
        for data, code in raw:
            await client.connection.send(data)
            error = await client.receive()
            assert (error["type"], error["code"], error["turn"]) == ("error", code, 0)
        assert (await client.ask("ping", id="7"))["id"] == "7"
        assert (await client.say("hello"))[-1]["number"] == 1


async def test_a_picture_over_the_limit_is_refused_and_the_socket_lives_on(talk: Client) -> None:
    async with talk() as client:
        await client.open_session()
        await client.send_media(MediaKind.JPEG, bytes(10_000_001))
        assert (await client.receive())["code"] == "media_too_large"
        assert (await client.ask("ping"))["type"] == "pong"


async def test_a_frame_over_the_limit_closes_the_socket(talk: Client) -> None:
    from websockets.exceptions import ConnectionClosed

    async with talk() as client:
        await client.open_session()
        with suppress(ConnectionClosed):
            await client.connection.send(bytes(20_000_000))
        with pytest.raises(ConnectionClosed) as caught:
            await client.receive()
        assert caught.value.rcvd is None or caught.value.rcvd.code == 1009


async def test_a_chat_model_that_is_down_costs_one_turn(talk: Client) -> None:
    async with talk(ChatModelUnreachable("http://localhost:1 cannot be reached"), REPLY) as client:
        await client.open_session()
        await client.send("user.message", text="hello")
        error = (await client.until("error"))[-1]
        assert (error["code"], error["retryable"], error["ends_turn"]) == ("chat_model_unreachable", True, True)
        assert (await client.say("hello again"))[-1]["number"] == 1


async def test_a_broken_turn_is_taken_up_without_asking_the_senses_again(talk: Client) -> None:
    async with talk(ChatModelUnreachable("down"), REPLY) as client:
        await client.open_session()
        assert (await client.ask("turn.retry"))["code"] == "nothing_to_retry"
        await client.send("user.message", text="hello")
        await client.until("error")
        await client.send("turn.retry")
        turn = await client.until("reply.done")
        assert "perception.observed" not in types(turn)
        assert {frame["turn"] for frame in turn} == {1}
        assert (await client.ask("turn.retry"))["code"] == "nothing_to_retry"


@pytest.mark.parametrize("refused", [{"text": " "}, {"text": "x" * 20_001}, {"image": "not base64!"}])
async def test_a_turn_that_cannot_begin_leaves_the_broken_one_to_be_taken_up(
    talk: Client, refused: dict[str, Any]
) -> None:
    async with talk(ChatModelUnreachable("down"), REPLY) as client:
        await client.open_session()
        await client.send("user.message", text="hello")
        await client.until("error")
        assert (await client.ask("user.message", **refused))["ends_turn"] is True
        await client.send("turn.retry")
        turn = await client.until("reply.done")
        assert {frame["turn"] for frame in turn} == {1}
        assert (await client.ask("turn.retry"))["code"] == "nothing_to_retry"


async def test_what_nobody_foresaw_costs_one_turn(
    talk: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("no such table: secrets")

    async with talk() as client:
        await client.open_session()
        with monkeypatch.context() as patched:
            patched.setattr("memory.AffectMemory.record_turn", broken)
            await client.send("user.message", text="hello")
            error = (await client.until("error"))[-1]
        assert (error["code"], error["retryable"], error["ends_turn"], error["turn"]) == ("internal", True, True, 1)
        assert "secrets" not in error["message"]
        assert [type(r.exc_info[1]) for r in caplog.records if r.exc_info] == [sqlite3.OperationalError]
        assert (await client.ask("ping"))["type"] == "pong"
        await client.send("turn.retry")
        assert (await client.until("reply.done"))[-1]["number"] == 1
        assert (await client.say("hello again"))[-1]["number"] == 2


async def test_personas(talk: Client) -> None:
    async with talk() as client:
        await client.open_session()
        unknown = await client.ask("persona.set", persona="nobody")
        assert unknown["code"] == "unknown_persona"
        await client.send("persona.set", persona="debate")
        changed, greeting = await client.until("persona.greeting")
        assert (changed["type"], changed["persona"], changed["previous"]) == ("route.changed", "debate", "chat")
        assert (greeting["persona"], bool(greeting["text"])) == ("debate", True)
        turn = await client.say("cars should be banned")
        assert "route.changed" not in types(turn)
        assert turn[-1]["persona"] == "debate"
        await client.send("persona.set", custom="you are a tsundere cat girl")
        assert (await client.until("persona.greeting"))[-1]["persona"].startswith("custom:")
        assert (await client.say("hi"))[-1]["text"]


async def test_an_unknown_persona_can_be_corrected(talk: Client) -> None:
    async with talk() as client:
        assert (await client.ask("session.start", persona="nobody"))["code"] == "unknown_persona"
        assert (await client.ask("session.start", persona="debate"))["type"] == "session.notice"
        assert (await client.ask("session.start"))["code"] == "session_already_started"


async def test_a_crisis_changes_the_route_and_the_next_turn_changes_it_back(talk: Client) -> None:
    async with talk() as client:
        await client.open_session()
        crisis = await client.say("I want to kill myself tonight")
        changed = next(f for f in crisis if f["type"] == "route.changed")
        assert (changed["persona"], changed["reason"]) == ("crisis", "crisis")
        assert crisis[-1]["persona"] == "crisis"
        after = await client.say("the weather is fine today")
        assert next(f for f in after if f["type"] == "route.changed")["persona"] == "chat"


async def test_an_answer_without_a_question_is_refused(talk: Client) -> None:
    async with talk() as client:
        await client.open_session()
        assert (await client.ask("user.correction", emotion="happy"))["code"] == "nothing_to_correct"
        assert (await client.ask("user.correction", turn=3, emotion="happy"))["field"] == "turn"
        assert (await client.ask("handoff.answer", offer="1", accept=True))["code"] == "no_handoff_offered"


async def test_two_people_talk_at_once() -> None:
    async with server(ScriptedChatModel([REPLY], delay=0.01)) as host:

        async def person(name: str) -> str:
            async with WireClient.connect(host) as client:
                await client.open_session(user_id=name)
                return str((await client.say(f"I am {name}"))[-1]["text"])

        assert all(await asyncio.gather(*(person(name) for name in ("ada", "bob", "eve"))))
