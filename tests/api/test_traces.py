"""Traces of turns, which hold names, codes and times, and never words."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agent.errors import ChatModelUnreachable
from agent.testing import ScriptedChatModel
from api.errors import SettingsInvalid
from api.rest.testing import recording, rest_server
from api.settings import Settings, load_settings
from api.telemetry import Metrics, ServerWatcher
from api.telemetry.traces import Traces, open_traces

pytestmark = pytest.mark.server

MARKER = "xylophone-7391"
"""A word that people say in these tests, and that must be nowhere else."""
WORDS = f"my {MARKER}"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def _parents(found: tuple[ReadableSpan, ...]) -> dict[str, str | None]:
    names = {span.context.span_id: span.name for span in found}
    return {span.name: names[span.parent.span_id] if span.parent else None for span in found}


async def test_a_turn_is_a_tree_of_spans_without_words(spans: InMemorySpanExporter) -> None:
    async with rest_server() as rest:
        rest.app.state.serving.agent.watcher = ServerWatcher(Metrics(), Traces.into(SimpleSpanProcessor(spans)))
        session_id = await rest.begin()
        turn = (await rest.say(session_id, WORDS)).json()
    found = spans.get_finished_spans()
    parents = _parents(found)
    assert parents["turn"] is None
    nodes = {name for name in parents if name.startswith("node ")}
    assert {"node guard_input", "node fuse", "node persona.chat", "node check_reply", "node remember"} <= nodes
    assert {parents[name] for name in nodes} == {"turn"}
    assert parents["tool perceive_text"] == "node sense_words"
    assert parents["tool fuse_emotions"] == "node fuse"
    assert parents["chat scripted"] == "node persona.chat"
    by_name = {span.name: span for span in found}
    assert by_name["turn"].attributes == {
        "attune.session_id": session_id,
        "attune.turn_id": turn["turn_id"],
        "attune.outcome": "done",
    }
    chat = by_name["chat scripted"]
    assert chat.attributes is not None
    assert chat.attributes["gen_ai.request.model"] == "scripted"
    assert chat.attributes["attune.pieces"] == 3
    assert chat.attributes["attune.first_token_ms"] >= 0  # type: ignore[operator]
    assert [event.name for event in chat.events] == ["first token"]
    assert by_name["tool perceive_text"].attributes == {"attune.tool": "perceive_text", "attune.status": "ok"}
    assert MARKER not in "".join(span.to_json() for span in found)


async def test_the_senses_of_a_turn_run_beside_each_other(spans: InMemorySpanExporter) -> None:
    async with rest_server() as rest:
        rest.app.state.serving.agent.watcher = ServerWatcher(Metrics(), Traces.into(SimpleSpanProcessor(spans)))
        session_id = await rest.begin()
        await rest.http.post(f"/v1/sessions/{session_id}/turns", files={"audio": ("a.wav", recording())})
    parents = _parents(spans.get_finished_spans())
    assert parents["tool perceive_audio"] == parents["tool transcribe_speech"] == "node sense_raw"
    assert MARKER not in "".join(span.to_json() for span in spans.get_finished_spans())


async def test_a_broken_turn_says_in_which_step_and_not_what_was_said(spans: InMemorySpanExporter) -> None:
    broken = ScriptedChatModel([ChatModelUnreachable(f"could not answer {MARKER}")])
    async with rest_server(chat=broken) as rest:
        rest.app.state.serving.agent.watcher = ServerWatcher(Metrics(), Traces.into(SimpleSpanProcessor(spans)))
        await rest.say(await rest.begin(), WORDS)
    found = {span.name: span for span in spans.get_finished_spans()}
    for name in ("turn", "node persona.chat", "chat scripted"):
        assert not found[name].status.is_ok
        assert found[name].attributes is not None
        assert found[name].attributes["error.type"] == "ChatModelUnreachable"
    assert found["node recall"].attributes == {"attune.node": "recall"}
    assert MARKER not in "".join(span.to_json() for span in found.values())


class _Collector(BaseHTTPRequestHandler):
    got: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        self.got.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[str]:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    _Collector.got.clear()
    with HTTPServer(("127.0.0.1", 0), _Collector) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
        thread.join()


async def test_spans_leave_for_an_otlp_endpoint_before_the_server_is_gone(collector: str) -> None:
    async with rest_server(traces=collector) as rest:
        await rest.say(await rest.begin(), WORDS)
    assert {path for path, _ in _Collector.got} == {"/v1/traces"}
    body = b"".join(body for _, body in _Collector.got)
    assert b"perceive_text" in body
    assert MARKER.encode() not in body


async def test_spans_on_the_console_are_lines_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    async with rest_server(traces="console") as rest:
        await rest.say(await rest.begin(), WORDS)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    assert {"turn", "node route", "tool perceive_text"} <= {line["name"] for line in lines}


def test_traces_are_off_by_default_and_say_what_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_traces(Settings(_env_file=None).traces) is None
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace.export", None)
    with pytest.raises(SettingsInvalid, match=r"attune-agent\[telemetry\]"):
        open_traces("console")


@pytest.mark.parametrize("wrong", ["yes", "localhost:4318", "ftp://127.0.0.1", "http://"])
def test_traces_that_lead_nowhere_are_refused(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_TRACES", wrong)
    with pytest.raises(SettingsInvalid, match="ATTUNE_TRACES"):
        load_settings()
