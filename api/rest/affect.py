"""`/v1/affect/timeline`: how a person felt, turn by turn, across their sessions."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from pydantic import BeforeValidator

from api.rest.asking import Shared, UserId, accepts_json
from api.rest.refusals import responses
from api.rest.routing import PrivateRoute
from api.rest.shapes import TimelineShape

_RFC3339: Final = re.compile(
    r"[1-9]\d{3}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


def moment_of(value: str) -> datetime:
    """A moment as RFC 3339 writes it.

    Raises:
        ValueError: it is none, or has no time zone.
    """
    # a plus sign that was not escaped arrives as a space
    text = re.sub(r" (?=\d{2}:\d{2}$)", "+", value)
    if not _RFC3339.fullmatch(text):
        raise ValueError(f"{value!r} is no moment with a time zone; write it as 2026-03-01T09:00:00Z")
    try:
        return datetime.fromisoformat(text.upper())
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{value!r} is no moment ({error}); write it as 2026-03-01T09:00:00Z") from error


Moment = Annotated[datetime | None, BeforeValidator(lambda value: value if value is None else moment_of(value))]


def affect_routes() -> APIRouter:
    """The timeline."""
    router = APIRouter(route_class=PrivateRoute, dependencies=[Depends(accepts_json)], tags=["affect"])
    router.add_api_route(
        "/v1/affect/timeline", get_timeline, methods=["GET"], response_model=TimelineShape, responses=responses()
    )
    return router


async def get_timeline(
    user: UserId,
    shared: Shared,
    since: Annotated[Moment, Query(description="Only turns that began then or later; RFC 3339.")] = None,
    until: Annotated[Moment, Query(description="Only turns that began before; RFC 3339.")] = None,
    limit: Annotated[int, Query(ge=1, le=5000, description="Points at most; the newest are kept.")] = 500,
) -> dict[str, Any]:
    """How the caller felt, oldest first. A turn without affect is a point without scores."""
    points = await shared.agent.memory.timeline(user, since=since, until=until, limit=limit)
    return {"points": [point.as_dict() for point in points]}
