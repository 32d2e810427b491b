"""Turns: those that were, a page at a time, and a new one, whole or as it comes."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.agent import TEXT_LIMIT
from agent.errors import EmptyTurn, NoticeNotAcknowledged
from agent.events import TurnInput
from api.identity import count_turn
from api.rest.asking import EVENTS, FORM, JSON, OwnSession, Shared, accepts_json, body_type, chosen_type, wrong_body
from api.rest.forms import FLAG, bad_field, file_of, flag_of, form_of, words_of
from api.rest.refusals import Refused, responses, told
from api.rest.routing import MEDIA_BYTES, MediaRoute
from api.rest.running import HttpTurn
from api.rest.shapes import TurnShape, TurnsShape
from api.wire.client import Inline, Lang, has_too_many_parts, shortened
from api.wire.limits import MOST_PARTS
from memory import SessionRecord
from perception.media import decode_image
from perception.media.audio import decode_audio

FIELDS: Final = ("text", "image", "audio", "crop", "lang")
KEEP_ALIVE_S: Final = 15.0
"""Seconds without a frame after which a stream says that it lives: proxies cut what is silent."""


class TurnRequest(BaseModel):
    """What a person sends: words, a picture, a recording, or any of them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    text: Annotated[str, Field(max_length=TEXT_LIMIT)] = ""
    """Typed words."""
    image: Inline | None = None
    """A JPEG, PNG, WebP or BMP file in base64 or as a data URL, at most 6,000,000 bytes; larger ones go in a form."""
    audio: Inline | None = None
    """A WAV, FLAC, Ogg, MP3, WebM or M4A file in base64 or as a data URL, at most 6,000,000 bytes."""
    crop: bool = False
    """The picture is a face crop already."""
    lang: Lang | None = None
    """ISO 639-1 code of the reply, for this turn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Brought:
    text: str
    image: bytes | None
    audio: bytes | None
    crop: bool
    lang: str | None


def turn_routes() -> APIRouter:
    """Turns of a session."""
    router = APIRouter(route_class=MediaRoute, tags=["turns"])
    router.add_api_route(
        "/v1/sessions/{session_id}/turns",
        get_turns,
        methods=["GET"],
        response_model=TurnsShape,
        responses=responses(404),
        dependencies=[Depends(accepts_json)],
    )
    router.add_api_route(
        "/v1/sessions/{session_id}/turns",
        post_turn,
        methods=["POST"],
        response_model=TurnShape,
        responses=responses(400, 404, 409, 413, 415, 502) | {200: {"content": {EVENTS: {"schema": _STREAM}}}},
        openapi_extra={"requestBody": _BODY},
    )
    return router


async def get_turns(
    record: OwnSession,
    shared: Shared,
    limit: Annotated[int, Query(ge=1, le=200, description="Turns at most.")] = 50,
    cursor: Annotated[
        str | None,
        Query(pattern=r"^[1-9][0-9]{0,9}$", description="`next` of the page after; by default the last turns."),
    ] = None,
) -> dict[str, Any]:
    """Turns of a conversation, oldest first, beginning with the page of the latest."""
    before = int(cursor) if cursor else None
    turns = await shared.agent.memory.history(record.session_id, limit=limit, before=before)
    more = bool(turns) and turns[0].number > 1
    return {"turns": [turn.as_dict() for turn in turns], "next": str(turns[0].number) if more else None}


async def post_turn(request: Request, record: OwnSession, shared: Shared) -> Response:
    """One whole turn. The answer is the turn, or with `Accept: text/event-stream` the frames of the wire as they come.

    A stream ends with `reply.done` or `error`. Once it has begun its status is 200, whatever happens then. A client
    that goes away does not end the turn: it is found with `GET .../turns`.
    """
    form = chosen_type(request, (JSON, EVENTS))
    brought = await _brought(request)
    if record.acknowledged_at is None:
        raise NoticeNotAcknowledged(
            "nothing is perceived or answered before the notice is acknowledged; POST to .../notice"
        )
    if not (brought.text.strip() or brought.image or brought.audio):
        raise EmptyTurn("the message is empty; send text, image or audio")
    count_turn(request)
    turn, task = shared.turns.begin(record, await _decoded(brought))
    if form == EVENTS:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(_events(turn), media_type=EVENTS, headers=headers)
    # the turn outlives whoever waits for it
    await asyncio.shield(task)
    if turn.failure is not None:
        return told(request, turn.failure)
    return JSONResponse(await _kept(turn, record, shared))


async def _kept(turn: HttpTurn, record: SessionRecord, shared: Shared) -> dict[str, Any]:
    assert turn.done is not None, "it did not break"
    written = await shared.agent.memory.history(record.session_id, limit=1, before=turn.done.number + 1)
    return TurnShape.model_validate(written[-1].as_dict()).model_dump(mode="json")


async def _events(turn: HttpTurn) -> AsyncIterator[bytes]:
    """Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    async with aclosing(turn.frames(KEEP_ALIVE_S)) as frames:
        async for frame in frames:
            if frame is None:
                yield b": alive\n\n"
            else:
                yield f"event: {frame.type}\nid: {frame.seq}\ndata: {frame.model_dump_json()}\n\n".encode()


async def _brought(request: Request) -> _Brought:
    kind = body_type(request)
    if kind == JSON:
        return _of_json(await request.body())
    if kind == FORM:
        return await _of_form(request)
    raise wrong_body(request, (JSON, FORM))


def _of_json(body: bytes) -> _Brought:
    if has_too_many_parts(body):
        raise Refused("bad_json", f"the body has more than {MOST_PARTS:,} commas and brackets; send fewer fields")
    try:
        asked = TurnRequest.model_validate_json(body)
    except ValidationError as error:
        raise wrong(error) from error
    return _Brought(
        text=asked.text,
        image=_from_base64(asked.image, "image"),
        audio=_from_base64(asked.audio, "audio"),
        crop=asked.crop,
        lang=asked.lang,
    )


def wrong(error: ValidationError) -> Refused:
    """The refusal of a JSON body."""
    found = error.errors(include_url=False)[0]
    if found["type"] == "json_invalid":
        return Refused("bad_json", f"the body is no JSON: {found['ctx']['error']}; send one object")
    field = shortened(".".join(str(part) for part in found["loc"]))
    return Refused("bad_field", f"{field or 'body'}: {found['msg'].lower()}", field=field or None)


async def _of_form(request: Request) -> _Brought:
    form = await form_of(request, fields=FIELDS, limit=MEDIA_BYTES, files=2)
    try:
        brought = _Brought(
            text=words_of(form, "text") or "",
            image=await file_of(form, "image"),
            audio=await file_of(form, "audio"),
            crop=flag_of(form, "crop"),
            lang=words_of(form, "lang") or None,
        )
    finally:
        await form.close()
    try:
        TurnRequest(text=brought.text, lang=brought.lang)
    except ValidationError as error:
        raise wrong(error) from error
    return brought


async def _decoded(brought: _Brought) -> TurnInput:
    """Decode off the event loop.

    Raises:
        MediaError: a picture or a recording cannot be read.
    """
    return TurnInput(
        text=brought.text,
        frame=await asyncio.to_thread(decode_image, brought.image, crop=brought.crop) if brought.image else None,
        clip=await asyncio.to_thread(decode_audio, brought.audio) if brought.audio else None,
        lang=brought.lang,
    )


def _from_base64(text: str | None, field: str) -> bytes | None:
    if text is None:
        return None
    encoded = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad_field(field, f"{field} is not base64 ({error}); encode the file's bytes") from error


_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        JSON: {"schema": TurnRequest.model_json_schema()},
        FORM: {
            "schema": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "maxLength": TEXT_LIMIT},
                    "image": {"type": "string", "format": "binary"},
                    "audio": {"type": "string", "format": "binary"},
                    "crop": FLAG,
                    "lang": {"type": "string"},
                },
                "additionalProperties": False,
            }
        },
    },
}
_STREAM: Final = {"type": "string", "description": "Frames of the wire, named by their type; see docs/wire.md."}
