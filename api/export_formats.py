"""The rows of an export as bytes, row by row: lines of JSON, one JSON document, or a table for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final, Literal

from perception import EMOTIONS

Kind = Literal["jsonl", "json", "csv"]

_EMOTIONS: Final = tuple(emotion.value for emotion in EMOTIONS)

COLUMNS: Final = (
    *("kind", "user_id", "session_id", "number", "turn_id", "created_at", "started_at", "finished_at", "captured_at"),
    *(
        "acknowledged_at",
        "consent",
        "offers",
        "deployment_context",
        "persona",
        "route_reason",
        "lang",
        "user_text",
        "transcript",
    ),
    *("reply", "interrupted", "modality", "status", "model", "top", *_EMOTIONS, "valence", "arousal", "confidence"),
    *("reliability", "quality", "latency_ms", "shares", "conflicts", "fired", "notes", "cues", "trace"),
    *("at", "read", "emotion", "text", "shared"),
)
"""Of the table. A row of kind `turn` has its affect; each of its observations follows as one of kind `observation`."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With what a spreadsheet begins a formula, or skips before one. Source: OWASP, CSV Injection."""


async def encoded(rows: AsyncIterator[dict[str, Any]], kind: Kind) -> AsyncIterator[bytes]:
    """What a file of that kind holds, piece by piece; a piece is a row or a few, so that memory stays as it is.

    Args:
        rows: As `AffectMemory.export` gives them.
        kind: `jsonl`: a JSON object a line. `json`: an array of them. `csv`: RFC 4180 in UTF-8 with a byte order mark,
            which makes Excel read Chinese; cells in which a spreadsheet would see a formula begin with an apostrophe.
    """
    match kind:
        case "jsonl":
            async for row in rows:
                yield _json(row) + b"\n"
        case "json":
            before = b"[\n"
            async for row in rows:
                yield before + _json(row)
                before = b",\n"
            yield b"[]\n" if before == b"[\n" else b"\n]\n"
        case "csv":
            yield "\ufeff".encode() + _line(dict(zip(COLUMNS, COLUMNS, strict=True)))
            async for row in rows:
                yield b"".join(_line(cells) for cells in flat(row))


def flat(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A row of an export as rows of the table: a turn is followed by its observations."""
    if row["kind"] != "turn":
        yield dict(row)
        return
    affect, seen = row["affect"] or {}, row["observations"]
    own = {name: value for name, value in row.items() if name not in ("affect", "observations")}
    yield {**own, **_felt(affect), **{name: value for name, value in affect.items() if name != "scores"}}
    for modality, observation in seen.items():
        place = {name: row[name] for name in ("session_id", "number", "turn_id")}
        yield {"kind": "observation", **place, **observation, "modality": modality, **_felt(observation)}


def _felt(holder: Mapping[str, Any]) -> dict[str, Any]:
    return dict(holder.get("scores") or {})


def _line(cells: Mapping[str, Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([_cell(cells.get(name)) for name in COLUMNS])
    return text.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return f"'{value}" if value.startswith(_FORMULA) else value
        case _:
            # begins with a bracket or a brace
            return json.dumps(value, ensure_ascii=False)


def _json(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "replace")
