"""Sessions outlive sockets: interruption, a busy thread, resuming with replay, and letting go."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosed, InvalidStatus

from agent.events import Delta
from agent.senses import Senses
from agent.testing import ScriptedChatModel
from agent.unfinished import Unfinished
from api.app import create_app
from api.live import Connection, LiveSessions
from api.live.log import KEPT, FrameLog
from api.runtime import open_agent
from api.settings import Settings
from api.testing import WireClient, served
from api.wire import Pong, TurnStarted
from memory import AffectMemory
from perception import EmotionScores, Modality
from perception.testing import ScriptedPerceiver

pytestmark = pytest.mark.server

LONG = "one two three four five six seven eight nine ten. " * 2 + "What do you think?"


@asynccontextmanager
async def server(*replies: str, delay: float = 0.03, **settings: Any) -> AsyncIterator[tuple[str, Settings]]:
    chosen = Settings(_env_file=None, **settings)
    chat = ScriptedChatModel(replies or [LONG], delay=delay)
    scores = EmotionScores.of({"sad": 0.8, "neutral": 0.2})

    def opening(given: Settings) -> Any:
        return open_agent(given, chat=chat, senses=Senses(text=ScriptedPerceiver(Modality.TEXT, scores)))

    async with served(create_app(chosen, agent_factory=opening)) as host:
        yield host, chosen


def recorded(settings: Settings) -> list[tuple[str, str, int]]:
    with sqlite3.connect(settings.database) as database:
        return database.execute("select user_text, reply, interrupted from turns order by number").fetchall()


async def test_an_interrupted_turn_ends_and_what_was_delivered_is_remembered() -> None:
    async with server() as (host, settings), WireClient.connect(host) as client:
        await client.open_session()
        await client.send("user.message", text="count for me")
        await client.until("reply.delta")
        await client.receive()
        await client.send("reply.interrupt", delivered_chars=7)
        done = (await client.until("reply.done"))[-1]
        assert (done["interrupted"], done["text"], done["number"], done["turn"]) == (True, LONG[:7], 1, 1)
        assert recorded(settings) == [("count for me", LONG[:7], 1)]
        again = await client.say("go on")
        assert (again[-1]["interrupted"], again[-1]["number"]) == (False, 2)


async def test_a_turn_interrupted_before_anything_was_delivered_is_not_kept() -> None:
    async with server(delay=1.0) as (host, settings), WireClient.connect(host) as client:
        await client.open_session()
        await client.send("user.message", text="count for me")
        await client.send("reply.interrupt")
        done = (await client.until("reply.done"))[-1]
        assert (done["interrupted"], done["text"], done["turn_id"], done["number"]) == (True, "", None, None)
        assert recorded(settings) == []
        assert (await client.ask("reply.interrupt"))["code"] == "nothing_to_interrupt"
        assert (await client.ask("turn.retry"))["code"] == "nothing_to_retry"


async def test_an_interruption_that_comes_too_late_finds_the_turn_as_it_was_written(tmp_path: Path) -> None:
    async with await AffectMemory.open(tmp_path / "late.sqlite3") as memory:
        session = await memory.start_session(
            persona="chat", lang=None, deployment_context="personal", consent=dict.fromkeys(Modality, True)
        )
        notes = Unfinished(session_id=session.session_id, persona="chat", lang=None, text="hello")
        notes.note(Delta(text="Hi. How are you?"))
        first = await notes.keep(memory, notes.delivered(3))
        assert first is not None
        assert (first.reply, first.interrupted, first.number) == ("Hi.", True, 1)
        assert await notes.keep(memory, notes.delivered(None)) == first
        assert len(await memory.recent_turns(session.session_id, 10)) == 1


async def test_a_message_while_a_turn_runs_finds_the_thread_busy() -> None:
    async with server() as (host, settings), WireClient.connect(host) as client:
        await client.open_session()
        await client.send("user.message", text="first")
        await client.send("user.message", text="second")
        await client.send("persona.set", persona="debate")
        frames = await client.until("reply.done")
        busy = [frame for frame in frames if frame["type"] == "thread.busy"]
        assert [(frame["about"], frame["turn"]) for frame in busy] == [("user.message", 1), ("persona.set", 1)]
        assert [text for text, *_ in recorded(settings)] == ["first"]


async def test_consent_that_is_withdrawn_while_a_turn_runs_is_kept_at_once() -> None:
    async with server(delay=0.2) as (host, settings), WireClient.connect(host) as client:
        await client.open_session()
        await client.send("user.message", text="hello")
        await client.until("reply.delta")
        await client.send("notice.ack", consent={"vision": False, "audio": False, "text": False})
        before = await client.until("session.started")
        assert "reply.done" not in [frame["type"] for frame in before]
        assert before[-1]["consent"] == {"vision": False, "audio": False, "text": False}
        with sqlite3.connect(settings.database) as database:
            ((consent,),) = database.execute("select consent from sessions").fetchall()
        assert json.loads(consent) == {"vision": False, "audio": False, "text": False}
        assert recorded(settings) == [], "the turn still runs"
        assert (await client.until("reply.done"))[-1]["interrupted"] is False


async def test_a_client_that_resumes_gets_what_it_missed_and_no_greeting() -> None:
    async with server() as (host, settings):
        async with WireClient.connect(host) as client:
            token = (await client.open_session())["token"]
            await client.send("user.message", text="count for me")
            last = (await client.until("reply.delta"))[-1]["seq"]
            before = "".join(frame["text"] for frame in client.seen if frame["type"] == "reply.delta")
        await asyncio.sleep(0.3)  # the turn runs on
        async with WireClient.connect(host) as client:
            await client.send("session.resume", token=token, last_seq=last)
            frames = await client.until("reply.done")
            if not any(frame["type"] == "session.started" for frame in frames):
                frames += await client.until("session.started")
            started = next(frame for frame in frames if frame["type"] == "session.started")
            assert (started["resumed"], started["token"]) == (True, token)
            assert [frame["seq"] for frame in frames] == list(range(last + 1, last + 1 + len(frames)))
            assert not [frame for frame in frames if frame["type"] == "persona.greeting"]
            missed = "".join(frame["text"] for frame in frames if frame["type"] == "reply.delta")
            assert before + missed == next(f["text"] for f in frames if f["type"] == "reply.done")
            assert (await client.say("more"))[-1]["number"] == 2
    assert len(recorded(settings)) == 2


async def test_a_session_has_one_connection_the_latest() -> None:
    async with server(delay=0) as (host, _), WireClient.connect(host) as old:
        started = await old.open_session()
        async with WireClient.connect(host) as new:
            await new.send("session.resume", token=started["token"], last_seq=old.seen[-1]["seq"])
            assert (await new.receive())["resumed"] is True
            with pytest.raises(ConnectionClosed) as caught:
                await old.receive()
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == 4001
            assert (await new.say("hello"))[-1]["number"] == 1


async def test_what_cannot_be_resumed() -> None:
    async with server(delay=0) as (host, _), WireClient.connect(host) as client:
        unknown = await client.ask("session.resume", token="guessed", last_seq=0)
        assert (unknown["code"], unknown["field"]) == ("session_unknown", "token")
        started = await client.open_session()
        refused = await client.ask("session.resume", token=started["token"], last_seq=0)
        assert refused["code"] == "session_already_started"
        async with WireClient.connect(host) as other:
            future = await other.ask("session.resume", token=started["token"], last_seq=10_000)
            assert (future["code"], future["field"]) == ("bad_frame", "last_seq")


async def test_a_server_that_stops_in_mid_turn_stops_cleanly() -> None:
    async with server(delay=5.0) as (host, settings), WireClient.connect(host) as client:
        await client.open_session()
        await client.send("user.message", text="hello")
        await client.until("affect.fused")
    assert recorded(settings) == []


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        (None, True),
        ("http://{host}", True),
        ("https://attune.example.org", True),
        ("http://evil.example", False),
        ("http://127.0.0.1:1", False),
        ("null", False),
        ("http://[", False),
    ],
)
async def test_pages_from_elsewhere_are_refused(origin: str | None, welcome: bool) -> None:
    async with server(delay=0, origins=("https://attune.example.org",)) as (host, _):
        named = origin.format(host=host) if origin else None
        if welcome:
            async with WireClient.connect(host, origin=named) as client:
                assert (await client.ask("ping"))["type"] == "pong"
        else:
            with pytest.raises(InvalidStatus) as caught:
                async with WireClient.connect(host, origin=named):
                    pass
            assert caught.value.response.status_code == 403


@pytest.mark.parametrize(
    ("accepted", "lang"), [("", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("en-GB,zh;q=0.5", "en"), ("fr", "en")]
)
async def test_a_browser_is_told_in_its_language(accepted: str, lang: str) -> None:
    async with (
        server(delay=0) as (host, _),
        WireClient.connect(host, additional_headers={"Accept-Language": accepted}) as client,
    ):
        assert (await client.ask("session.start"))["lang"] == lang


async def test_a_name_that_points_here_is_no_home() -> None:
    """DNS rebinding: the page of evil.example talks to evil.example, which now is this machine."""
    async with server(delay=0) as (host, _):
        port = host.rpartition(":")[2]
        with pytest.raises(InvalidStatus):
            async with WireClient.connect(
                host, origin=f"http://evil.example:{port}", additional_headers={"Host": f"evil.example:{port}"}
            ):
                pass


def log_of(frames: int, *, kept: int) -> FrameLog:
    log = FrameLog(kept)
    for _ in range(frames):
        log.add(Pong, turn=0)
    return log


@pytest.mark.parametrize(("after", "first", "losses"), [(0, 8, 1), (6, 8, 1), (7, 8, 0), (9, 10, 0)])
async def test_the_log_keeps_the_last_frames(after: int, first: int, losses: int) -> None:
    log, lost = log_of(10, kept=3), []
    assert log.forgotten == 7
    log.close()
    frames = [json.loads(text) async for _, text in log.follow(after, lambda: lost.append("lost"))]
    assert [frame["seq"] for frame in frames] == [*range(first, 11)]
    assert len(lost) == losses


async def test_long_frames_are_kept_by_their_length() -> None:
    log = FrameLog()
    for _ in range(300):
        log.add(TurnStarted, turn=1, text="x" * 20_000, queued=True)
    kept = 300 - log.forgotten
    assert 190 <= kept <= 200
    log.close()
    assert len([text async for _, text in log.follow(log.forgotten, lambda: None)]) == kept


async def test_a_slow_reader_is_told_that_it_lost_frames_each_time_it_does() -> None:
    log = log_of(3, kept=3)
    told: list[int] = []

    def lost() -> None:
        log.add(Pong, turn=0, id="lost")
        told.append(log.last)

    seen: list[int] = []
    async for _, text in log.follow(0, lost):
        frame = json.loads(text)
        seen.append(frame["seq"])
        if frame["seq"] in {2, 8}:
            for _ in range(5):
                log.add(Pong, turn=0)
        if frame["seq"] == 15:
            log.close()
    assert seen == [1, 2, 3, 7, 8, 9, 13, 14, 15]
    assert told == [9, 15]


async def test_a_connected_client_that_is_too_slow_is_told_of_what_it_missed() -> None:
    """The socket takes no frame until the log has moved on by more than it keeps."""
    pings = [{"type": "websocket.receive", "text": '{"type": "ping"}'}] * (KEPT + 500)
    coming: Iterator[dict[str, Any]] = iter([{"type": "websocket.connect"}, *pings])
    flowing, drained = asyncio.Event(), asyncio.Event()
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if (message := next(coming, None)) is not None:
            await asyncio.sleep(0)
            return message
        flowing.set()
        await drained.wait()
        return {"type": "websocket.disconnect", "code": 1000}

    async def send(message: Any) -> None:
        if message["type"] == "websocket.send":
            await flowing.wait()
            sent.append(json.loads(message["text"]))
            if sent[-1]["type"] == "error":
                drained.set()

    socket = WebSocket({"type": "websocket", "headers": []}, receive, send)
    await asyncio.wait_for(
        Connection(socket, agent=None, sessions=LiveSessions(), lang="en").run(),  # type: ignore[arg-type]
        timeout=20,
    )
    (told,) = [frame for frame in sent if frame["type"] == "error"]
    assert (told["code"], told["turn"], told["about"]) == ("replay_incomplete", 0, None)
    gaps = [(a["seq"], b["seq"]) for a, b in pairwise(sent) if b["seq"] != a["seq"] + 1]
    assert len(gaps) == 1
    assert told["seq"] == KEPT + 501


class _Session:
    def __init__(self, token: str, *, running: object = None) -> None:
        self.token, self.running, self.log = token, running, FrameLog()
        self.session_id, self.connections = token, []

    async def close(self) -> None:
        self.log.close()


async def test_sessions_whose_client_stays_away_are_let_go() -> None:
    sessions = LiveSessions(linger=0.01)
    gone, here = _Session("gone"), _Session("here")
    for session in (gone, here):
        await sessions.add(session)  # type: ignore[arg-type]
        sessions.join(session, "client")  # type: ignore[arg-type]
    sessions.leave(gone, "client")  # type: ignore[arg-type]
    await asyncio.sleep(0.05)
    assert sessions.find("here") is here  # type: ignore[comparison-overlap]
    with pytest.raises(Exception, match="no live session"):
        sessions.find("gone")
    await sessions.close()


async def test_a_full_server_makes_room_or_says_so() -> None:
    sessions = LiveSessions(most=1)
    first = _Session("first")
    await sessions.add(first)  # type: ignore[arg-type]
    sessions.join(first, "client")  # type: ignore[arg-type]
    with pytest.raises(Exception, match="holds 1 sessions"):
        await sessions.add(_Session("second"))  # type: ignore[arg-type]
    sessions.leave(first, "client")  # type: ignore[arg-type]
    await sessions.add(_Session("second"))  # type: ignore[arg-type]
    with pytest.raises(Exception, match="no live session"):
        sessions.find("first")
    await sessions.close()
