"""The figures of a server."""

from __future__ import annotations

import pytest

from agent.errors import ChatModelUnreachable
from agent.testing import ScriptedChatModel
from api.rest.testing import rest_server
from api.telemetry import Metrics

pytestmark = pytest.mark.server

MARKER = "xylophone-7391"
"""A word that people say in these tests, and that must be nowhere else."""
WORDS = f"my {MARKER}"


async def test_turns_tools_answers_and_errors_are_counted() -> None:
    async with rest_server() as rest:
        await rest.say(await rest.begin(), WORDS)
        await rest.http.get("/v1/personas/nobody")
        await rest.http.get("/nowhere/at/all")
        await rest.http.request("BREW", "/health")
        answer = await rest.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = answer.text
    assert 'attune_turn_duration_seconds_count{persona="chat"} 1.0' in text
    for tool in ("perceive_text", "fuse_emotions", "chat_model"):
        assert f'attune_tool_duration_seconds_count{{status="ok",tool="{tool}"}} 1.0' in text
    turns = 'method="POST",route="/v1/sessions/{session_id}/turns",status="200"'
    assert f"attune_http_request_duration_seconds_count{{{turns}}} 1.0" in text
    assert 'attune_http_request_duration_seconds_count{method="GET",route="unmatched",status="404"} 1.0' in text
    assert 'attune_errors_total{code="unknown_persona"} 1.0' in text
    assert "BREW" not in text
    assert MARKER not in text


async def test_what_people_choose_is_no_label() -> None:
    async with rest_server() as rest:
        started = await rest.http.post("/v1/sessions", json={"custom": f"you are a {MARKER}"})
        session_id = started.json()["session_id"]
        await rest.http.post(f"/v1/sessions/{session_id}/notice", json={"consent": {}})
        assert (await rest.say(session_id, "hello")).status_code == 200
        text = (await rest.http.get("/metrics")).text
    assert 'attune_turn_duration_seconds_count{persona="custom"} 1.0' in text
    assert MARKER not in text
    assert session_id not in text


def test_two_servers_in_a_process_do_not_mix() -> None:
    first, second = Metrics(), Metrics()
    first.error("internal")
    assert b"attune_errors_total{" in first.text()
    assert b"attune_errors_total{" not in second.text()


async def test_a_broken_chat_model_is_a_figure() -> None:
    broken = ScriptedChatModel([ChatModelUnreachable("nobody there")])
    async with rest_server(chat=broken) as rest:
        answer = await rest.say(await rest.begin(), WORDS)
        text = (await rest.http.get("/metrics")).text
    assert (answer.status_code, answer.json()["code"]) == (503, "chat_model_unreachable")
    assert answer.headers["retry-after"] == "1"
    assert 'attune_tool_duration_seconds_count{status="error",tool="chat_model"} 1.0' in text
    assert 'attune_errors_total{code="chat_model_unreachable"} 1.0' in text
