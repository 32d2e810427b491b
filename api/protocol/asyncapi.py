"""The wire as an AsyncAPI 3.0 document (https://www.asyncapi.com/docs/reference/specification/v3.0.0).

It describes the server: it *receives* the frames of clients and *sends* its own, on one channel.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final

from pydantic import BaseModel

from api.protocol.frames import CLIENT_MODELS, REF, SERVER_MODELS, documentation, frame_type, wire_schemas
from api.wire import CLOSINGS, ERROR_CODES, HEADER_SIZE, MAX_FRAME_BYTES
from api.wire.binary import FIELDS
from api.wire.subprotocols import KEY_PROTOCOL, PROTOCOL

Document = dict[str, Any]

HEAD: Final = "# Made from the models in api/wire/ by: attune protocol asyncapi --out docs/asyncapi.yaml\n"
MEDIA: Final = "media"
"""Name of the message that is a binary frame."""

_ABOUT: Final = """\
One WebSocket carries a conversation: JSON text frames, and binary frames for pictures and sound. Each frame names
its `type`. Frames and fields may be added; none is changed. A client ignores the types and fields that it does not
know; the server refuses fields that it does not know.

A session begins with `session.start`; the server answers with the notice, and does nothing else before `notice.ack`.
Every frame of the server has `seq`, without gaps in a session, and `turn`. After a broken connection,
`session.resume` brings what was missed."""


def asyncapi_document() -> Document:
    """The document, JSON-ready."""
    schemas = wire_schemas()
    client = {frame_type(model): _message(model, schemas.client) for model in CLIENT_MODELS}
    server = {frame_type(model): _message(model, schemas.server) for model in SERVER_MODELS}
    server["error"]["x-error-codes"] = dict(ERROR_CODES)
    messages = {**client, MEDIA: _media(), **server}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Attune, the live conversation",
            "version": version("attune-agent"),
            "description": "\n\n".join(" ".join(part.split()) for part in _ABOUT.split("\n\n")),
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {"live": _channel(list(messages))},
        "operations": _operations(),
        "components": {
            "messages": messages,
            "schemas": dict(schemas.named),
            "securitySchemes": _keys(),
        },
    }


def asyncapi_yaml() -> str:
    """The document in YAML, as it is in `docs/asyncapi.yaml`."""
    import yaml

    return HEAD + yaml.dump(
        asyncapi_document(), Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=120, default_flow_style=False
    )


def _servers() -> Document:
    return {
        "local": {
            "host": "127.0.0.1:8000",
            "protocol": "ws",
            "description": "`attune serve` on this machine, as it comes: nobody is asked who they are.",
        },
        "open": {
            "host": "{host}",
            "protocol": "wss",
            "description": "A server with keys, behind TLS. Any one of these shows a key or a token.",
            "variables": {"host": {"default": "attune.example.org", "description": "Its name."}},
            "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in _keys()],
        },
    }


def _keys() -> Document:
    return {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "`Authorization: Bearer KEY`, an API key or a JSON Web Token.",
        },
        "key": {"type": "httpApiKey", "in": "header", "name": "X-API-Key", "description": "An API key."},
        "subprotocol": {
            "type": "httpApiKey",
            "in": "header",
            "name": "Sec-WebSocket-Protocol",
            "description": f"`{PROTOCOL}, {KEY_PROTOCOL}KEY`, for pages: they cannot set other headers of a WebSocket.",
        },
    }


def _channel(names: list[str]) -> Document:
    return {
        "address": "/v1/ws",
        "title": "The live conversation",
        "description": f"No frame may be larger than {MAX_FRAME_BYTES:,} bytes.",
        "servers": [{"$ref": f"#/servers/{name}"} for name in _servers()],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"ws": {"method": "GET", "headers": _handshake(), "bindingVersion": "0.1.0"}},
        "x-close-codes": {
            str(code.value): {"name": code.name.lower(), "meaning": closing.meaning, "resume": closing.resume}
            for code, closing in CLOSINGS.items()
        },
    }


def _handshake() -> Document:
    return {
        "type": "object",
        "properties": {
            "Accept-Language": {
                "type": "string",
                "description": "Language of notice and greeting for a session that names none.",
            },
            "Sec-WebSocket-Protocol": {"type": "string", "description": f"`{PROTOCOL}`, or nothing."},
        },
    }


def _operations() -> Document:
    received = {frame_type(model): _received(model) for model in CLIENT_MODELS}
    media = {"action": "receive", **_on_channel(MEDIA), "summary": "A picture or a piece of a recording."}
    sent = {
        frame_type(model): {
            "action": "send",
            **_on_channel(frame_type(model)),
            "summary": _summary(model),
        }
        for model in SERVER_MODELS
    }
    return {**received, MEDIA: media, **sent}


def _received(model: type[BaseModel]) -> Document:
    operation = {"action": "receive", **_on_channel(frame_type(model)), "summary": _summary(model)}
    answers = getattr(model, "answers", ())
    return {**operation, "reply": _on_channel(*answers, "error")} if answers else operation


def _on_channel(*types: str) -> Document:
    return {
        "channel": {"$ref": "#/channels/live"},
        "messages": [{"$ref": f"#/channels/live/messages/{name}"} for name in types],
    }


def _message(model: type[BaseModel], names: Any) -> Document:
    name = frame_type(model)
    described = documentation(model)
    message: Document = {"name": name, "title": name, "summary": _summary(model)}
    if described != message["summary"]:
        message["description"] = described
    return {**message, "payload": {"$ref": REF + names[name]}}


def _media() -> Document:
    fields = "".join(f"\n| {f.offset} | {f.size} | {f.name} | {f.meaning} |" for f in FIELDS)
    return {
        "name": MEDIA,
        "title": "binary frame",
        "summary": "A picture or a piece of a recording: a header, then the payload.",
        "description": (
            f"A header of {HEADER_SIZE} bytes, big-endian, then the payload of at least one byte.\n\n"
            f"| offset | bytes | field | meaning |\n|---|---|---|---|{fields}"
        ),
        "contentType": "application/octet-stream",
        "payload": {"type": "string", "format": "binary", "minLength": HEADER_SIZE + 1},
    }


def _summary(model: type[BaseModel]) -> str:
    """The first sentence."""
    first, *_ = documentation(model).split(". ")
    return first.rstrip(".") + ("" if first.endswith("?") else ".")


def _dumper() -> Any:
    """Writes paragraphs as blocks, and never an alias."""
    import yaml

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    class Dumper(yaml.SafeDumper):
        ignore_aliases = staticmethod(lambda _: True)  # type: ignore[assignment]

    Dumper.add_representer(str, text)
    return Dumper
