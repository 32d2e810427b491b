"""The typed client and its session: busy threads, several clients, keys, silence, and servers that start anew."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import numpy as np
import pytest
from PIL import Image
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websocket

from api.client import Client
from api.errors import AccessRefused, ConnectionLost
from api.identity.testing import locked_server
from api.linking.testing import REPLY, Road, all_of, road_to_server, scripted_app, talking, text_of
from api.testing import served
from api.wire import ErrorFrame, Notice, PerceptionObserved, PersonaGreeting, ReplyDone, SessionStarted
from api.wire.client import Consent

pytestmark = pytest.mark.server


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((48, 48, 3), 128, np.uint8)).save(out, "JPEG")
    return out.getvalue()


async def test_a_message_for_a_busy_thread_waits_for_its_turn() -> None:
    async with (
        road_to_server("one two three four", "second", delay=0.02) as road,
        talking(road, busy="queue") as client,
    ):
        first = client.say("a")
        await anext(first)
        second = client.say("b")
        waits = await anext(second)
        assert (waits.type, waits.turn) == ("thread.busy", 1)
        (one, two) = await asyncio.gather(all_of(first), all_of(second))
        assert (one[-1].turn, two[0].type, two[-1].turn) == (1, "turn.started", 2)
        assert text_of(two).startswith("second")
        assert (await client.set_persona("debate")).persona == "debate"


async def test_a_message_may_stop_the_turn_before_it() -> None:
    words = " ".join(f"word{number}" for number in range(100))
    async with road_to_server(words, "second", delay=0.02) as road, talking(road, busy="interrupt") as client:
        first = client.say("a")
        while (await anext(first)).type != "reply.delta":
            pass
        two = await all_of(client.say("b"))
        one = await all_of(first)
        assert (one[-1].type, one[-1].interrupted) == ("reply.done", True)  # type: ignore[union-attr]
        assert two[-1].turn == 2
        assert text_of(two).startswith("second"), two


async def test_two_clients_follow_one_session() -> None:
    async with AsyncExitStack() as stack:
        road = await stack.enter_async_context(road_to_server("one two three", "second", delay=0.01))
        client = await stack.enter_async_context(talking(road, busy="queue"))
        other = await stack.enter_async_context(Client(road.host))
        await other.resume(client.session.token, client.last_seq, attach=True)
        mine, theirs = await asyncio.gather(all_of(client.say("mine")), all_of(other.say("theirs")))
        assert {mine[-1].turn, theirs[-1].turn} == {1, 2}
        assert text_of(mine) == mine[-1].text  # type: ignore[union-attr]
        assert text_of(theirs) == theirs[-1].text  # type: ignore[union-attr]
        assert text_of(mine) != text_of(theirs)


async def test_the_live_link_is_heard_among_all_frames() -> None:
    async with road_to_server() as road, talking(road) as client:
        seen: asyncio.Queue[PerceptionObserved] = asyncio.Queue()

        async def watch() -> None:
            async for frame in client.frames():
                if isinstance(frame, PerceptionObserved) and frame.live:
                    await seen.put(frame)

        watching = asyncio.create_task(watch())
        state = await client.set_live(vision=True)
        if not state.vision:  # a double of a sense may not be able to follow a face
            assert state.reason == "sense"
        else:
            await client.send_picture(jpeg())
            assert (await asyncio.wait_for(seen.get(), 20)).turn == 0
        watching.cancel()


@pytest.mark.parametrize("place", ["header", "subprotocol"])
async def test_a_key_is_shown(place: Any) -> None:
    async with locked_server(REPLY) as door:
        async with Client(door.host, key=door.key("ada"), key_as=place) as client:
            await client.start()
            await client.acknowledge(text=True)
            assert text_of(await all_of(client.say("hello"))).startswith(REPLY)
        async with Client(door.host) as nobody:
            with pytest.raises(AccessRefused, match="key") as refused:
                await nobody.start()
            assert refused.value.status == 401
        async with Client(door.host, key="attune_wrong", key_as=place) as wrong:
            with pytest.raises(AccessRefused) as refused:
                await wrong.start()
            assert "attune_wrong" not in str(refused.value)


async def test_who_says_nothing_is_connected_again_when_it_speaks() -> None:
    async with road_to_server(idle_timeout=0.2) as road, talking(road) as client:
        async with asyncio.timeout(20):
            async for frame in client.frames():
                if frame.type == "session.closing":
                    break
        await asyncio.sleep(0.5)
        assert road.travellers == 1
        assert text_of(await all_of(client.say("hello"))).startswith(REPLY)
        assert road.travellers == 2


async def test_a_session_that_has_lasted_long_enough_says_so() -> None:
    async with road_to_server(session_limit=0.3) as road, Client(road.host) as client:

        async def stay() -> None:
            await client.start()
            await client.acknowledge(text=True)
            await all_of(client.frames())

        with pytest.raises(ConnectionLost, match="4003"):
            await asyncio.wait_for(stay(), 20)
        assert client.lost


async def test_a_server_that_starts_anew() -> None:
    """The turn under way is told to be over; the session goes on, and nobody is greeted again."""
    words = " ".join(f"word{number}" for number in range(200))
    async with AsyncExitStack() as stack:
        first = AsyncExitStack()
        road = await stack.enter_async_context(
            Road.to(await first.enter_async_context(served(scripted_app(words, delay=0.02))))
        )
        client = await stack.enter_async_context(talking(road))
        events = []
        async for event in client.say("count"):
            events.append(event)
            if len(events) == 5:
                await first.aclose()
                road.lead_to(await stack.enter_async_context(served(scripted_app())))
        done = events[-1]
        assert isinstance(done, ReplyDone)
        assert done.interrupted
        assert words.startswith(done.text)
        again = await all_of(client.say("again"))
        assert client.session.resumed
        assert text_of(again).startswith(REPLY)
        assert again[-1].turn == 2


async def test_a_message_that_a_server_took_with_it_is_sent_to_the_next() -> None:
    async with AsyncExitStack() as stack:
        first = AsyncExitStack()
        road = await stack.enter_async_context(Road.to(await first.enter_async_context(served(scripted_app()))))
        client = await stack.enter_async_context(talking(road))
        await all_of(client.say("hello"))
        road.deaf = True
        saying = asyncio.create_task(all_of(client.say("did you hear?")))
        await asyncio.sleep(0.05)
        road.cut(for_good=True)
        await first.aclose()
        road.lead_to(await stack.enter_async_context(served(scripted_app("I did. What now?"))))
        road.mend()
        events = await saying
        assert text_of(events).startswith("I did.")
        assert events[-1].number == 2  # type: ignore[union-attr]


class _Unsteady:
    """A server that holds a session until its first turn, and then does as it is told with whoever resumes it."""

    def __init__(self, resumed: Callable[[ServerConnection], Awaitable[None]], *, seconds: float) -> None:
        self._resumed = resumed
        self._started = SessionStarted(
            seq=2,
            turn=0,
            session_id="s",
            token="t",
            persona="chat",
            consent=Consent(),
            resumed=False,
            resume_seconds=seconds,
        )
        self.resumed = 0

    async def __call__(self, connection: ServerConnection) -> None:
        if "session.resume" in str(await connection.recv()):
            self.resumed += 1
            await self._resumed(connection)
            return
        await connection.send(
            Notice(seq=1, turn=0, text="hi", lang="en", modalities=[], deployment_context="personal").model_dump_json()
        )
        await connection.recv()
        await connection.send(self._started.model_dump_json())
        await connection.send(PersonaGreeting(seq=3, turn=0, persona="chat", text="hello").model_dump_json())
        await connection.recv()
        await connection.close(1011)

    async def go_on(self, connection: ServerConnection) -> None:
        """Take the session up, and answer."""
        await connection.send(self._started.model_copy(update={"seq": 4, "resumed": True}).model_dump_json())
        await connection.recv()
        done = ReplyDone(seq=5, turn=1, turn_id="a", number=1, text="good", persona="chat", interrupted=False, trace={})
        await connection.send(done.model_dump_json())
        await connection.wait_closed()


@asynccontextmanager
async def unsteady(server: _Unsteady) -> AsyncIterator[Client]:
    async with serve_websocket(server, "127.0.0.1", 0) as listening:
        port = next(iter(listening.sockets)).getsockname()[1]
        async with Client(f"127.0.0.1:{port}") as client:
            await client.start()
            await client.acknowledge(text=True)
            yield client


async def test_a_server_that_closes_every_connection_is_not_tried_for_ever() -> None:
    server = _Unsteady(lambda connection: connection.close(1011), seconds=0.3)
    async with unsteady(server) as client:
        with pytest.raises(ConnectionLost, match="closes every connection"):
            await asyncio.wait_for(all_of(client.say("hello")), 20)
        assert client.lost


async def test_a_server_that_cannot_take_a_session_up_just_now_is_asked_again() -> None:
    async def at_the_second_time(connection: ServerConnection) -> None:
        if server.resumed == 1:
            busy = ErrorFrame(
                seq=1, turn=0, code="memory_unusable", message="locked", retryable=True, about="session.resume"
            )
            await connection.send(busy.model_dump_json())
            await connection.wait_closed()
        else:
            await server.go_on(connection)

    server = _Unsteady(at_the_second_time, seconds=20)
    async with unsteady(server) as client:
        assert (await all_of(client.say("hello")))[-1].type == "reply.done"
        assert server.resumed == 2
