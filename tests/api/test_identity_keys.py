"""Keys at the door: wrong, expired, revoked, malformed, in the wrong place; and what of them is kept."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.identity.door import OPEN
from api.identity.errors import CredentialsRefused, KeyNameTaken, KeysUnusable, KeyUnknown
from api.identity.keyfile import KeyFile
from api.identity.testing import Locked, bearer, locked_server
from api.testing import WireClient

pytestmark = pytest.mark.server

ROUTE = "/v1/personas"


async def refused(server: Locked, **request: object) -> str:
    """The code of an answer that is a 401."""
    answer = await server.http.get(ROUTE, **request)  # type: ignore[arg-type]
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"] == 'Bearer realm="attune"'
    assert set(answer.json()) == {"code", "message", "retryable"}
    return str(answer.json()["code"])


async def test_a_key_opens_by_each_header() -> None:
    async with locked_server() as server:
        key = server.key("ann")
        for headers in (bearer(key), {"X-API-Key": key}, {"authorization": f"bearer  {key}"}):
            assert (await server.http.get(ROUTE, headers=headers)).status_code == 200


async def test_no_key() -> None:
    async with locked_server() as server:
        assert await refused(server) == "credentials_required"
        with pytest.raises(InvalidStatus) as handshake:
            async with WireClient.connect(server.host):
                pass
        assert handshake.value.response.status_code == 401
        assert b"credentials_required" in (handshake.value.response.body or b"")


async def test_a_wrong_key() -> None:
    async with locked_server() as server:
        key = server.key("ann")
        wrong = [
            key[:-1] + ("a" if key[-1] != "a" else "b"),
            key.replace("attune_", "attune_0", 1),
            "attune_000000000000_" + key.rpartition("_")[2],
            key.rpartition("_")[2],
            "attune_",
            "x" * 5000,
        ]
        for each in wrong:
            assert await refused(server, headers=bearer(each)) == "credentials_refused"
            with pytest.raises(InvalidStatus):
                async with WireClient.connect(server.host, additional_headers=bearer(each)):
                    pass


async def test_an_expired_key() -> None:
    async with locked_server() as server:
        _, key = server.keys.add("old", "ann", expires_at=datetime.now(UTC) - timedelta(seconds=1))
        answer = await server.http.get(ROUTE, headers=bearer(key))
        assert (answer.status_code, answer.json()["code"]) == (401, "credentials_refused")
        assert "'old' is expired" in answer.json()["message"]


async def test_a_revoked_key_opens_nothing_from_the_next_request_on() -> None:
    """Revoked by another process, as `attune keys revoke` does it."""
    async with locked_server() as server:
        kept, key = server.keys.add("phone", "ann")
        assert (await server.http.get(ROUTE, headers=bearer(key))).status_code == 200
        command = [sys.executable, "-c", "from api.cli import main; main()", "keys", "revoke", kept.key_id]
        environment = {**os.environ, "ATTUNE_DATA_DIR": str(server.settings.data_dir)}
        await asyncio.to_thread(subprocess.run, command, check=True, env=environment, capture_output=True)
        answer = await server.http.get(ROUTE, headers=bearer(key))
        assert (answer.status_code, answer.json()["code"]) == (401, "credentials_refused")
        assert "revoked" in answer.json()["message"]


async def test_a_socket_whose_key_is_revoked_is_closed() -> None:
    async with locked_server(delay=0.02) as server:
        kept, key = server.keys.add("phone", "ann")
        async with WireClient.connect(server.host, additional_headers=bearer(key)) as client:
            await client.open_session()
            server.keys.revoke(kept.key_id)
            await client.send("user.message", text="hello")
            with pytest.raises(ConnectionClosed):
                await client.until("reply.done")
            assert client.connection.close_code == 1008


async def test_a_silent_socket_is_closed_too_when_its_key_is_revoked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.identity.sockets.LOOK_S", 0.02)
    async with locked_server() as server:
        kept, key = server.keys.add("phone", "ann")
        async with WireClient.connect(server.host, additional_headers=bearer(key)) as client:
            await client.open_session()
            server.keys.revoke(kept.key_id)
            await asyncio.wait_for(client.connection.wait_closed(), 10)
            assert client.connection.close_code == 1008


async def test_a_reply_under_way_stops_when_its_key_is_revoked() -> None:
    async with locked_server("word " * 200, delay=0.02) as server:
        kept, key = server.keys.add("phone", "ann")
        async with WireClient.connect(server.host, additional_headers=bearer(key)) as client:
            await client.open_session()
            await client.send("user.message", text="hello")
            await client.until("reply.delta")
            server.keys.revoke(kept.key_id)
            with pytest.raises(ConnectionClosed):
                await client.until("reply.done")
            assert client.connection.close_code == 1008


async def test_a_malformed_header() -> None:
    shapes = (
        "",
        "Bearer",
        "bearer: {key}",
        "Basic YTpi",
        "{key}",
        "Bearer {key} {key}",
        "Token {key}",
        "Bearer {key},x",
    )
    async with locked_server() as server:
        key = server.key("ann")
        for header in (*shapes, "Bearer é"):
            value = header.format(key=key).encode("latin-1")
            assert await refused(server, headers={"Authorization": value}) == "credentials_refused", header


async def test_two_keys_at_once() -> None:
    async with locked_server() as server:
        ann, bob = server.key("ann"), server.key("bob")
        assert await refused(server, headers={**bearer(ann), "X-API-Key": bob}) == "credentials_refused"
        assert (await server.http.get(ROUTE, headers={**bearer(ann), "X-API-Key": ann})).status_code == 200


async def test_a_key_in_the_url() -> None:
    async with locked_server() as server:
        key = server.key("ann")
        for name in ("key", "api_key", "access_token", "token", "X-API-Key", "whatever"):
            answer = await server.http.get(ROUTE, params={name: key})
            assert (answer.status_code, answer.json()["code"]) == (401, "credentials_required")
            assert "revoke" in answer.json()["message"]
            assert key not in answer.text


async def test_a_key_as_a_subprotocol_as_pages_have_to() -> None:
    async with locked_server() as server:
        key = server.key("ann")
        offered = ["attune.v1", f"attune.key.{key}"]
        async with WireClient.connect(server.host, subprotocols=offered) as client:
            assert client.connection.subprotocol == "attune.v1", "browsers hang up where none is taken"
            await client.open_session()
        with pytest.raises(InvalidStatus):
            async with WireClient.connect(server.host, subprotocols=["attune.v1", "attune.key.attune_0"]):
                pass


async def test_health_is_open_and_nothing_else_is() -> None:
    from api.app import create_app

    async with locked_server() as server:
        assert (await server.http.get("/health")).status_code == 200
        described = create_app(server.settings).openapi()["paths"]
        routes = [(method, path) for path, methods in described.items() for method in methods]
        assert len(routes) > 10
        for method, path in [*routes, ("get", "/openapi.json")]:
            if path not in OPEN:
                answer = await server.http.request(method, path.replace("{session_id}", "abc"))
                assert answer.status_code == 401, (method, path)
        assert (await server.http.post("/health")).status_code == 401
        assert (await server.http.get("/nowhere")).status_code == 401, "what there is, is nobody else's business"


async def test_a_server_that_had_keys_never_opens_by_itself() -> None:
    async with locked_server() as server:
        for key in [*server.keys.keys()]:
            server.keys.revoke(key)
        assert await refused(server) == "credentials_required"
        server.settings.keys.write_text("{")
        assert (await server.http.get(ROUTE)).status_code == 503
        assert (await server.http.get("/health")).status_code == 200
        server.settings.keys.unlink()
        assert await refused(server) == "credentials_required"


async def test_the_first_key_locks_a_server_that_runs() -> None:
    async with locked_server(lock=False) as server:
        assert (await server.http.get(ROUTE)).status_code == 200
        async with WireClient.connect(server.host) as client:
            await client.open_session()
            key = server.key("ann")
            assert await refused(server) == "credentials_required"
            assert (await server.http.get(ROUTE, headers=bearer(key))).status_code == 200
            await client.send("ping")
            with pytest.raises(ConnectionClosed):
                await client.receive()


async def test_no_secret_is_told_anywhere(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    jwt_secret = "a-secret-that-signs-tokens-of-some-length"
    async with locked_server(jwt_secret=jwt_secret, log_level="debug") as server:
        kept, key = server.keys.add("phone", "ann")
        secret = key.rpartition("_")[2]
        said = [repr(server.keys), repr(kept), repr(server.settings), str(server.settings)]
        said.append((await server.http.get("/v1/nowhere", params={"access_token": key})).text)
        with pytest.raises(InvalidStatus):
            async with connect(f"ws://{server.host}/v1/ws?key={key}", proxy=None):
                pass
        shown = (bearer(key), bearer(f"{key}x"), {"X-API-Key": key}, {"Authorization": f"Basic {key}"})
        said += [(await server.http.get(ROUTE, headers=headers)).text for headers in shown]
        said.append((await server.http.get("/health", headers=bearer(key))).text)
        async with WireClient.connect(server.host, subprotocols=["attune.v1", f"attune.key.{key}"]) as client:
            await client.open_session()
            said.append(json.dumps(client.seen))
            said.append(str(client.connection.response))
        routes = ("/metrics", "/openapi.json", "/ready")
        said += [(await server.http.get(route, headers=bearer(key))).text for route in routes]
    ours = [
        record for record in caplog.records if not record.name.startswith(("websockets.client", "httpcore", "httpx"))
    ]
    said += [record.getMessage() for record in ours]
    for hidden in (secret, kept.digest, jwt_secret):
        assert not [line for line in said if hidden in line]
    assert secret not in server.settings.keys.read_text()


def test_a_key_file_is_its_owners_alone_and_whole(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "data" / "keys.json")
    assert not keys.configured
    kept, key = keys.add("phone", "ann")
    assert keys.path.stat().st_mode & 0o077 == 0
    assert [path.name for path in keys.path.parent.iterdir() if path.name.endswith(".tmp")] == []
    assert KeyFile(keys.path).check(key) == kept
    assert "digest" not in repr(kept)
    with pytest.raises(KeyNameTaken):
        keys.add("phone", "bob")
    keys.revoke("phone")
    with pytest.raises(KeyUnknown, match="attune keys list"):
        keys.revoke("phone")
    with pytest.raises(CredentialsRefused):
        keys.check(key)
    again, _ = keys.add("phone", "ann")
    assert again.key_id != kept.key_id


@pytest.mark.parametrize("content", ["", "[]", '{"version": 2, "keys": []}', '{"version": 1, "keys": [{"key_id": 1}]}'])
def test_a_key_file_that_cannot_be_read_lets_nobody_in(content: str, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(content)
    keys = KeyFile(tmp_path / "keys.json")
    with pytest.raises(KeysUnusable, match="attune keys add"):
        keys.check("attune_000000000000_" + "x" * 43)
    with pytest.raises(KeysUnusable):
        _ = keys.configured
    assert not keys.valid("000000000000")


def test_keys_made_at_once_are_all_kept(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    path = tmp_path / "keys.json"
    with ThreadPoolExecutor(8) as pool:
        made = [*pool.map(lambda n: KeyFile(path).add(f"key-{n}", "ann")[0].key_id, range(40))]
    assert set(KeyFile(path).keys()) == set(made)
