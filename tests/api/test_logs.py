"""The log of a server, and that it holds neither what people say nor secrets."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from agent.chat_models.endpoint import EndpointModel
from agent.testing import ScriptedEndpoint
from api.rest.testing import recording, rest_server, scripted_senses
from api.settings import Settings
from api.telemetry.context import SESSION
from api.telemetry.logs import JsonFormatter, TextFormatter, configure_logs
from api.testing import WireClient

pytestmark = pytest.mark.server

MARKER = "xylophone-7391"
"""A word that people say in these tests, and that must be nowhere else."""
WORDS = f"my {MARKER}"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that any logger says at level info, as lines of JSON."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield out
    root.removeHandler(handler)
    root.setLevel(before)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


async def test_no_line_holds_what_was_said_whatever_the_door(log: io.StringIO) -> None:
    with ScriptedEndpoint("normal", "cut", "error", reply=f"So your {MARKER} is lost. What now?") as endpoint:
        chat = EndpointModel(endpoint.base_url, "sk-secret-of-the-endpoint", "any", trust_env=False, retries=0)
        async with rest_server(chat=chat, senses=scripted_senses(f"I lost my {MARKER}")) as rest:
            session_id = await rest.begin()
            for _ in range(3):
                await rest.say(session_id, WORDS)
            await rest.http.post(f"/v1/sessions/{session_id}/turns", files={"audio": ("a.wav", recording())})
            await rest.http.post(f"/v1/sessions/{session_id}/turns", json={"text": {"is": MARKER}})
            await rest.http.post("/v1/analyze", json={"texts": [MARKER]})
            await rest.http.get(f"/v1/sessions/{session_id}/turns")
            async with WireClient.connect(rest.host) as wire:
                await wire.open_session()
                await wire.send("user.message", text=MARKER)
                await wire.receive()
                await wire.send("user.message", text={"is": MARKER})
                await wire.send(MARKER)
                await wire.ask("ping")
    text = log.getvalue()
    assert len(lines(log)) > 10
    assert "xylophone" not in text
    assert "secret" not in text


async def test_a_line_tells_of_request_session_and_turn(log: io.StringIO) -> None:
    async with rest_server() as rest:
        session_id = await rest.begin()
        answer = await rest.http.post(
            f"/v1/sessions/{session_id}/turns", json={"text": "hi"}, headers={"x-request-id": "mine-12345"}
        )
    assert answer.headers["x-request-id"] == "mine-12345"
    found = lines(log)
    (turn,) = [line for line in found if line["message"] == "turn done"]
    assert (turn["level"], turn["logger"]) == ("info", "api.telemetry.watching")
    assert (turn["request_id"], turn["session_id"], turn["turn_id"]) == (
        "mine-12345",
        session_id,
        answer.json()["turn_id"],
    )
    accesses = [line for line in found if line["logger"] == "api.access"]
    assert {"method": "POST", "route": "/v1/sessions/{session_id}/turns", "status": 200}.items() <= accesses[-1].items()
    assert len({line["request_id"] for line in accesses}) == len(accesses)


async def test_a_query_is_in_no_line_and_an_id_is_no_way_into_the_log(log: io.StringIO) -> None:
    async with rest_server() as rest:
        await rest.http.get("/v1/affect/timeline?user_id=local&token=hunter2-hunter2&since=2020-01-01T00:00:00Z")
        answer = await rest.http.get("/health", headers={"x-request-id": 'a b"{}'})
        await rest.http.get("/nowhere?key=hunter2-hunter2")
    assert answer.headers["x-request-id"] != 'a b"{}'
    # the client of this test has a log too
    ours = [json.dumps(line) for line in lines(log) if line["logger"] != "httpx"]
    assert any("/v1/affect/timeline" in line for line in ours)
    assert not any("hunter2" in line for line in ours)


def _record(message: str, *args: object, **more: Any) -> logging.LogRecord:
    return logging.LogRecord("api.test", logging.WARNING, __file__, 1, message, args, more.get("exc_info"))


@pytest.mark.parametrize(
    "secret",
    [
        "sk-abcdefgh12345678",
        f"attune_{'0a' * 6}_{'x' * 43}",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
        "the password of the operator",
    ],
)
def test_secrets_are_struck_out_of_what_others_write(secret: str) -> None:
    for kind in (JsonFormatter, TextFormatter):
        formatter = kind(["the password of the operator"])
        try:
            raise ValueError(f"the endpoint refused {secret}")
        except ValueError:
            text = formatter.format(_record("Authorization: Bearer %s", secret, exc_info=sys.exc_info()))
        assert secret not in text
        assert "***" in text


def test_a_message_cannot_forge_a_line() -> None:
    forged = _record("name %r\n2026-01-01 info api: all is well", "x\r\n")
    text = TextFormatter().format(forged)
    assert [line.startswith("    ") for line in text.split("\n")] == [False, True]
    assert len(JsonFormatter().format(forged).splitlines()) == 1


def test_an_error_in_json_has_its_kind_and_its_trace() -> None:
    before = SESSION.set("s1")
    try:
        try:
            raise KeyError("x")
        except KeyError:
            line = json.loads(JsonFormatter().format(_record("broke", exc_info=sys.exc_info())))
    finally:
        SESSION.reset(before)
    assert (line["error"], line["session_id"], line["level"]) == ("KeyError", "s1", "warning")
    assert "Traceback" in line["trace"]


@pytest.mark.parametrize(("kind", "begins"), [("json", "{"), ("text", "20")])
def test_settings_say_how_and_how_much_is_logged(
    kind: Any, begins: str, capsys: pytest.CaptureFixture[str], restored: None
) -> None:
    configure_logs(Settings(_env_file=None, log=kind, log_level="info"))
    logging.getLogger("api.test").info("ours")
    logging.getLogger("api.test").debug("too small")
    logging.getLogger("httpx").info("theirs")
    logging.getLogger("httpx").warning("theirs, and grave")
    said = capsys.readouterr().err.splitlines()
    assert [line.startswith(begins) for line in said] == [True, True]
    assert ("ours" in said[0], "grave" in said[1]) == (True, True)


@pytest.fixture
def restored() -> Iterator[None]:
    """Logging as it was, whatever is configured."""
    root = logging.getLogger()
    handlers, level = [*root.handlers], root.level
    ours = [logging.getLogger(name) for name in ("agent", "api", "evals", "memory", "perception", "personas")]
    levels = [logger.level for logger in ours]
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for logger, before in zip(ours, levels, strict=True):
        logger.setLevel(before)
