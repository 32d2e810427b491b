"""The frames as JSON Schema 2020-12, tidied: what the server reads exactly, and what it writes with room to grow."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from api.wire import ClientFrame, ServerFrame

JsonSchema = dict[str, Any]

REF: Final = "#/components/schemas/"
"""Before the name of a schema that another one refers to."""
CLIENT_MODELS: Final[tuple[type[BaseModel], ...]] = get_args(get_args(ClientFrame)[0])
"""Every frame a client sends, in the order in which the wire declares them."""
SERVER_MODELS: Final[tuple[type[BaseModel], ...]] = get_args(get_args(ServerFrame)[0])
"""Every frame the server sends, likewise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WireSchemas:
    """The schemas of all frames and of what they hold."""

    named: Mapping[str, JsonSchema]
    """By name; they refer to each other by `REF` and a name."""
    client: Mapping[str, str]
    """Name of the schema for each `type` that a client sends."""
    server: Mapping[str, str]
    """Likewise for each that the server sends."""


def frame_type(model: type[BaseModel]) -> str:
    """`type` of a frame."""
    return str(model.model_fields["type"].default)


def documentation(model: type[BaseModel]) -> str:
    """What a frame means: its docstring, its lines joined."""
    return _joined(inspect.getdoc(model) or "")


def wire_schemas() -> WireSchemas:
    """The schemas, as the models are now."""
    client, server = _definitions(CLIENT_MODELS, "validation"), _definitions(SERVER_MODELS, "serialization")
    for schema in server.values():
        if "properties" in schema:
            # every field is written, also where it has its default; and frames may gain fields, which a client has to
            # bear
            schema["required"] = list(schema["properties"])
            schema.pop("additionalProperties", None)
    differ = {name for name, schema in server.items() if name in client and client[name] != schema}
    renamed = {name: f"{name}Sent" if name in differ else name for name in server}
    sent = {renamed[name]: _with_names(schema, renamed) for name, schema in server.items()}
    return WireSchemas(
        named={**client, **sent},
        client={frame_type(model): model.__name__ for model in CLIENT_MODELS},
        server={frame_type(model): renamed[model.__name__] for model in SERVER_MODELS},
    )


def _definitions(models: tuple[type[BaseModel], ...], mode: JsonSchemaMode) -> dict[str, JsonSchema]:
    _, document = models_json_schema([(model, mode) for model in models], ref_template=REF + "{model}")
    definitions: dict[str, JsonSchema] = document["$defs"]
    frames = [model.__name__ for model in models]
    ordered = [*frames, *(name for name in definitions if name not in frames)]
    return {name: _definition(definitions[name]) for name in ordered}


def _definition(schema: JsonSchema) -> JsonSchema:
    """A schema of its own, without what pydantic adds for forms."""
    tidied: JsonSchema = _tidied(schema)
    kind = tidied.get("properties", {}).get("type", {})
    if "const" in kind:
        # the models fill it in for Python; on the wire it must be there
        kind.pop("default", None)
        tidied["required"] = ["type", *(name for name in tidied.get("required", []) if name != "type")]
    return tidied


def _tidied(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_tidied(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return _without_siblings(dict(_parts(schema)))


def _parts(schema: JsonSchema) -> Iterator[tuple[str, Any]]:
    for key, value in schema.items():
        if key == "properties":
            yield key, {name: _tidied(field) for name, field in value.items()}
        elif key == "description":
            yield key, _joined(value)
        elif key != "title":
            yield key, value if key in ("default", "const", "enum", "required") else _tidied(value)


def _without_siblings(schema: JsonSchema) -> JsonSchema:
    """Readers of AsyncAPI follow draft 7, where what stands beside a `$ref` is ignored."""
    if "$ref" not in schema or len(schema) == 1:
        return schema
    return {"allOf": [{"$ref": schema.pop("$ref")}], **schema}


def _with_names(schema: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(schema, list):
        return [_with_names(part, renamed) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: REF + renamed[value.removeprefix(REF)] if key == "$ref" else _with_names(value, renamed)
        for key, value in schema.items()
    }


def _joined(text: str) -> str:
    """Paragraphs, each on one line."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n")).strip()
