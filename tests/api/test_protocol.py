"""The documents of the wire: as committed, valid by the rules of AsyncAPI 3.0, and true to what the models take."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from api.live.failures import CODES
from api.protocol import asyncapi_document, asyncapi_yaml, typescript_module
from api.protocol.frames import CLIENT_MODELS, SERVER_MODELS, frame_type
from api.wire import CLOSINGS, ERROR_CODES, HEADER_SIZE, CloseCode, WireError, parse_client
from api.wire.binary import FIELDS, HEADER

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
ASYNCAPI, TYPESCRIPT = ROOT / "docs" / "asyncapi.yaml", ROOT / "docs" / "protocol.ts"

TEXT, LINKS = {"type": "string", "minLength": 1}, {"type": "string", "format": "uri"}
MORE = {"^x-": {}}
REFERENCE = {"type": "object", "required": ["$ref"], "properties": {"$ref": TEXT}, "additionalProperties": False}
ABOUT = {"title": TEXT, "summary": TEXT, "description": TEXT}


def structure(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "patternProperties": MORE,
        "additionalProperties": False,
    }


def each(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "patternProperties": {r"^[\w.\-]+$": schema}}


# the parts of the specification that the document uses
ON_CHANNEL = {"channel": REFERENCE, "messages": {"type": "array", "items": REFERENCE, "minItems": 1}}
REPLY = structure({**ON_CHANNEL, "address": {}}, "channel")
OPERATION = structure(
    {"action": {"enum": ["send", "receive"]}, **ON_CHANNEL, **ABOUT, "reply": REPLY, "security": {}, "tags": {}},
    "action",
    "channel",
)
MESSAGE = structure({"name": TEXT, **ABOUT, "payload": {"type": "object"}, "contentType": TEXT, "examples": {}})
KEYS = {"security": {"type": "array", "items": REFERENCE}, "variables": each({"type": "object"})}
SERVER = structure({"host": TEXT, "protocol": TEXT, **ABOUT, **KEYS}, "host", "protocol")
CHANNEL = structure(
    {
        "address": {"type": ["string", "null"]},
        **ABOUT,
        "servers": {"type": "array", "items": REFERENCE, "uniqueItems": True},
        "messages": each(REFERENCE),
        "bindings": {"type": "object", "properties": {"ws": {"type": "object"}}},
    }
)
SECURITY = {"type": "object", "required": ["type"], "properties": {"type": {"enum": ["http", "httpApiKey", "apiKey"]}}}
RULES = structure(
    {
        "asyncapi": {"const": "3.0.0"},
        "id": LINKS,
        "info": structure(
            {"version": TEXT, **ABOUT, "license": structure({"name": TEXT, "url": LINKS}, "name")},
            "title",
            "version",
        ),
        "defaultContentType": TEXT,
        "servers": each(SERVER),
        "channels": each(CHANNEL),
        "operations": each(OPERATION),
        "components": structure(
            {"messages": each(MESSAGE), "schemas": each({"type": "object"}), "securitySchemes": each(SECURITY)}
        ),
    },
    "asyncapi",
    "info",
)  # fmt: skip


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi_document()


def pointed(document: dict[str, Any], reference: str) -> Any:
    assert reference.startswith("#/"), reference
    place: Any = document
    for part in reference[2:].split("/"):
        place = place[part]
    return place


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


@cache
def checker(message: str) -> Draft202012Validator:
    components = asyncapi_document()["components"]
    return Draft202012Validator({**components["messages"][message]["payload"], "components": components})


@pytest.mark.parametrize(
    ("path", "made"), [(ASYNCAPI, asyncapi_yaml), (TYPESCRIPT, typescript_module)], ids=["asyncapi", "typescript"]
)
def test_what_is_committed_is_what_the_models_say(path: Path, made: Any) -> None:
    name = "asyncapi" if path is ASYNCAPI else "typescript"
    assert path.read_text("utf-8") == made(), f"write it again: attune protocol {name} --out docs/{path.name}"


def test_the_document_keeps_the_rules_of_asyncapi(document: dict[str, Any]) -> None:
    assert yaml.safe_load(asyncapi_yaml()) == document
    assert [error.message for error in Draft202012Validator(RULES).iter_errors(document)] == []
    for reference in references(document):
        assert isinstance(pointed(document, reference), dict), reference
    channel = document["channels"]["live"]["messages"]
    for operation in document["operations"].values():
        for part in (operation, operation.get("reply")):
            # messages of an operation are those of its channel, and not the components themselves
            for message in part["messages"] if part else ():
                assert message["$ref"].removeprefix("#/channels/live/messages/") in channel


def test_the_rules_refuse_what_breaks_them(document: dict[str, Any]) -> None:
    for broken in (
        {**document, "asyncapi": "2.6.0"},
        {**document, "surprise": 1},
        {**document, "operations": {"x": {"action": "shout", "channel": {"$ref": "#/channels/live"}}}},
        {**document, "channels": {"a b": {}}},
    ):
        assert not Draft202012Validator(RULES).is_valid(broken)


def test_every_frame_is_a_message_with_a_schema_and_words(document: dict[str, Any]) -> None:
    messages = document["components"]["messages"]
    types = {frame_type(model) for model in (*CLIENT_MODELS, *SERVER_MODELS)}
    assert set(messages) == {*types, "media"} == set(document["operations"])
    for name, message in messages.items():
        Draft202012Validator.check_schema(message["payload"])
        assert message["summary"].endswith((".", "?")), name
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema["description"], name
    received = {name for name, one in document["operations"].items() if one["action"] == "receive"}
    assert received == {*(frame_type(model) for model in CLIENT_MODELS), "media"}


def test_every_answer_is_a_frame_of_the_server() -> None:
    known = {frame_type(model) for model in SERVER_MODELS}
    for model in CLIENT_MODELS:
        assert set(model.answers) <= known, model  # type: ignore[attr-defined]


def test_codes_are_those_that_are_sent() -> None:
    sent = {code for _, code in CODES} | {"internal", "memory_unusable"}
    for path in (ROOT / "api").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "WireError":
                (first, *_) = call.args
                if isinstance(first, ast.Constant):
                    sent.add(first.value)
    assert sent <= set(ERROR_CODES), "give them a meaning in api/wire/codes.py"
    assert set(CLOSINGS) == set(CloseCode)


def test_the_header_is_as_described(document: dict[str, Any]) -> None:
    assert [(f.offset, f.size) for f in FIELDS] == [(0, 1), (1, 1), (2, 2), (4, 4), (8, 8)]
    assert sum(f.size for f in FIELDS) == HEADER_SIZE == HEADER.size
    described = document["components"]["messages"]["media"]["description"]
    assert all(f"| {f.offset} | {f.size} | {f.name} |" in described for f in FIELDS)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.sampled_from(["", "chat", "en", "sad", "custom:x", "zh-CN", "queue", "x" * 2001, "你好", "a b"]),
    st.just({}),
    st.just({"vision": True}),
    st.just({"vision": "yes"}),
    st.just([1]),
)
NAMES = sorted({name for model in CLIENT_MODELS for name in model.model_fields} - {"type"} | {"surprise"})


@given(
    kind=st.sampled_from([frame_type(model) for model in CLIENT_MODELS]),
    fields=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3),
    own=st.booleans(),
)
@settings(max_examples=400, deadline=None)
def test_the_schemas_take_what_the_server_takes(kind: str, fields: dict[str, Any], own: bool) -> None:
    known = next(model for model in CLIENT_MODELS if frame_type(model) == kind).model_fields
    frame = {"type": kind, **{name: value for name, value in fields.items() if not own or name in known}}
    try:
        parse_client(json.dumps(frame))
    except WireError:
        taken = False
    else:
        taken = True
    assert checker(kind).is_valid(frame) is taken, frame


def test_typescript_has_every_frame_and_exact_fields() -> None:
    module = typescript_module()
    for model in (*CLIENT_MODELS, *SERVER_MODELS):
        assert f'type: "{frame_type(model)}";' in module
    assert "any" not in re.findall(r"\w+", re.sub(r"//.*|/\*.*?\*/|\".*?\"", "", module, flags=re.DOTALL))
    start = module.partition("export interface SessionStart ")[2].partition("}")[0]
    assert '  type: "session.start";\n' in start
    assert "  persona?: string | null;\n" in start
    error = module.partition("export interface ErrorFrame ")[2].partition("}\n")[0]
    assert "  retry_after_s: number | null;\n" in error
    assert "?:" not in error, "the server writes every field"
    assert "  code: ErrorCode;\n" in error
    assert module.count("  seq: number;") == 1


def node(*needs: int) -> str:
    """Where node is, of a version at least as high."""
    path = shutil.which("node")
    if path is None:
        pytest.skip("node is not installed")
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    version = tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2])
    if version < needs:
        pytest.skip(f"node {said.strip()} is older than {'.'.join(map(str, needs))}")
    return path


def test_node_loads_a_program_that_uses_the_types(tmp_path: Path) -> None:
    path = node(22, 6)
    shutil.copy(TYPESCRIPT, tmp_path / "protocol.ts")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "program.ts").write_text(
        'import { CLOSE_CODES, FINAL_CLOSE_CODES, HEADER_BYTES, MEDIA_KINDS } from "./protocol.ts";\n'
        'import type { ServerFrame, ServerFrameOf, UserMessage } from "./protocol.ts";\n'
        'const message: UserMessage = { type: "user.message", text: "hi" };\n'
        "function shown(frame: ServerFrame): string {\n"
        '  if (frame.type === "reply.delta") return frame.text;\n'
        '  const done = frame as ServerFrameOf<"reply.done">;\n'
        "  return done.text;\n"
        "}\n"
        'console.log(message.type, shown({ seq: 1, turn: 1, type: "reply.delta", text: "hello" }),\n'
        "  HEADER_BYTES, MEDIA_KINDS.pcm16, FINAL_CLOSE_CODES.includes(CLOSE_CODES.resumed_elsewhere));\n"
    )
    result = subprocess.run(
        [path, "--experimental-strip-types", "--no-warnings", "program.ts"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stdout) == (0, "user.message hello 16 2 true\n"), result.stderr


def attune(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", "protocol", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        timeout=60,
        check=False,
    )


def test_the_command_prints_and_writes(tmp_path: Path) -> None:
    printed = attune("asyncapi")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert printed.stdout == ASYNCAPI.read_text("utf-8")
    written = attune("typescript", "--out", str(tmp_path / "protocol.ts"))
    assert (written.returncode, written.stdout, written.stderr) == (0, "", "")
    assert (tmp_path / "protocol.ts").read_bytes() == TYPESCRIPT.read_bytes()
    refused = attune("typescript", "--out", str(tmp_path / "nowhere" / "protocol.ts"))
    assert refused.returncode == 1
    assert "nowhere" in refused.stderr
    assert refused.stderr.count("\n") == 1
    taught = attune("asyncapi", "--help")
    assert "docs/asyncapi.yaml" in taught.stdout
