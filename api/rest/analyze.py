"""`/v1/analyze`: sentiment and emotions of the texts of a small table. Larger ones are for `attune analyze`."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile

from api.analyze import scorer_of
from api.analyze.rows import felt_text
from api.analyze.scoring import score
from api.analyze.tally import Tally
from api.analyze.values import DIGITS, Row, Verdict
from api.rest.asking import FORM, JSON, Shared, accepts_json, body_type, wrong_body
from api.rest.forms import bad_field, form_of, words_of
from api.rest.refusals import Refused, responses
from api.rest.routing import PrivateRoute
from api.rest.shapes import AnalysisShape
from api.rest.turns import wrong
from perception import EMOTIONS, Modality
from perception.text.sentiment import POLARITIES

ROWS: Final = 500
"""Of one table."""
TEXT_CHARS: Final = 10_000
"""Of one text."""
TABLE_BYTES: Final = 1_000_000
"""Of a table, or of the texts."""
BATCH: Final = 32
"""Texts felt at a time: turns that come meanwhile have their words felt in between."""

_DELIMITERS: Final = (",", ";", "\t", "|")
_LARGER: Final = "larger tables are for the command attune analyze"


class AnalyzeRequest(BaseModel):
    """Texts to be felt, each for itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    texts: Annotated[list[Annotated[str, Field(max_length=TEXT_CHARS)]], Field(min_length=1, max_length=ROWS)]
    """In order."""
    lang: Annotated[str, Field(pattern="^(en|zh)$")] | None = None
    """Of all texts, `en` or `zh`; by default it is told from each."""


class _TableRoute(PrivateRoute):
    limit = TABLE_BYTES + 64_000


def analyze_routes() -> APIRouter:
    """Small tables."""
    router = APIRouter(route_class=_TableRoute, dependencies=[Depends(accepts_json)], tags=["perception"])
    router.add_api_route(
        "/v1/analyze",
        post_analyze,
        methods=["POST"],
        response_model=AnalysisShape,
        responses=responses(400, 413, 415),
        openapi_extra={"requestBody": _BODY},
    )
    return router


async def post_analyze(request: Request, shared: Shared) -> dict[str, Any]:
    """Sentiment and seven emotions of each text, in order, and how often there was which. Nothing is stored."""
    kind = body_type(request)
    if kind == JSON:
        rows, lang = _of_json(await request.body())
    elif kind == FORM:
        rows, lang = await _of_form(request)
    else:
        raise wrong_body(request, (JSON, FORM))
    verdicts = await _felt(shared, rows, lang)
    return {"rows": [_shown(*each) for each in zip(rows, verdicts, strict=True)], "summary": _summary(verdicts)}


async def _felt(shared: Shared, rows: Sequence[Row], lang: str | None) -> list[Verdict]:
    senses = shared.agent.senses
    sense = senses.perceiver(Modality.TEXT)
    if sense is None:
        raise Refused("sense_off", "the text sense of this server is off; its operator can set ATTUNE_TEXT=embedded")
    scorer = scorer_of(sense)
    await senses.warm_up([Modality.TEXT])
    verdicts: list[Verdict] = []
    rest = iter(rows)
    while batch := [*islice(rest, BATCH)]:
        try:
            verdicts += await senses.run(Modality.TEXT, partial(score, batch, scorer, lang))
        except TimeoutError as error:
            raise Refused("sense_busy", "the text sense took too long; send fewer rows", retryable=True) from error
    return verdicts


def _shown(row: Row, verdict: Verdict) -> dict[str, Any]:
    scores = verdict.observation.scores if verdict.observation else None
    sentiment = verdict.sentiment
    return {
        "row": row.number,
        "status": verdict.status,
        "sentiment": sentiment.top.value if sentiment else None,
        "intensity": round(sentiment.intensity, DIGITS) if sentiment else None,
        "emotion": scores.top.value if scores else None,
        "confidence": round(scores.confidence, DIGITS) if scores else None,
        "emotions": {e.value: round(p, DIGITS) for e, p in zip(EMOTIONS, scores.values, strict=True)}
        if scores
        else None,
        "faults": [fault.cause for fault in verdict.faults],
    }


def _summary(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    tally = Tally()
    for verdict in verdicts:
        tally.add(verdict)
    intensity = tally.mean_intensity
    return {
        "rows": tally.rows,
        "answered": tally.answered,
        "sentiments": {side.value: n for side, n in zip(POLARITIES, tally.sides, strict=True)},
        "emotions": {emotion.value: n for emotion, n in zip(EMOTIONS, tally.emotions, strict=True)},
        "mean_intensity": None if intensity is None else round(intensity, DIGITS),
    }


def _row(number: int, cell: str | None) -> Row:
    text, status, faults = felt_text(cell, missing=cell is None)
    return Row(number=number, text=text, status=status, faults=faults)


def _of_json(body: bytes) -> tuple[list[Row], str | None]:
    try:
        asked = AnalyzeRequest.model_validate_json(body)
    except ValidationError as error:
        raise wrong(error) from error
    return [_row(number, text) for number, text in enumerate(asked.texts, 1)], asked.lang


async def _of_form(request: Request) -> tuple[list[Row], str | None]:
    form = await form_of(request, fields=("file", "column", "lang"), limit=_TableRoute.limit, files=1)
    try:
        table = form.get("file")
        if not isinstance(table, UploadFile):
            raise bad_field("file", "file is the CSV table; send it with a file name")
        data = await table.read()
        column, lang = words_of(form, "column") or "text", words_of(form, "lang") or None
    finally:
        await form.close()
    if lang not in (None, "en", "zh"):
        raise bad_field("lang", f"lang is en or zh, got {lang[:20]!r}")
    cells = await asyncio.to_thread(_column, data, column)
    return [_row(number, cell) for number, cell in enumerate(cells, 1)], lang


def _column(data: bytes, name: str) -> list[str | None]:
    """The cells of a column; None in rows that are too short for it.

    Raises:
        Refused: no table that can be read, without that column, or too large.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unusable("the table is not UTF-8; save it as CSV UTF-8") from error
    try:
        for delimiter in _DELIMITERS:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            header = next(reader, [])
            if name in header:
                at = header.index(name)
                rows = [*islice((row for row in reader if row), ROWS + 1)]
                break
        else:
            raise _unusable(
                f"column: {name[:80]!r} is not in the first row; name the column that holds the texts", "column"
            )
    except csv.Error as error:
        raise _unusable(f"the table cannot be read ({error}); {_LARGER}, which also mends broken ones") from error
    if len(rows) > ROWS:
        raise _unusable(f"the table has more than {ROWS} rows; {_LARGER}")
    cells = [row[at] if at < len(row) else None for row in rows]
    if any(len(cell or "") > TEXT_CHARS for cell in cells):
        raise _unusable(f"a text has more than {TEXT_CHARS:,} characters; {_LARGER}")
    return cells


def _unusable(message: str, field: str = "file") -> Refused:
    return Refused("table_unusable", message, field=field)


_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        JSON: {"schema": AnalyzeRequest.model_json_schema()},
        FORM: {
            "schema": {
                "type": "object",
                "properties": {
                    "file": {"type": "string", "format": "binary", "description": "A CSV table in UTF-8."},
                    "column": {"type": "string", "description": "Which column holds the texts; by default `text`."},
                    "lang": {"type": "string", "enum": ["en", "zh", ""]},
                },
                "required": ["file"],
                "additionalProperties": False,
            }
        },
    },
}
