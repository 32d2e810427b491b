"""`/v1/export`: everything that is kept of the caller, streamed page by page."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from api.export_formats import Kind, encoded
from api.rest.affect import Moment
from api.rest.asking import Shared, UserId, chosen_type
from api.rest.refusals import responses
from api.rest.routing import PrivateRoute

TYPES: Final = {"jsonl": "application/x-ndjson", "json": "application/json", "csv": "text/csv"}


def export_routes() -> APIRouter:
    """Export."""
    router = APIRouter(route_class=PrivateRoute, tags=["history"])
    text, rows = {"schema": {"type": "string"}}, {"schema": {"type": "array", "items": {"type": "object"}}}
    content = dict.fromkeys(TYPES.values(), text) | {TYPES["json"]: rows}
    router.add_api_route(
        "/v1/export",
        get_export,
        methods=["GET"],
        response_class=StreamingResponse,
        responses=responses() | {200: {"description": "As it comes.", "content": content}},
    )
    return router


async def get_export(
    request: Request,
    user: UserId,
    shared: Shared,
    kind: Annotated[
        Kind,
        Query(alias="format", description="`jsonl`: a row a line; `json`: an array; `csv`: one table of all rows."),
    ] = "jsonl",
    since: Annotated[Moment, Query(description="Only what began then or later; RFC 3339.")] = None,
    until: Annotated[Moment, Query(description="Only what began before; RFC 3339.")] = None,
) -> StreamingResponse:
    """Sessions with their receipts of consent, turns with what was observed, as `attune export` writes them."""
    media_type = chosen_type(request, (TYPES[kind],))
    rows = shared.agent.memory.export(user, since=since, until=until)
    headers = {"content-disposition": f'attachment; filename="attune-export.{kind}"', "cache-control": "no-store"}
    return StreamingResponse(_pieces(rows, kind), media_type=media_type, headers=headers)


async def _pieces(rows: AsyncGenerator[dict[str, Any], None], kind: Kind) -> AsyncIterator[bytes]:
    async with aclosing(rows):
        async for piece in encoded(rows, kind):
            yield piece
