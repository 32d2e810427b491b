"""The wire as TypeScript types: discriminated unions that erase to nothing, and the few numbers a client needs.

The module has no enums and no namespaces, so that a runtime that only strips types (node 22.6 and later) loads it as
it is.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from api.protocol.frames import REF, JsonSchema, WireSchemas, wire_schemas
from api.wire import CLOSINGS, ERROR_CODES, HEADER_SIZE, MAX_FRAME_BYTES, MediaKind

HEAD: Final = """\
// Made from the models in api/wire/ by: attune protocol typescript --out docs/protocol.ts
//
// A client ignores the types and fields that it does not know: frames and fields may be added, none is changed.
"""
BASE: Final = "ServerFrameBase"
"""Name of the interface that holds what every frame of the server has."""
_WIDTH: Final = 120


def typescript_module() -> str:
    """The module, as it is in `docs/protocol.ts`."""
    schemas = wire_schemas()
    shared = _shared([schemas.named[name] for name in schemas.server.values()])
    base = {"description": "What every frame of the server has.", "properties": shared, "required": list(shared)}
    server = set(schemas.server.values())
    parts = [HEAD, *_constants(), _error_codes(), _declaration(BASE, base)]
    parts += [_declaration(name, schema, shared if name in server else {}) for name, schema in schemas.named.items()]
    return "\n".join([*parts, *_unions(schemas)])


def _shared(schemas: Sequence[JsonSchema]) -> JsonSchema:
    """The fields that are alike in all of them."""
    first, *others = (schema["properties"] for schema in schemas)
    return {name: field for name, field in first.items() if all(other.get(name) == field for other in others)}


def _constants() -> Iterator[str]:
    kinds = ", ".join(f"{kind.name.lower()}: {kind.value}" for kind in MediaKind)
    yield _comment("Bytes before the payload of a binary frame.") + f"export const HEADER_BYTES = {HEADER_SIZE};\n"
    yield _comment("Bytes of the largest frame the server reads.") + (
        f"export const MAX_FRAME_BYTES = {MAX_FRAME_BYTES};\n"
    )
    yield _comment("First byte of a binary frame.") + f"export const MEDIA_KINDS = {{ {kinds} }} as const;\n"
    codes = "".join(
        _comment(closing.meaning, indent="  ") + f"  {code.name.lower()}: {code.value},\n"
        for code, closing in CLOSINGS.items()
    )
    yield _comment("With what the server closes a connection.") + (
        f"export const CLOSE_CODES = {{\n{codes}}} as const;\n"
    )
    final = ", ".join(str(code.value) for code, closing in CLOSINGS.items() if not closing.resume)
    yield _comment("Close codes after which a client does not resume by itself.") + (
        f"export const FINAL_CLOSE_CODES: readonly number[] = [{final}];\n"
    )


def _error_codes() -> str:
    listed = "".join(f"\n  // {meaning}\n  | {json.dumps(code)}" for code, meaning in ERROR_CODES.items())
    return _comment("`code` of an `error` frame; later servers may send others.") + (
        f"export type ErrorCode ={listed}\n  | (string & {{}});\n"
    )


def _declaration(name: str, schema: JsonSchema, inherited: JsonSchema | None = None) -> str:
    comment = _comment(schema.get("description", ""))
    if "properties" not in schema:
        return f"{comment}export type {name} ={_alternatives(_type(schema))};\n"
    required = set(schema.get("required", ()))
    own = {key: field for key, field in schema["properties"].items() if key not in (inherited or {})}
    fields = "".join(_field(name, key, field, key in required) for key, field in own.items())
    return f"{comment}export interface {name}{f' extends {BASE}' if inherited else ''} {{\n{fields}}}\n"


def _field(owner: str, name: str, schema: JsonSchema, required: bool) -> str:
    about = schema.get("description", "")
    if not required and schema.get("default") not in (None, ""):
        about += f" Where left out: {json.dumps(schema['default'])}."
    kind = "ErrorCode" if (owner, name) == ("ErrorFrame", "code") else _type(schema)
    return _comment(about, indent="  ") + f"  {name}{'' if required else '?'}: {kind};\n"


def _type(schema: JsonSchema) -> str:
    match schema:
        case {"$ref": str(reference)}:
            return reference.removeprefix(REF)
        case {"allOf": [part]}:
            return _type(part)
        case {"anyOf": list(parts)} | {"oneOf": list(parts)}:
            return _union(_type(part) for part in parts)
        case {"const": value}:
            return json.dumps(value)
        case {"enum": list(values)}:
            return _union(json.dumps(value) for value in values)
        case {"type": "array", "items": dict(items)}:
            inner = _type(items)
            return f"({inner})[]" if " " in inner else f"{inner}[]"
        case {"type": "object"}:
            return _record(schema)
        case {"type": "integer" | "number"}:
            return "number"
        case {"type": "string" | "boolean" | "null" as plain}:
            return str(plain)
    raise NotImplementedError(f"no TypeScript is known for the schema {schema!r}; teach api/protocol/typescript.py")


def _record(schema: JsonSchema) -> str:
    value = _type(schema["additionalProperties"])
    if "propertyNames" not in schema:
        return f"Record<string, {value}>"
    record = f"Record<{_type(schema['propertyNames'])}, {value}>"
    return record if schema.get("minProperties") else f"Partial<{record}>"


def _unions(schemas: WireSchemas) -> Iterator[str]:
    yield _comment("What a client sends as text.") + f"export type ClientFrame ={_members(schemas.client.values())};\n"
    yield _comment("What the server sends.") + f"export type ServerFrame ={_members(schemas.server.values())};\n"
    yield _comment("The frame of one `type`.") + (
        'export type ServerFrameOf<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;\n'
    )


def _members(names: Iterable[str]) -> str:
    return "".join(f"\n  | {name}" for name in names)


def _alternatives(kind: str) -> str:
    """A union that is too long for a line, one member a line."""
    return f" {kind}" if len(kind) < _WIDTH - 30 else "".join(f"\n  | {part}" for part in kind.split(" | "))


def _union(kinds: Iterable[str]) -> str:
    return " | ".join(dict.fromkeys(kinds))


def _comment(text: str, indent: str = "") -> str:
    """A doc comment, or nothing."""
    if not text:
        return ""
    safe = text.replace("*/", "*\\/")
    if "\n" not in safe and len(indent) + len(safe) + 7 <= _WIDTH:
        return f"{indent}/** {safe} */\n"
    width = _WIDTH - len(indent) - 3
    lines = [line for part in safe.split("\n") for line in textwrap.wrap(part, width) or [""]]
    return f"{indent}/**\n" + "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines) + f"{indent} */\n"
