"""Several connections of one session, a resume in the middle of a turn, and readers that are slow or go away."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from agent.senses import Senses
from agent.testing import ScriptedChatModel
from api.app import create_app
from api.live.log import BEHIND, LIVE_KEPT, FrameLog
from api.runtime import open_agent
from api.settings import Settings
from api.testing import WireClient, served
from api.wire import Pong, ReplyDelta
from perception import EmotionScores, Modality
from perception.testing import ScriptedPerceiver

pytestmark = pytest.mark.server

LONG = "one two three four five six seven eight nine ten. What do you think?"
SAD = EmotionScores.of({"sad": 0.8, "neutral": 0.2})


@asynccontextmanager
async def server(*, delay: float = 0.0, **settings: Any) -> AsyncIterator[tuple[str, Settings]]:
    chosen = Settings(_env_file=None, **settings)
    chat = ScriptedChatModel([LONG], delay=delay)

    def opening(given: Settings) -> Any:
        return open_agent(given, chat=chat, senses=Senses(text=ScriptedPerceiver(Modality.TEXT, SAD)))

    async with served(create_app(chosen, agent_factory=opening)) as host:
        yield host, chosen


@asynccontextmanager
async def two_tabs(host: str, **start: Any) -> AsyncIterator[tuple[WireClient, WireClient]]:
    async with WireClient.connect(host) as one, WireClient.connect(host) as two:
        started = await one.open_session(**start)
        await two.send("session.resume", token=started["token"], last_seq=one.seen[-1]["seq"], attach=True)
        for client in (one, two):
            assert (await client.receive())["resumed"] is True
        yield one, two


async def test_both_tabs_see_everything_and_either_may_speak() -> None:
    async with server() as (host, _), two_tabs(host) as (one, two):
        for speaker, text in ((one, "from the first"), (two, "from the second")):
            await speaker.send("user.message", text=text)
            heard = [await client.until("reply.done") for client in (one, two)]
            assert heard[0] == heard[1]
            assert (heard[0][0]["type"], heard[0][0]["text"], heard[0][0]["queued"]) == ("turn.started", text, False)


async def test_of_two_tabs_that_speak_at_once_one_is_first() -> None:
    async with server(delay=0.01) as (host, settings), two_tabs(host, busy="queue") as (one, two):
        await asyncio.gather(one.send("user.message", text="one"), two.send("user.message", text="two"))
        frames = [await one.until("reply.done"), await one.until("reply.done")]
        started = [frame for part in frames for frame in part if frame["type"] == "turn.started"]
        assert {frame["text"] for frame in started} == {"one", "two"}
        assert [frame["queued"] for frame in started] == [False, True]
        assert [part[-1]["number"] for part in frames] == [1, 2]
        with sqlite3.connect(settings.database) as database:
            assert database.execute("select count(*) from turns").fetchall() == [(2,)]


async def test_either_tab_may_interrupt_and_one_that_leaves_takes_nothing_along() -> None:
    async with server(delay=0.02) as (host, _), two_tabs(host) as (one, two):
        await one.send("user.message", text="hello")
        await one.until("reply.delta")
        await two.send("reply.interrupt")
        assert (await one.until("reply.done"))[-1]["interrupted"] is True
        await two.connection.close()
        assert (await one.say("still here"))[-1]["number"] == 2


async def test_a_resume_without_attach_takes_the_session_over_from_all() -> None:
    async with server() as (host, _), two_tabs(host) as (one, two), WireClient.connect(host) as three:
        token = one.seen[-1]["token"]
        await three.send("session.resume", token=token, last_seq=one.seen[-1]["seq"])
        assert (await three.receive())["resumed"] is True
        for client in (one, two):
            with pytest.raises(ConnectionClosed) as caught:
                await client.receive()
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == 4001
        assert (await three.say("hello"))[-1]["number"] == 1


async def test_a_resume_in_the_middle_of_a_turn_says_which_runs() -> None:
    async with server(delay=0.03) as (host, _):
        async with WireClient.connect(host) as client:
            token = (await client.open_session())["token"]
            await client.send("user.message", text="hello")
            last = (await client.until("reply.delta"))[-1]["seq"]
        async with WireClient.connect(host) as client:
            await client.send("session.resume", token=token, last_seq=last)
            started = (await client.until("session.started"))[-1]
            assert started["running"] == 1
            assert (await client.until("reply.done"))[-1]["turn"] == 1


async def test_twenty_clients_drop_and_come_back_at_once() -> None:
    async with server(delay=0.01) as (host, _):

        async def talk() -> None:
            async with WireClient.connect(host) as client:
                token = (await client.open_session())["token"]
                await client.send("user.message", text="hello")
                seen = await client.until("reply.delta")
                last = client.seen[-1]["seq"]
            async with WireClient.connect(host) as client:
                await client.send("session.resume", token=token, last_seq=last)
                frames = await client.until("reply.done")
                assert [f["seq"] for f in frames] == list(range(last + 1, last + 1 + len(frames)))
                text = "".join(f["text"] for f in [*seen, *frames] if f["type"] == "reply.delta")
                assert text == LONG
                assert not [frame for frame in frames if frame["type"] == "persona.greeting"]

        await asyncio.gather(*(talk() for _ in range(20)))


async def read(log: FrameLog, seq: int = 0) -> list[int]:
    log.close()
    return [number async for number, _ in log.follow(seq, lambda: log.add(Pong, turn=0, id="lost"))]


async def test_what_is_felt_live_never_pushes_out_a_reply() -> None:
    log = FrameLog(kept=100)
    for _ in range(50):
        log.add(ReplyDelta, turn=1, text="a")
    for _ in range(1000):
        assert log.add_live(Pong, turn=0)
    assert log.forgotten == 0
    assert await read(log) == [*range(1, 51), *range(1051 - LIVE_KEPT, 1051)]


async def test_a_slow_reader_pauses_the_live_link_before_it_loses_anything() -> None:
    log = FrameLog()
    log.add(Pong, turn=0)
    following = log.follow(0, lambda: pytest.fail("nothing was lost"))
    assert (await anext(following))[0] == 1
    taken = [log.add_live(Pong, turn=0) for _ in range(2 * BEHIND)]
    assert taken == [True] * (BEHIND + 1) + [False] * (BEHIND - 1)
    log.add(ReplyDelta, turn=1, text="the reply")
    log.close()
    rest = [json.loads(text) async for _, text in following]
    assert rest[-1]["text"] == "the reply"
    assert log.add_live(Pong, turn=0), "nobody is behind any more"


async def test_numbers_may_be_skipped_for_a_client_that_was_ahead() -> None:
    log = FrameLog(last=10)
    log.add(Pong, turn=0)
    log.skip_to(20)
    log.skip_to(15)
    log.add(Pong, turn=0)
    assert await read(log, 10) == [11, 21]


async def test_a_client_that_is_gone_before_it_is_served_leaves_nothing_behind() -> None:
    async with server(delay=0.05) as (host, settings):
        for _ in range(5):
            async with WireClient.connect(host) as client:
                await client.send("session.start")
                await client.send("notice.ack", consent={"text": True})
                await client.send("user.message", text="and away")
        async with WireClient.connect(host) as client:
            await client.open_session()
            assert (await client.say("hello"))[-1]["number"] == 1
        await asyncio.sleep(0.1)
        with sqlite3.connect(settings.database) as database:
            # each turn runs to its end without its client, or never began
            assert database.execute("select count(*) from turns where interrupted").fetchall() == [(0,)]
