"""How much, how often, how slowly: what no client may do, with a key or without."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.identity.errors import RateLimited
from api.identity.gate import ConnectionLimits, Gate
from api.identity.protocol import HEAD_BYTES
from api.identity.rates import Rates, place_of
from api.identity.sockets import Pace
from api.identity.testing import bearer, locked_server, raw
from api.testing import WireClient
from api.wire import MAX_FRAME_BYTES, MediaKind

pytestmark = pytest.mark.server

GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
FORM = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
POST = b"POST /v1/perceive HTTP/1.1\r\nHost: localhost\r\n"


async def test_requests_of_a_key() -> None:
    async with locked_server(requests_per_minute=3) as server:
        ann, bob = server.key("ann"), server.key("bob")
        codes = [(await server.http.get("/v1/personas", headers=bearer(ann))).status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        answer = await server.http.get("/v1/personas", headers=bearer(ann))
        assert answer.json()["code"] == "rate_limited"
        assert answer.json()["retryable"] is True
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert (await server.http.get("/v1/personas", headers=bearer(bob))).status_code == 200


async def test_requests_of_an_address() -> None:
    async with locked_server(requests_per_minute=2) as server:
        keys = [server.key(f"user-{number}") for number in range(6)]
        codes = [(await server.http.get("/v1/personas", headers=bearer(key))).status_code for key in keys for _ in "ab"]
        assert codes == [200] * 8 + [429] * 4


async def test_what_is_open_is_limited_by_address_too() -> None:
    async with locked_server(requests_per_minute=3) as server:
        assert [(await server.http.get("/health")).status_code for _ in range(5)] == [200] * 3 + [429] * 2


async def test_failed_logins_are_limited_harder() -> None:
    async with locked_server(failed_logins_per_minute=3) as server:
        wrong = bearer("attune_000000000000_" + "x" * 43)
        codes = [(await server.http.get("/v1/personas", headers=wrong)).status_code for _ in range(5)]
        assert codes == [401] * 3 + [429] * 2
        right = await server.http.get("/v1/personas", headers=bearer(server.key("ann")))
        assert right.status_code == 200, "others behind that address are not locked out"


async def test_handshakes() -> None:
    async with locked_server(handshakes_per_minute=2) as server:
        key = bearer(server.key("ann"))
        for _ in range(2):
            async with WireClient.connect(server.host, additional_headers=key):
                pass
        with pytest.raises(InvalidStatus) as refused:
            async with WireClient.connect(server.host, additional_headers=key):
                pass
        assert refused.value.response.status_code == 429
        assert int(refused.value.response.headers["retry-after"]) >= 1


async def test_turns_on_a_socket_and_over_http_count_together() -> None:
    async with locked_server(turns_per_minute=2) as server:
        key = bearer(server.key("ann"))
        async with WireClient.connect(server.host, additional_headers=key) as client:
            session = (await client.open_session())["session_id"]
            await client.say("one")
            await client.say("two")
            refused = await client.ask("user.message", text="three")
            assert (refused["type"], refused["code"], refused["retryable"]) == ("error", "rate_limited", True)
            assert refused["retry_after_s"] > 0
            answer = await server.http.post(f"/v1/sessions/{session}/turns", json={"text": "four"}, headers=key)
            assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
            assert int(answer.headers["retry-after"]) >= 1
            assert (await client.ask("ping"))["type"] == "pong", "the socket lives"


async def test_frames_of_a_socket() -> None:
    async with client_of(frames_per_second=20) as client:
        for _ in range(60):
            await client.send("ping")
        answers = [await client.receive() for _ in range(60)]
        refused = [answer for answer in answers if answer["type"] == "error"]
        assert refused
        assert {(answer["code"], answer["retryable"]) for answer in refused} == {("rate_limited", True)}
        assert all(0 < answer["retry_after_s"] <= 1 for answer in refused)
        await asyncio.sleep(0.2)
        assert (await client.ask("ping"))["type"] == "pong", "the socket lives"


async def test_a_recording_that_comes_faster_than_the_limit_is_whole() -> None:
    """Binary frames are read more slowly, not refused."""
    async with client_of(frames_per_second=40) as client:
        await client.open_session()
        await client.send("user.audio.start")
        for _ in range(60):
            await client.send_media(MediaKind.PCM16, b"\0\0" * 320)
        await client.send("user.audio.end")
        await client.send("ping", id="after")
        assert [frame["type"] for frame in await client.until("pong")] == ["pong"]


async def test_an_oversized_frame() -> None:
    async with client_of() as client:
        with suppress(ConnectionClosed):  # it may be hung up on in the middle
            await client.connection.send("x" * (MAX_FRAME_BYTES + 1))
        with pytest.raises(ConnectionClosed):
            await client.receive()
        assert client.connection.close_code == 1009


@pytest.mark.parametrize("declared", [True, False])
async def test_an_oversized_body(declared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.identity.bodies.FORM_BYTES", 100_000)

    async def pieces() -> Any:
        yield PART
        for _ in range(40):
            yield b"x" * 10_000

    async with locked_server() as server:
        headers = bearer(server.key("ann")) | {"Content-Type": FORM}
        body = b"x" * 400_000 if declared else pieces()
        try:
            answer = await server.http.post("/v1/perceive", content=body, headers=headers)
        except httpx.TransportError:
            assert not declared, "only whoever does not say how much comes may be hung up on in the middle"
        else:
            assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
        assert (await server.http.get("/health")).status_code == 200


async def test_an_oversized_head() -> None:
    async with locked_server() as server:
        said = await raw(server.host, GET + b"X-Long: " + b"x" * (HEAD_BYTES + 10_000))
        assert said.startswith(b"HTTP/1.1 431 ")
        assert b"head_too_large" in said
        nonsense = await raw(server.host, b"\x16\x03\x01\x02\x00 nonsense\r\n\r\n")
        assert nonsense.startswith(b"HTTP/1.1 400 ")


async def test_a_head_that_trickles() -> None:
    """Slow loris: a line now and then, for ever."""
    async with locked_server(request_timeout=0.5) as server:
        lines = (f"X-{number}: a\r\n".encode() for number in range(200))
        said = await raw(server.host, GET, *lines, pause=0.05)
        assert said.startswith(b"HTTP/1.1 408 ")
        assert b"head_too_slow" in said
        assert (await raw(server.host)).startswith(b"HTTP/1.1 408 "), "nothing at all is as slow"
        assert (await server.http.get("/health")).status_code == 200


async def test_a_second_head_that_trickles() -> None:
    async with locked_server(request_timeout=0.5) as server:
        lines = (f"X-{number}: a\r\n".encode() for number in range(200))
        said = await raw(server.host, GET + b"\r\n", GET, *lines, pause=0.05)
        assert said.startswith(b"HTTP/1.1 200 ")
        assert b"HTTP/1.1 408 " in said


async def test_a_body_that_trickles() -> None:
    async with locked_server(body_timeout=0.6) as server:
        key = server.key("ann").encode()
        head = POST + b"X-API-Key: " + key + b"\r\nContent-Type: " + FORM.encode() + b"\r\n"
        said = await raw(server.host, head + b"Content-Length: 5000\r\n\r\n" + PART, *[b"x"] * 200, pause=0.05)
        assert said.startswith(b"HTTP/1.1 408 ")
        assert b"body_too_slow" in said


async def test_a_body_that_stops() -> None:
    async with locked_server(request_timeout=0.4) as server:
        head = POST + b"Authorization: Bearer " + server.key("ann").encode() + b"\r\n"
        said = await raw(server.host, head + b"Content-Type: " + FORM.encode() + b"\r\nContent-Length: 9\r\n\r\n-")
        assert said.startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_goes_on_after_its_request_was_refused() -> None:
    async with locked_server(request_timeout=0.4) as server:
        said = await raw(server.host, POST + b"Content-Length: 5000\r\n\r\n", *[b"x"] * 200, pause=0.05)
        assert said.startswith(b"HTTP/1.1 401 ")


async def test_a_socket_that_begins_no_session() -> None:
    async with client_of(start_timeout=0.3) as client:
        with pytest.raises(ConnectionClosed):
            await client.until("session.started")
        assert client.connection.close_code == 4004


async def test_a_client_that_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ConnectionLimits, "__init__", _with(ConnectionLimits.__init__, stalled_s=0.5))
    async with locked_server() as server:
        key = server.key("ann").encode()
        host, port = server.host.split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1)
        ask = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\nX-API-Key: " + key + b"\r\n\r\n"
        for _ in range(400):
            writer.write(ask)
        deadline = time.monotonic() + 15
        while not writer.is_closing() and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
            writer.write(b"\r\n")
        assert writer.is_closing(), "the server has hung up"
        del reader


async def test_too_many_connections_of_an_address() -> None:
    async with locked_server(connections_per_address=3) as server:
        held = [await _hold(server.host) for _ in range(3)]
        said = await raw(server.host)
        assert said.startswith(b"HTTP/1.1 429 ")
        assert json.loads(said.partition(b"\r\n\r\n")[2])["code"] == "too_many_connections"
        held[0].close()
        await asyncio.sleep(0.1)
        assert (await raw(server.host, GET + b"Connection: close\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        for writer in held:
            writer.close()


async def test_too_many_connections_in_all() -> None:
    async with locked_server(connections=2) as server:
        key = bearer(server.key("ann"))
        async with WireClient.connect(server.host, additional_headers=key) as client:
            await client.open_session()
            writer = await _hold(server.host)
            assert (await raw(server.host)).startswith(b"HTTP/1.1 503 ")
            writer.close()
            assert (await client.ask("ping"))["type"] == "pong", "who is in stays in"
        await asyncio.sleep(0.1)
        for _ in range(5):  # each leaves the place it took, sockets too
            async with WireClient.connect(server.host, additional_headers=key):
                pass
            await asyncio.sleep(0.05)


async def test_without_keys_this_machine_may_do_as_it_likes_unless_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.identity.limits.REQUESTS", 2)
    async with locked_server(lock=False) as server:
        assert [(await server.http.get("/v1/personas")).status_code for _ in range(5)] == [200] * 5
    async with locked_server(lock=False, requests_per_minute=2) as server:
        assert [(await server.http.get("/v1/personas")).status_code for _ in range(3)] == [200, 200, 429]


def test_a_clock_set_back_locks_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = Rates()
    for _ in range(3):
        rates.count("turns", 3, who="ann", address="192.0.2.1")
    monkeypatch.setattr(time, "time", lambda: 0.0)
    with pytest.raises(RateLimited) as limited:
        rates.count("turns", 3, who="ann", address="192.0.2.1")
    assert 0 < limited.value.retry_after_s <= 60  # type: ignore[operator]
    moved = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: moved)
    rates.count("turns", 3, who="ann", address="192.0.2.1")


def test_addresses_that_have_gone_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = Rates()
    for number in range(2_000):
        rates.count("requests", 5, who=None, address=f"198.51.100.{number}")
    assert len(rates) >= 1_000
    moved = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: moved)
    for _ in range(1_000):
        rates.count("requests", 5_000, who=None, address="192.0.2.1")
    assert len(rates) <= 2


def test_an_address_of_ipv6_is_its_network() -> None:
    assert place_of("2001:db8:1:2:3::4") == place_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert place_of("::ffff:192.0.2.1") == place_of("192.0.2.1") == "192.0.2.1"
    assert place_of("") == ""


def test_the_gate_counts_and_forgets() -> None:
    gate = Gate(ConnectionLimits(total=5, per_address=2, proxies=("10.0.0.0/8",)))
    assert [gate.enter("192.0.2.1") for _ in range(3)] == [0, 0, 429]
    assert [gate.enter("10.1.2.3") for _ in range(4)] == [0, 0, 0, 503]
    gate.leave("192.0.2.1")
    assert [gate.enter("192.0.2.1"), gate.enter("192.0.2.2")] == [0, 503]


def test_a_pace_lets_a_burst_through_and_then_so_many_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: now)
    now = 0.0
    pace = Pace(10)
    assert [pace.reserve() for _ in range(12)] == [0.0] * 10 + [pytest.approx(0.1), pytest.approx(0.2)]
    now = 1.2
    assert [pace.reserve() for _ in range(11)] == [0.0] * 10 + [pytest.approx(0.1)]
    assert {Pace(None).reserve() for _ in range(1_000)} == {0.0}


@asynccontextmanager
async def client_of(**settings: Any) -> AsyncIterator[WireClient]:
    async with (
        locked_server(**settings) as server,
        WireClient.connect(server.host, additional_headers=bearer(server.key("ann"))) as client,
    ):
        yield client


async def _hold(host: str) -> asyncio.StreamWriter:
    """A connection that asks for nothing."""
    name, port = host.split(":")
    _, writer = await asyncio.open_connection(name, int(port))
    await asyncio.sleep(0.05)
    return writer


def _with(made: Any, **changed: Any) -> Any:
    return lambda self, **given: made(self, **given | changed)
