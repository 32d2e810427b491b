"""The typed client against a served application: a conversation, errors, and connections that break."""

from __future__ import annotations

import asyncio
import io
from contextlib import AsyncExitStack

import numpy as np
import pytest
import soundfile
from PIL import Image

from agent.errors import ChatModelUnreachable
from api.client import Client
from api.errors import ConnectionLost, FrameRefused, InputInvalid, ServerUnreachable, ThreadIsBusy
from api.linking.testing import REPLY, all_of, road_to_server, talking, text_of
from api.testing import WireClient
from api.wire import ErrorFrame, PerceptionObserved, ReplyDelta, ReplyDone, SpeechTranscribed, WireError

pytestmark = pytest.mark.server


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((48, 48, 3), 128, np.uint8)).save(out, "JPEG")
    return out.getvalue()


def wav() -> bytes:
    out = io.BytesIO()
    soundfile.write(out, np.zeros(16_000, np.float32), 16_000, format="WAV")
    return out.getvalue()


async def test_a_conversation() -> None:
    async with road_to_server() as road, Client(road.host) as client:
        notice = await client.start(lang="en", persona="counseling")
        assert "AI" in notice.text
        started = await client.acknowledge(text=True)
        assert (started.consent.text, started.consent.vision) == (True, False)
        assert client.greeting is not None
        assert client.greeting.persona == "counseling"
        events = await all_of(client.say("I lost my job"))
        done = events[-1]
        assert isinstance(done, ReplyDone)
        assert text_of(events) == done.text
        assert any(isinstance(event, PerceptionObserved) for event in events)
        assert {event.turn for event in events} == {1}
        again = await all_of(client.say("and my car"))
        assert again[-1].turn == 2
        assert 0 <= await client.ping() < 30
        greeting = await client.set_persona("debate")
        assert greeting.persona == "debate"
        custom = await client.set_persona(custom="you are a tsundere cat girl")
        assert custom.persona.startswith("custom:")
        changed = await client.acknowledge(vision=True, text=True)
        assert changed.consent.vision is True


@pytest.mark.parametrize("inline", [True, False])
async def test_media_goes_with_a_message(inline: bool) -> None:
    async with road_to_server() as road, talking(road) as client:
        if inline:
            events = await all_of(client.say("look", image=jpeg(), audio=wav()))
        else:
            await client.send_picture(jpeg())
            await client.send_audio(bytes(80_000))
            events = await all_of(client.say())
        seen = {event.observation.modality for event in events if isinstance(event, PerceptionObserved)}
        assert seen == {"vision", "audio", "text"}
        assert any(isinstance(event, SpeechTranscribed) for event in events)


async def test_media_that_is_refused_is_an_error_of_the_call() -> None:
    async with road_to_server() as road, talking(road) as client:
        with pytest.raises(FrameRefused, match="no samples") as refused:
            await client.send_audio(b"")
        assert refused.value.code == "media_unreadable"
        with pytest.raises(FrameRefused, match="over the limit"):
            await client.send_audio(bytes(32_000 * 400))
        events = await all_of(client.say("look", image=b"no picture at all"))
        (error,) = [event for event in events if isinstance(event, ErrorFrame)]
        assert (error.code, error.ends_turn) == ("media_unreadable", False)
        assert isinstance(events[-1], ReplyDone)


async def test_an_interrupt_ends_the_turn_while_it_is_read() -> None:
    async with road_to_server("one two three four five six seven eight", delay=0.05) as road, talking(road) as client:
        events = []
        async for event in client.say("count"):
            events.append(event)
            if isinstance(event, ReplyDelta) and len([e for e in events if isinstance(e, ReplyDelta)]) == 2:
                stopped = await client.interrupt()
        done = events[-1]
        assert done == stopped
        assert isinstance(done, ReplyDone)
        assert done.interrupted
        assert len(done.text) < len("one two three four five six seven eight")
        with pytest.raises(FrameRefused) as refused:
            await client.interrupt()
        assert refused.value.code == "nothing_to_interrupt"


async def test_a_turn_that_breaks_is_taken_up_again() -> None:
    async with road_to_server(ChatModelUnreachable("http://x", "down"), REPLY) as road, talking(road) as client:
        with pytest.raises(FrameRefused) as broken:
            await all_of(client.say("hello"))
        assert (broken.value.code, broken.value.retryable) == ("chat_model_unreachable", True)
        events = await all_of(client.retry())
        assert text_of(events).startswith(REPLY)
        with pytest.raises(FrameRefused) as refused:
            await all_of(client.retry())
        assert refused.value.code == "nothing_to_retry"


async def test_what_the_server_refuses_names_its_code() -> None:
    async with road_to_server() as road, Client(road.host) as client:
        with pytest.raises(FrameRefused) as unknown:
            await client.start(persona="debat")
        assert unknown.value.code == "unknown_persona"
        assert "debate" in str(unknown.value)
        await client.start()
        with pytest.raises(FrameRefused) as early:
            await all_of(client.say("hello"))
        assert early.value.code == "notice_not_acknowledged"
        await client.acknowledge(text=True)
        with pytest.raises(FrameRefused) as empty:
            await all_of(client.say("  "))
        assert empty.value.code == "empty_turn"
        with pytest.raises(FrameRefused):
            await client.set_persona("nobody-like-that")
        assert text_of(await all_of(client.say("hello"))).startswith(REPLY)


async def test_what_cannot_be_sent_is_told_before_it_is() -> None:
    async with road_to_server() as road, talking(road) as client:
        with pytest.raises(WireError, match="emotion"):
            await client.correct(emotion="hungry")
        with pytest.raises(WireError, match="either"):
            await client.set_persona("debate", custom="you are a cat")
        with pytest.raises(WireError, match="6,000,000 bytes"):
            client.say("look", image=bytes(6_100_000))
        with pytest.raises(InputInvalid, match="another client"):
            await client.start()


async def test_a_second_turn_while_one_runs() -> None:
    async with road_to_server("one two three four", delay=0.05) as road, talking(road, busy="reject") as client:
        first = client.say("hello")
        await anext(first)
        with pytest.raises(ThreadIsBusy, match=r"user\.message"):
            await all_of(client.say("and?"))
        with pytest.raises(ThreadIsBusy, match=r"persona\.set"):
            await client.set_persona("debate")
        assert isinstance((await all_of(first))[-1], ReplyDone)


async def test_of_two_turns_asked_for_at_once_one_is_busy() -> None:
    async with road_to_server("one two three four", delay=0.02) as road, talking(road, busy="reject") as client:
        both = await asyncio.gather(all_of(client.say("a")), all_of(client.say("b")), return_exceptions=True)
        assert [type(outcome) for outcome in both] == [list, ThreadIsBusy]


async def test_a_connection_that_breaks_in_mid_reply_loses_and_doubles_nothing() -> None:
    words = " ".join(f"word{number}" for number in range(40)) + ". What now?"
    async with road_to_server(words, delay=0.02) as road, talking(road) as client:
        seen: list[int] = []

        async def follow() -> None:
            async for frame in client.frames():
                seen.append(frame.seq)  # noqa: PERF401  (it never ends)

        following = asyncio.create_task(follow())
        events = []
        async for event in client.say("count"):
            events.append(event)
            if len(events) in (5, 12, 20):
                road.cut()
        assert road.travellers == 4
        assert text_of(events) == events[-1].text == words  # type: ignore[union-attr]
        assert seen == list(range(seen[0], seen[0] + len(seen)))
        assert client.session.resumed
        following.cancel()


async def test_a_message_that_did_not_arrive_is_sent_again() -> None:
    async with road_to_server() as road, talking(road) as client:
        road.deaf = True
        saying = asyncio.create_task(all_of(client.say("hello")))
        await asyncio.sleep(0.05)
        road.mend()
        road.cut()
        events = await saying
        assert text_of(events).startswith(REPLY)
        assert {event.turn for event in events} == {1}
        assert (await all_of(client.say("again")))[-1].turn == 2


async def test_a_question_is_asked_again_after_the_connection_broke() -> None:
    async with road_to_server() as road, talking(road) as client:
        road.deaf = True
        asking = asyncio.create_task(client.set_persona("debate"))
        await asyncio.sleep(0.05)
        road.mend()
        road.cut()
        assert (await asking).persona == "debate"


async def test_a_server_that_is_away_for_a_while() -> None:
    async with road_to_server() as road, talking(road) as client:
        road.cut(for_good=True)
        saying = asyncio.create_task(all_of(client.say("hello")))
        await asyncio.sleep(0.4)
        assert not saying.done()
        road.mend()
        assert text_of(await saying).startswith(REPLY)


async def test_another_program_takes_the_session_up() -> None:
    async with road_to_server() as road:
        async with talking(road) as client:
            await all_of(client.say("hello"))
            token, seq = client.session.token, client.last_seq
        async with Client(road.host) as other:
            missed = await other.resume(token, seq - 1)
            assert [frame.type for frame in missed] == ["reply.done", "session.started"]
            assert other.session.resumed
            assert (await all_of(other.say("again")))[-1].turn == 2
        async with Client(road.host) as stranger:
            with pytest.raises(ConnectionLost, match="token"):
                await stranger.resume("guessed", 0)
            await stranger.start()


async def test_a_session_that_is_resumed_elsewhere_ends_here() -> None:
    async with road_to_server() as road, talking(road) as client, Client(road.host) as other:
        await other.resume(client.session.token, client.last_seq)
        with pytest.raises(ConnectionLost) as lost:
            await all_of(client.say("hello"))
        assert lost.value.close_code == 4001
        with pytest.raises(ConnectionLost):
            await client.ping()
        assert text_of(await all_of(other.say("hello"))).startswith(REPLY)


async def test_a_connection_that_breaks_before_there_is_a_session() -> None:
    async with road_to_server() as road, Client(road.host) as client:
        await client.start()
        road.cut()
        with pytest.raises(ConnectionLost, match="before there was a session"):
            await client.acknowledge(text=True)


@pytest.mark.parametrize(
    "address", ["", "ftp://x", "ws://", "ws://user:secret@x", "ws://x/?key=secret", "ws://x:99999", "ws://x:port"]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(InputInvalid, match="ws://HOST:PORT") as caught:
        Client(address)
    assert "secret" not in str(caught.value)


async def test_nobody_there() -> None:
    async with Client("ws://127.0.0.1:9") as client:
        with pytest.raises(ServerUnreachable, match="attune serve"):
            await client.start()


async def test_somebody_else_there() -> None:
    async def hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hello, "127.0.0.1", 0)
    async with server, Client(f"127.0.0.1:{server.sockets[0].getsockname()[1]}") as client:
        with pytest.raises(ServerUnreachable, match="no Attune"):
            await client.start()


async def test_an_unknown_frame_of_a_newer_server_is_passed_over() -> None:
    from websockets.asyncio.server import ServerConnection
    from websockets.asyncio.server import serve as serve_websocket

    async def newer(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send('{"type": "weather.changed", "seq": 1, "turn": 0, "sky": "blue"}')
        await connection.send(
            '{"type": "session.notice", "seq": 2, "turn": 0, "text": "hi", "lang": "en", "modalities": [],'
            ' "deployment_context": "personal", "protocol": 1, "new": true}'
        )
        await connection.send("not even JSON")
        await connection.wait_closed()

    async with serve_websocket(newer, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with Client(f"127.0.0.1:{port}") as client:
            assert (await client.start()).text == "hi"
            with pytest.raises(ConnectionLost, match="does not speak"):
                await client.acknowledge(text=True)


async def test_a_client_that_is_closed_says_so() -> None:
    async with AsyncExitStack() as stack:
        road = await stack.enter_async_context(road_to_server())
        client = await stack.enter_async_context(talking(road))
        await client.close()
        with pytest.raises(ConnectionLost, match="closed"):
            await all_of(client.say("hello"))
        async with WireClient.connect(road.host) as other:
            assert (await other.ask("ping"))["type"] == "pong"
