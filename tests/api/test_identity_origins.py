"""From where: origins of pages, names of this machine, proxies, and addresses that others can reach."""

from __future__ import annotations

import socket

import pytest
from typer.testing import CliRunner
from websockets.exceptions import InvalidStatus

from api.errors import InputInvalid
from api.identity.keyfile import KeyFile
from api.identity.testing import bearer, locked_server
from api.server import refuse_exposure
from api.settings import Settings
from api.testing import WireClient

pytestmark = pytest.mark.server

HOME = "https://attune.example.org"
ELSEWHERE = "https://evil.example"


async def test_a_bad_origin() -> None:
    async with locked_server(origins=(HOME,)) as server:
        key = bearer(server.key("ann"))
        answer = await server.http.get("/v1/personas", headers={**key, "Origin": ELSEWHERE})
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")
        assert "access-control-allow-origin" not in answer.headers
        for origin in (ELSEWHERE, "null", "https://attune.example.org.evil.example"):
            with pytest.raises(InvalidStatus) as refused:
                async with WireClient.connect(server.host, additional_headers={**key, "Origin": origin}):
                    pass
            assert refused.value.response.status_code == 403
        async with WireClient.connect(server.host, additional_headers={**key, "Origin": HOME}) as client:
            await client.open_session()


async def test_an_allowed_page_may_ask_and_read_why_it_was_refused() -> None:
    async with locked_server(origins=(f"{HOME}/",)) as server:
        preflight = await server.http.options(
            "/v1/sessions",
            headers={
                "Origin": HOME,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization, content-type",
            },
        )
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == HOME
        assert "Authorization" in preflight.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in preflight.headers
        refused = await server.http.get("/v1/personas", headers={"Origin": HOME})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == HOME
        assert "Retry-After" in refused.headers["access-control-expose-headers"]
        stranger = await server.http.options(
            "/v1/sessions", headers={"Origin": ELSEWHERE, "Access-Control-Request-Method": "POST"}
        )
        assert stranger.status_code == 400
        assert "access-control-allow-origin" not in stranger.headers


async def test_a_name_that_was_made_to_point_here() -> None:
    """DNS rebinding: what a page reads of its own origin carries no Origin."""
    async with locked_server(lock=False, origins=("http://attune.lan:8000",)) as server:
        for host in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example"):
            answer = await server.http.get("/v1/sessions", headers={"Host": host})
            assert (answer.status_code, answer.json()["code"]) == (403, "host_refused"), host
        for host in ("localhost:8000", "127.0.0.1", "[::1]:8000", "attune.lan:8000"):
            assert (await server.http.get("/v1/sessions", headers={"Host": host})).status_code == 200, host


async def test_without_keys_what_a_proxy_passes_on_is_refused() -> None:
    async with locked_server(lock=False) as server:
        for headers in (
            {"X-Forwarded-For": "203.0.113.9"},
            {"X-Forwarded-For": "127.0.0.1, 203.0.113.9"},
            {"Forwarded": "for=203.0.113.9"},
        ):
            answer = await server.http.get("/v1/sessions", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "credentials_required")
        assert (await server.http.get("/v1/sessions", headers={"X-Forwarded-For": "127.0.0.1"})).status_code == 200


async def test_a_forged_address_is_believed_of_trusted_proxies_only() -> None:
    async with locked_server(requests_per_minute=2) as server:
        forged = [{"X-Forwarded-For": f"203.0.113.{number}"} for number in range(9)]
        codes = [(await server.http.get("/health", headers=each)).status_code for each in forged[:3]]
        assert codes == [200, 200, 429], "all from one address, whatever they say"
    async with locked_server(requests_per_minute=2, trusted_proxies=("127.0.0.0/8",)) as server:
        codes = [(await server.http.get("/health", headers=each)).status_code for each in forged]
        assert codes == [200] * 9
        again = [(await server.http.get("/health", headers=forged[0])).status_code for _ in range(2)]
        assert again == [200, 429]
        spoofed = {"X-Forwarded-For": "198.51.100.1, 203.0.113.0"}
        assert (await server.http.get("/health", headers=spoofed)).status_code == 429, "the last untrusted one counts"


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_other_machines_are_not_served_without_keys(host: str) -> None:
    open_to_all = Settings(_env_file=None, host=host)
    with pytest.raises(InputInvalid, match="attune keys add NAME"):
        refuse_exposure(open_to_all)
    refuse_exposure(open_to_all.model_copy(update={"allow_anonymous": True}))
    KeyFile(open_to_all.keys).add("phone", "ann")
    refuse_exposure(open_to_all)


def test_other_machines_are_served_with_tokens() -> None:
    refuse_exposure(Settings(_env_file=None, host="0.0.0.0", jwt_secret="x" * 32))
    for host in ("127.0.0.1", "localhost", "::1"):
        refuse_exposure(Settings(_env_file=None, host=host))


def test_the_command_refuses_before_it_fetches_anything() -> None:
    from api.cli.app import app

    result = CliRunner().invoke(app, ["serve", "--host", "0.0.0.0", "--port", "0"])
    assert isinstance(result.exception, InputInvalid)
    assert "0.0.0.0 can be reached from other machines" in str(result.exception)


async def test_an_application_without_its_server_answers_this_machine_only() -> None:
    """Whatever serves it, and wherever: who asks is what counts."""
    import httpx

    from api.app import create_app

    app = create_app(Settings(_env_file=None))
    for address, status in (("203.0.113.9", 401), ("::ffff:203.0.113.9", 401), ("", 401)):
        transport = httpx.ASGITransport(app, client=(address, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            assert (await client.get("/v1/nowhere")).status_code == status
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        transport = httpx.ASGITransport(app, client=(address, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            assert (await client.get("/v1/nowhere")).status_code == 404


@pytest.mark.parametrize("proxies", ["10.0.0.1/8", "everywhere", "10.0.0.0/33"])
def test_a_proxy_that_is_no_network(proxies: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.errors import SettingsInvalid
    from api.settings import load_settings

    monkeypatch.setenv("ATTUNE_TRUSTED_PROXIES", f"127.0.0.1, {proxies}")
    with pytest.raises(SettingsInvalid, match="no address and no network"):
        load_settings()


def test_a_host_that_cannot_be_served_on_is_left_to_the_server() -> None:
    with pytest.raises(OSError, match=r".") as unknown:
        socket.getaddrinfo("nowhere.invalid", None)
    assert isinstance(unknown.value, socket.gaierror)
    refuse_exposure(Settings(_env_file=None, host="nowhere.invalid"))
