"""Sessions outlive the server: resumed after a stop, after a kill, and after they were let go from memory."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from agent.senses import Senses
from agent.testing import ScriptedChatModel
from api.app import create_app
from api.runtime import open_agent
from api.settings import Settings
from api.testing import WireClient, served
from perception import EmotionScores, Modality
from perception.testing import ScriptedPerceiver

pytestmark = pytest.mark.server

LONG = "one two three four five six seven eight nine ten. What do you think?"
SAD = EmotionScores.of({"sad": 0.8, "neutral": 0.2})

SERVER = """
import asyncio, sys
from agent.senses import Senses
from agent.testing import ScriptedChatModel
from api.app import create_app
from api.runtime import open_agent
from api.settings import Settings
from api.testing import served
from perception import EmotionScores, Modality
from perception.testing import ScriptedPerceiver

async def main():
    chat = ScriptedChatModel([sys.argv[1]], delay=float(sys.argv[2]))
    senses = Senses(text=ScriptedPerceiver(Modality.TEXT, EmotionScores.of({"sad": 0.8, "neutral": 0.2})))
    app = create_app(Settings(_env_file=None), agent_factory=lambda s: open_agent(s, chat=chat, senses=senses))
    async with served(app) as host:
        print(host, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@asynccontextmanager
async def server(*replies: str, delay: float = 0.0, **settings: Any) -> AsyncIterator[tuple[str, Settings]]:
    chosen = Settings(_env_file=None, **settings)
    chat = ScriptedChatModel(replies or [LONG], delay=delay)

    def opening(given: Settings) -> Any:
        return open_agent(given, chat=chat, senses=Senses(text=ScriptedPerceiver(Modality.TEXT, SAD)))

    async with served(create_app(chosen, agent_factory=opening)) as host:
        yield host, chosen


def recorded(settings: Settings) -> list[tuple[str, str, int]]:
    with sqlite3.connect(settings.database) as database:
        return database.execute("select user_text, reply, interrupted from turns order by number").fetchall()


async def resumed(client: WireClient, token: str, last_seq: int, **fields: Any) -> list[dict[str, Any]]:
    await client.send("session.resume", token=token, last_seq=last_seq, **fields)
    return await client.until("session.started")


async def test_a_session_goes_on_after_the_server_was_started_anew() -> None:
    async with server() as (host, _), WireClient.connect(host) as client:
        started = await client.open_session(persona="debate", vision=False)
        done = (await client.say("hello"))[-1]
        last = client.seen[-1]["seq"]
    async with server() as (host, settings), WireClient.connect(host) as client:
        frames = await resumed(client, started["token"], last, last_turn=done["number"], epoch=started["epoch"])
        (again,) = frames
        assert (again["resumed"], again["epoch"], again["seq"]) == (True, 2, last + 1)
        for name in ("session_id", "token", "persona", "consent"):
            assert again[name] == started[name]
        assert again["running"] is None
        more = await client.say("and on we go")
        assert (more[-1]["number"], more[-1]["turn"]) == (2, 2)
        assert not [frame for frame in client.seen if frame["type"] in {"persona.greeting", "session.notice"}]
        assert [frame["seq"] for frame in client.seen] == list(range(last + 1, client.seen[-1]["seq"] + 1))
        with sqlite3.connect(settings.database) as database:
            kept = database.execute("select token_hash from resumptions").fetchall()
        assert kept == [(sha256(started["token"].encode()).digest(),)]


@pytest.mark.parametrize(("last_turn", "told"), [(None, [3]), (0, [1, 2, 3]), (2, [3]), (3, [])])
async def test_what_ended_while_the_client_was_away_is_told_once_more(last_turn: int | None, told: list[int]) -> None:
    async with server() as (host, _), WireClient.connect(host) as client:
        started = await client.open_session()
        for text in ("one", "two", "three"):
            await client.say(text)
    async with server() as (host, _), WireClient.connect(host) as client:
        known = {} if last_turn is None else {"last_turn": last_turn}
        frames = await resumed(client, started["token"], 5, **known)
        done = [frame for frame in frames if frame["type"] == "reply.done"]
        assert [(f["number"], f["turn"], f["recovered"], f["text"]) for f in done] == [(n, n, True, LONG) for n in told]
        assert frames[0]["seq"] == 6


async def killed(text: str, *, delay: float, until: str) -> tuple[str, list[dict[str, Any]]]:
    """Have a server, speak to it, and kill it when a frame of a type has come; returns the token and what came."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, LONG, str(delay)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ},
    )
    assert process.stdout is not None
    try:
        host = (await asyncio.to_thread(process.stdout.readline)).strip()
        async with WireClient.connect(host) as client:
            token = (await client.open_session())["token"]
            await client.say("the first")
            await client.send("user.message", text=text)
            await client.until(until)
            process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(process.wait)
            return token, client.seen
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def test_a_turn_that_was_killed_is_closed_for_its_client() -> None:
    token, seen = await killed("the second", delay=0.05, until="reply.delta")
    async with server() as (host, settings), WireClient.connect(host) as client:
        frames = await resumed(client, token, seen[-1]["seq"], last_turn=1)
        lost = frames[0]
        assert (lost["type"], lost["turn"], lost["interrupted"], lost["number"]) == ("reply.done", 2, True, None)
        assert (lost["trace"], lost["recovered"]) == ({"interrupted_by": "restart"}, True)
        assert frames[-1]["running"] is None
        assert (await client.say("the second, again"))[-1]["number"] == 2
        assert [(text, cut) for text, _, cut in recorded(settings)] == [("the first", 0), ("the second, again", 0)]
    async with server() as (host, _), WireClient.connect(host) as client:
        frames = await resumed(client, token, 100, last_turn=2)
        assert [frame["type"] for frame in frames] == ["session.started"], "told once"
        assert frames[0]["epoch"] == 3


async def test_a_turn_that_was_finished_before_the_kill_is_whole() -> None:
    token, seen = await killed("the second", delay=0.0, until="reply.done")
    async with server() as (host, _), WireClient.connect(host) as client:
        frames = await resumed(client, token, seen[-1]["seq"], last_turn=1)
        done = [frame for frame in frames if frame["type"] == "reply.done"]
        assert [(f["number"], f["text"], f["interrupted"]) for f in done] == [(2, LONG, False)]


async def test_a_turn_that_was_interrupted_by_the_user_is_not_told_as_lost() -> None:
    async with server(delay=1.0) as (host, _), WireClient.connect(host) as client:
        token = (await client.open_session())["token"]
        await client.send("user.message", text="hello")
        await client.until("affect.fused")
        await client.send("reply.interrupt")
        await client.until("reply.done")
    async with server() as (host, _), WireClient.connect(host) as client:
        assert [frame["type"] for frame in await resumed(client, token, 50)] == ["session.started"]


async def test_a_turn_that_broke_is_taken_up_after_the_server_was_started_anew() -> None:
    from agent.errors import ChatModelUnreachable

    async with server(ChatModelUnreachable("down")) as (host, _), WireClient.connect(host) as client:  # type: ignore[arg-type]
        token = (await client.open_session())["token"]
        await client.send("user.message", text="hello")
        assert (await client.until("error"))[-1]["ends_turn"] is True
    async with server() as (host, settings), WireClient.connect(host) as client:
        await resumed(client, token, 50)
        await client.send("turn.retry")
        done = (await client.until("reply.done"))[-1]
        assert (done["number"], done["turn"], done["text"]) == (1, 1, LONG)
        assert recorded(settings) == [("hello", LONG, 0)]
        assert (await client.ask("turn.retry"))["code"] == "nothing_to_retry"


async def test_a_token_that_nobody_has_used_for_long_opens_nothing() -> None:
    async with server() as (host, settings):
        async with WireClient.connect(host) as client:
            token = (await client.open_session())["token"]
            last = client.seen[-1]["seq"]
        with sqlite3.connect(settings.database) as database:
            database.execute("update resumptions set used_at = 0")
        async with WireClient.connect(host) as client:
            assert (await resumed(client, token, last))[-1]["epoch"] == 1, "it is live still"
    async with server() as (host, _), WireClient.connect(host) as client:
        refused = await client.ask("session.resume", token=token, last_seq=last)
        assert refused["code"] == "session_unknown", "nobody has used it for years"


async def test_connections_that_come_back_together_find_one_session() -> None:
    async with server() as (host, _), WireClient.connect(host) as client:
        token = (await client.open_session())["token"]
        await client.say("hello")
        last = client.seen[-1]["seq"]
    async with (
        server() as (host, _),
        WireClient.connect(host) as one,
        WireClient.connect(host) as two,
        WireClient.connect(host) as three,
    ):
        ahead = await asyncio.gather(
            *(
                resumed(c, token, at, attach=True, last_turn=1)
                for c, at in ((one, last - 3), (two, last), (three, last))
            )
        )
        assert {frames[-1]["epoch"] for frames in ahead} == {2}
        await one.send("user.message", text="to all of us")
        for client in (one, two, three):
            done = (await client.until("reply.done"))[-1]
            assert (done["number"], done["interrupted"]) == (2, False)
            seqs = [frame["seq"] for frame in client.seen]
            assert seqs == sorted(set(seqs))


async def test_somebody_elses_client_does_not_learn_that_a_token_is_right() -> None:
    from api.identity import Caller
    from api.live import LiveSessions
    from api.wire import SessionResume, WireError

    async with server() as (host, settings), WireClient.connect(host) as client:
        token = (await client.open_session(user_id="anna"))["token"]
    sessions = LiveSessions()
    async with open_agent(settings, chat=ScriptedChatModel([LONG]), senses=Senses()) as agent:
        frame = SessionResume(token=token, last_seq=0)
        for who in ("ben", ""):
            with pytest.raises(WireError) as caught:
                await sessions.resume(frame, Caller(user_id=who), agent, "en")
            assert caught.value.code == "session_unknown"
        assert (await sessions.resume(frame, Caller(user_id="anna"), agent, "en")).user_id == "anna"
        await sessions.close()
