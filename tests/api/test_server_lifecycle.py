"""A turn from its message to its end: interrupted at every moment, and what becomes of messages that come meanwhile."""

from __future__ import annotations

import asyncio
import io
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from PIL import Image

from agent.senses import ABANDONED, THREADS, Senses
from agent.testing import ScriptedChatModel
from api.app import create_app
from api.live.rules import Rules
from api.live.thread import Job, Taken, Thread
from api.runtime import open_agent
from api.settings import Settings
from api.testing import WireClient, served
from api.wire import MediaKind
from memory import AffectMemory, TurnRecord
from perception import AudioClip, EmotionScores, Modality, Observation, Transcript
from perception.observation import now
from perception.testing import ScriptedPerceiver, ScriptedTranscriber

pytestmark = pytest.mark.server

LONG = "one two three four five six seven eight nine ten. " * 2 + "What do you think?"
SAD = EmotionScores.of({"sad": 0.8, "neutral": 0.2})
Chat = ScriptedChatModel


class Held:
    """Blocks its thread until it is let go, as a model does that takes its time; nobody can stop it."""

    def __init__(self) -> None:
        self.going = threading.Semaphore(0)
        self.let_go = threading.Event()

    def wait(self) -> None:
        self.going.release()
        self.let_go.wait(20)


class HeldPerceiver(Held, ScriptedPerceiver):
    def __init__(self, modality: Modality) -> None:
        Held.__init__(self)
        ScriptedPerceiver.__init__(self, modality, SAD)

    def perceive(self, evidence: object, /) -> Observation:
        self.wait()
        return super().perceive(evidence)


class HeldTranscriber(Held, ScriptedTranscriber):
    def __init__(self) -> None:
        Held.__init__(self)
        ScriptedTranscriber.__init__(self, "heard")

    def transcribe(self, clip: AudioClip, /, *, lang: str | None = None) -> Transcript:
        self.wait()
        return super().transcribe(clip, lang=lang)


@asynccontextmanager
async def server(chat: Chat | None = None, *, delay: float = 0.0, **given: Any) -> AsyncIterator[tuple[str, Settings]]:
    settings = {
        name: given.pop(name) for name in ("busy", "idle_timeout", "session_limit", "start_timeout") & given.keys()
    }
    senses = {"text": ScriptedPerceiver(Modality.TEXT, SAD), **given}
    chosen = Settings(_env_file=None, **settings)
    model = chat or ScriptedChatModel([LONG], delay=delay)
    app = create_app(chosen, agent_factory=lambda s: open_agent(s, chat=model, senses=Senses(**senses)))
    try:
        async with served(app) as host:
            yield host, chosen
    finally:
        for sense in senses.values():
            if isinstance(sense, Held):
                sense.let_go.set()


def recorded(settings: Settings) -> list[tuple[str, str, int]]:
    with sqlite3.connect(settings.database) as database:
        return database.execute("select user_text, reply, interrupted from turns order by number").fetchall()


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((48, 48, 3), 128, np.uint8)).save(out, "JPEG")
    return out.getvalue()


async def begun(sense: Held) -> None:
    assert await asyncio.to_thread(sense.going.acquire, timeout=10)


async def send_picture(client: WireClient) -> None:
    await client.send_media(MediaKind.JPEG, jpeg())
    await client.send("user.message", text="look")


async def send_voice(client: WireClient) -> None:
    await client.send("user.audio.start")
    await client.send_media(MediaKind.PCM16, bytes(32_000))
    await client.send("user.audio.end")
    await client.send("user.message")


@pytest.mark.parametrize(
    ("name", "sense", "send"),
    [
        ("vision", lambda: HeldPerceiver(Modality.VISION), send_picture),
        ("audio", lambda: HeldPerceiver(Modality.AUDIO), send_voice),
        ("speech", HeldTranscriber, send_voice),
    ],
)
async def test_a_turn_interrupted_while_a_sense_is_busy_is_over_at_once(
    name: str, sense: Callable[[], Any], send: Callable[[WireClient], Any]
) -> None:
    held = sense()
    async with server(**{name: held}) as (host, settings), WireClient.connect(host) as client:
        await client.open_session()
        for _ in range(THREADS + ABANDONED // 2):
            # more often than the sense has threads for turns: not one of them is given back
            await send(client)
            await begun(held)
            await client.send("reply.interrupt")
            done = (await client.until("reply.done"))[-1]
            assert (done["interrupted"], done["text"], done["turn_id"]) == (True, "", None)
        seen = len(client.seen)
        again = await client.say("only words")
        assert again[-1]["interrupted"] is False
        held.let_go.set()
        await asyncio.sleep(0.1)
        assert (await client.ask("ping"))["type"] == "pong"
        late = [frame for frame in client.seen[seen:] if frame["turn"] not in {0, again[-1]["turn"]}]
        assert late == [], "what an abandoned sense says is thrown away"
        assert [text for text, *_ in recorded(settings)] == ["only words"]


async def test_a_turn_interrupted_before_its_first_token_says_nothing_more() -> None:
    async with server(delay=5.0) as (host, _), WireClient.connect(host) as client:
        await client.open_session()
        await client.send("user.message", text="hello")
        await client.until("affect.fused")
        await client.send("reply.interrupt")
        await client.send("reply.interrupt")
        await client.send("ping")
        frames = await client.until("pong")
        if frames[0]["type"] == "pong":  # it overtook the end
            frames += await client.until("reply.done")
        (done,) = [frame for frame in frames if frame["type"] == "reply.done"]
        assert (done["interrupted"], done["trace"]) == (True, {"interrupted_by": "user"})
        assert not [frame for frame in frames if frame["type"] == "reply.delta"]
        assert (await client.ask("reply.interrupt"))["code"] == "nothing_to_interrupt"


async def test_an_interruption_between_the_last_token_and_the_write_finds_the_turn_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writing, go_on = asyncio.Event(), asyncio.Event()
    write = AffectMemory.record_turn

    async def slow(self: AffectMemory, turn: TurnRecord) -> TurnRecord:
        async def to_its_end() -> TurnRecord:
            writing.set()
            await go_on.wait()
            return await write(self, turn)

        task = asyncio.create_task(to_its_end())
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise

    async with server() as (host, settings), WireClient.connect(host) as client:
        await client.open_session()
        monkeypatch.setattr("memory.AffectMemory.record_turn", slow)
        await client.send("user.message", text="hello")
        await writing.wait()
        await client.send("reply.interrupt", delivered_chars=3)
        await client.send("ping")
        await client.until("pong")
        go_on.set()
        done = (await client.until("reply.done"))[-1]
        assert (done["interrupted"], done["text"], done["number"]) == (False, LONG, 1)
        assert recorded(settings) == [("hello", LONG, 0)]


@pytest.mark.parametrize("hours", [-3, 3])
async def test_a_clock_that_is_set_writes_no_turn_twice(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    async with server(delay=0.02) as (host, settings), WireClient.connect(host) as client:
        await client.open_session()
        await client.say("first")
        monkeypatch.setattr("agent.agent.now", lambda: now() + timedelta(hours=hours))
        monkeypatch.setattr("agent.unfinished.now", lambda: now() + timedelta(hours=hours))
        await client.send("user.message", text="second")
        await client.until("reply.delta")
        await client.send("reply.interrupt", delivered_chars=3)
        done = (await client.until("reply.done"))[-1]
        assert (done["text"], done["number"]) == (LONG[:3], 2)
        assert [text for text, *_ in recorded(settings)] == ["first", "second"]


async def test_the_model_is_told_where_its_reply_was_cut() -> None:
    chat = ScriptedChatModel([LONG], delay=0.02)
    async with server(chat) as (host, _), WireClient.connect(host) as client:
        await client.open_session(lang="en")
        await client.send("user.message", text="count for me")
        await client.until("reply.delta")
        await client.send("reply.interrupt", delivered_chars=7)
        await client.until("reply.done")
        await client.say("go on")
        *_, user, cut, last = [str(message.content) for message in chat.calls[1]]
        assert (user, cut) == ("count for me", LONG[:7])
        assert last.startswith("(Your last reply was cut off there")
        assert "go on" in last
        await client.say("and now")
        earlier = [str(message.content) for message in chat.calls[2]]
        assert earlier[-3].startswith("(Your last reply was cut off there")
        assert not earlier[-1].startswith("(Your last reply")


async def test_a_message_that_follows_an_interruption_at_once_is_taken() -> None:
    async with server(delay=0.02) as (host, settings), WireClient.connect(host) as client:
        await client.open_session()
        await client.send("user.message", text="first")
        await client.until("reply.delta")
        await client.send("reply.interrupt", delivered_chars=3)
        await client.send("user.message", text="second")
        frames = await client.until("reply.done")
        frames += await client.until("reply.done")
        assert not [frame for frame in frames if frame["type"] == "thread.busy"]
        started = next(frame for frame in frames if frame["type"] == "turn.started")
        assert (started["turn"], started["text"], started["queued"]) == (2, "second", True)
        assert recorded(settings) == [("first", LONG[:3], 1), ("second", LONG, 0)]


async def test_messages_wait_for_their_turn_up_to_a_bound() -> None:
    async with server(busy="queue", delay=0.01) as (host, settings), WireClient.connect(host) as client:
        started = await client.open_session()
        assert started["busy"] == "queue"
        for number in range(7):
            await client.send("user.message", text=f"message {number}")
        await client.send("turn.retry")
        frames: list[dict[str, Any]] = []
        for _ in range(5):
            frames += await client.until("reply.done")
        busy = [(f["policy"], f["position"], f["about"]) for f in frames if f["type"] == "thread.busy"]
        assert busy == [
            *(("queue", place, "user.message") for place in (1, 2, 3, 4)),
            *[("reject", None, "user.message")] * 2,
            ("reject", None, "turn.retry"),
        ]
        assert [text for text, *_ in recorded(settings)] == [f"message {number}" for number in range(5)]
        assert [f["turn"] for f in frames if f["type"] == "turn.started"] == [2, 3, 4, 5]


async def test_media_waits_with_its_message() -> None:
    vision = ScriptedPerceiver(Modality.VISION, SAD)
    async with server(busy="queue", delay=0.01, vision=vision) as (host, _), WireClient.connect(host) as client:
        await client.open_session()
        await client.send("user.message", text="words only")
        await send_picture(client)
        first = await client.until("reply.done")
        second = await client.until("reply.done")
        assert not [f for f in first if f["type"] == "perception.observed" and f["observation"]["modality"] == "vision"]
        assert [f for f in second if f["type"] == "perception.observed" and f["observation"]["modality"] == "vision"]


async def test_a_persona_waits_for_its_turn_too() -> None:
    async with server(delay=0.01) as (host, _), WireClient.connect(host) as client:
        await client.open_session(busy="queue")
        await client.send("user.message", text="hello")
        await client.send("persona.set", persona="debate")
        await client.send("persona.set", persona="nobody")
        await client.send("user.message", text="and now?")
        first = (await client.until("reply.done"))[-1]
        frames = await client.until("reply.done")
        assert (first["persona"], frames[-1]["persona"]) == ("chat", "debate")
        assert [f["code"] for f in frames if f["type"] == "error"] == ["unknown_persona"]


async def test_a_message_may_stop_the_turn_that_runs() -> None:
    async with server(delay=0.02) as (host, settings), WireClient.connect(host) as client:
        await client.open_session(busy="interrupt")
        await client.send("user.message", text="first")
        await client.until("reply.delta")
        await client.send("user.message", text="second")
        frames = await client.until("reply.done")
        busy = next(frame for frame in frames if frame["type"] == "thread.busy")
        assert (busy["policy"], busy["position"], busy["turn"]) == ("interrupt", 1, 1)
        assert (frames[-1]["interrupted"], frames[-1]["turn"]) == (True, 1)
        assert frames[-1]["trace"]["interrupted_by"] == "message"
        assert (await client.until("reply.done"))[-1]["turn"] == 2
        (first, second) = recorded(settings)
        assert (first[0], first[2], second[0], second[2]) == ("first", 1, "second", 0)
        assert LONG.startswith(first[1])


async def test_a_message_right_after_the_end_of_a_turn_is_never_turned_away() -> None:
    async with server() as (host, _), WireClient.connect(host) as client:
        await client.open_session()
        for number in range(1, 30):
            frames = await client.say("again")
            assert frames[-1]["number"] == number
            assert not [frame for frame in frames if frame["type"] == "thread.busy"]


async def test_a_server_that_stops_keeps_what_was_delivered_and_says_so() -> None:
    from websockets.exceptions import ConnectionClosed

    async with server(delay=0.05) as (host, settings):
        client_of = WireClient.connect(host)
        client = await client_of.__aenter__()
        await client.open_session()
        await client.send("user.message", text="hello")
        await client.until("reply.delta")
    frames = await client.until("session.closing")
    done = next(frame for frame in frames if frame["type"] == "reply.done")
    assert (done["interrupted"], done["trace"]["interrupted_by"]) == (True, "shutdown")
    assert (frames[-1]["reason"], frames[-1]["close_code"], frames[-1]["resume"]) == ("server_stopping", 1012, True)
    with pytest.raises(ConnectionClosed) as caught:
        await client.receive()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1012
    assert recorded(settings) == [("hello", done["text"], 1)]
    await client_of.__aexit__(None, None, None)


@pytest.mark.parametrize(
    ("limits", "reason", "code", "resume"),
    [
        ({"idle_timeout": 1.0}, "idle", 4002, True),
        ({"session_limit": 2.0}, "session_too_long", 4003, False),
        ({"start_timeout": 0.2}, "no_session", 4004, False),
    ],
)
async def test_a_connection_that_is_closed_is_told_why(
    limits: dict[str, Any], reason: str, code: int, resume: bool
) -> None:
    from websockets.exceptions import ConnectionClosed

    async with server(**limits) as (host, _), WireClient.connect(host) as client:
        token = None if reason == "no_session" else (await client.open_session())["token"]
        last = client.seen[-1]["seq"] if client.seen else 1
        told = (await client.until("session.closing"))[-1]
        assert (told["reason"], told["close_code"], told["resume"], told["seq"]) == (reason, code, resume, last)
        with pytest.raises(ConnectionClosed) as caught:
            await client.receive()
        assert caught.value.rcvd is not None
        assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (code, reason)
        if token is None:
            return
        async with WireClient.connect(host) as other:
            await other.send("session.resume", token=token, last_seq=last)
            if resume:
                assert (await other.receive())["resumed"] is True
            else:
                # or it has just come in time to be told the same
                refused = await other.receive()
                assert refused.get("code", refused["type"]) in {"session_unknown", "session.started"}


async def test_nobody_is_idle_while_a_turn_runs() -> None:
    async with server(delay=0.15, idle_timeout=1.0) as (host, _), WireClient.connect(host) as client:
        await client.open_session()
        frames = await client.say("hello")
        assert "session.closing" not in [frame["type"] for frame in frames]


async def test_what_waits_is_bounded_in_bytes_too() -> None:
    going = asyncio.Event()

    async def work() -> None:
        await going.wait()

    def job(size: int) -> Job:
        return Job(start=lambda _: (None, work()), size=size)

    thread = Thread(Rules(waiting_bytes=100))
    assert thread.take(job(1), "queue") is None
    taken = [thread.take(job(size), "queue") for size in (60, 60, 40)]
    assert taken == [None, Taken(policy="reject", position=None), Taken(policy="queue", position=2)]
    going.set()
    await asyncio.sleep(0.01)
    assert not thread.busy
