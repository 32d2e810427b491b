"""The pages on the wire cannot lie: every frame and code is there, and every example is run against a server."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from api.linking.testing import REPLY, Road, scripted_app
from api.protocol.frames import CLIENT_MODELS, SERVER_MODELS, frame_type
from api.testing import Json, WireClient, served
from api.wire import CLOSINGS, ERROR_CODES, INLINE_BYTES, MAX_FRAME_BYTES
from api.wire.binary import FIELDS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "wire.md").read_text("utf-8")
EXAMPLES = (DOCS / "wire-examples.md").read_text("utf-8")
ADDRESS = "127.0.0.1:8000"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", EXAMPLES, flags=re.DOTALL | re.MULTILINE)


def run_python(program: str) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(program, "docs/wire-examples.md", "exec"), {"__name__": "example"})
    return said.getvalue()


@pytest.mark.unit
def test_the_page_names_every_frame_field_and_code() -> None:
    for model in (*CLIENT_MODELS, *SERVER_MODELS):
        assert re.search(rf"\b{re.escape(frame_type(model))}\b", PAGE), frame_type(model)
    for code, meaning in ERROR_CODES.items():
        assert f"| `{code}` | {meaning} |\n" in PAGE, f"write into docs/wire.md: | `{code}` | {meaning} |"
    for close, closing in CLOSINGS.items():
        row = f"| {int(close)} | {closing.meaning} | {'yes' if closing.resume else 'no'} |\n"
        assert row in PAGE, f"write into docs/wire.md: {row}"
    for field in FIELDS:
        assert f"| {field.offset} | {field.size} | {field.name} | {field.meaning} |\n" in PAGE
    assert f"{MAX_FRAME_BYTES:,} bytes" in PAGE
    assert f"{INLINE_BYTES:,} bytes" in PAGE
    listed = re.findall(r"^\| `([a-z_]+)` \|", PAGE, flags=re.MULTILINE)
    assert listed == list(ERROR_CODES), "a code that is gone, or the order"


@pytest.mark.unit
def test_what_the_javascript_holds_final_is_final() -> None:
    (listed,) = re.findall(r"const final = \[([\d, ]+)]", EXAMPLES)
    assert [int(code) for code in listed.split(",")] == [
        int(c) for c, closing in CLOSINGS.items() if not closing.resume
    ]


EXPECTED = (
    ("felt: sad", REPLY),
    ("vision ok", "audio ok", "text ok", "interrupted: True"),
    ("['session.started']", f"2 {REPLY}"),
    (REPLY, "['reply.done', 'session.started']"),
)


@pytest.mark.server
def test_every_python_example_has_its_expectation() -> None:
    assert len(blocks("python")) == len(EXPECTED)


@pytest.mark.server
@pytest.mark.parametrize("number", range(len(EXPECTED)))
async def test_the_python_examples_run(number: int) -> None:
    # slow enough to be interrupted on a busy machine
    async with served(scripted_app(delay=0.05)) as host:
        program = blocks("python")[number]
        assert ADDRESS in program
        said = await asyncio.to_thread(run_python, program.replace(ADDRESS, host))
    for expected in EXPECTED[number]:
        assert expected in said


def node_with_websocket() -> list[str]:
    path = shutil.which("node")
    if path is None:
        pytest.skip("node is not installed")
    for options in ([], ["--experimental-websocket"]):
        asked = subprocess.run(
            [path, *options, "-e", "console.log(typeof WebSocket)"], capture_output=True, text=True, check=False
        )
        if asked.stdout.strip() == "function":
            return [path, *options, "--no-warnings"]
    pytest.skip("this node has no WebSocket")


@pytest.mark.server
async def test_the_javascript_example_runs(tmp_path: Path) -> None:
    node = await asyncio.to_thread(node_with_websocket)
    (program,) = blocks("javascript")
    file = tmp_path / "example.mjs"
    async with served(scripted_app(delay=0.01)) as host:
        file.write_text(program.replace(ADDRESS, host), "utf-8")
        process = await asyncio.create_subprocess_exec(
            *node, str(file), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, err.decode()) == (0, "")
    notice, felt, reply = out.decode().strip().rsplit("\n", 2)
    assert "AI" in notice
    assert (felt, reply) == ("felt: sad", REPLY)


@pytest.mark.server
async def test_the_javascript_example_goes_on_after_its_connection_broke(tmp_path: Path) -> None:
    node = await asyncio.to_thread(node_with_websocket)
    (program,) = blocks("javascript")
    file = tmp_path / "example.mjs"
    async with served(scripted_app(delay=0.3)) as host, Road.to(host) as road:
        file.write_text(program.replace(ADDRESS, road.host), "utf-8")
        process = await asyncio.create_subprocess_exec(*node, str(file), stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        while not (await process.stdout.readline()).startswith(b"felt"):
            pass
        await asyncio.sleep(0.5)
        road.cut()
        out = await asyncio.wait_for(process.stdout.read(), 60)
        await process.wait()
        assert road.travellers == 2
    assert out.decode().strip() == REPLY


def alike(shown: Any, came: Any) -> bool:
    """What came is what the page shows, where `…` stands for anything."""
    if shown == "…":
        return True
    if isinstance(shown, dict):
        return isinstance(came, dict) and shown.keys() == came.keys() and all(alike(shown[k], came[k]) for k in shown)
    return bool(shown == came)


@pytest.mark.server
async def test_the_lines_for_wscat_say_what_is_sent_and_what_comes() -> None:
    (lines,) = blocks("wscat")
    command, *typed = lines.splitlines()
    assert command == f"$ wscat -c ws://{ADDRESS}/v1/ws"
    async with served(scripted_app(delay=0.01)) as host, WireClient.connect(host) as client:
        skipping = False
        for line in typed:
            match line[:2], line[2:]:
                case "> ", sent:
                    await client.connection.send(sent)
                case "< ", shown:
                    frame = await expected(client, json.loads(shown), skipping)
                    assert alike(json.loads(shown), frame), f"{shown} is shown, {json.dumps(frame)} came"
                    skipping = False
                case _:
                    assert line == "…"
                    skipping = True


async def expected(client: WireClient, shown: Json, skipping: bool) -> Json:
    frame = await client.receive()
    while skipping and frame["type"] != shown["type"]:
        frame = await client.receive()
    return frame


@pytest.mark.unit
def test_a_line_that_lies_is_noticed() -> None:
    assert alike({"a": "…", "b": [1]}, {"a": {"x": 1}, "b": [1]})
    assert not alike({"a": "…"}, {"a": 1, "b": 2})
    assert not alike({"a": {"b": 1}}, {"a": {"b": 2}})
