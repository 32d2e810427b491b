"""The personas of a server. They change with its configuration only, so a cache may keep them and ask again."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request, Response

from api.rest.asking import Shared, accepts_json
from api.rest.refusals import Refused, responses
from api.rest.routing import PrivateRoute
from api.rest.shapes import PersonaDetailShape, PersonasShape, Shape
from personas import Persona, UnknownPersona

_NOT_MODIFIED: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "As the one with that `ETag`."}}

Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,31}$", description="Of a persona.")]


def persona_routes() -> APIRouter:
    """List and show."""
    router = APIRouter(route_class=PrivateRoute, dependencies=[Depends(accepts_json)], tags=["personas"])
    router.add_api_route(
        "/v1/personas",
        get_personas,
        methods=["GET"],
        response_model=PersonasShape,
        responses=responses() | _NOT_MODIFIED,
    )
    router.add_api_route(
        "/v1/personas/{name}",
        get_persona,
        methods=["GET"],
        response_model=PersonaDetailShape,
        responses=responses(404) | _NOT_MODIFIED,
    )
    return router


async def get_personas(request: Request, shared: Shared) -> Response:
    """Who can answer."""
    book = shared.agent.book
    listed = [_persona(book.get(name)) for name in book.names]
    return _cached(request, PersonasShape.model_validate({"personas": listed}))


async def get_persona(request: Request, name: Name, shared: Shared) -> Response:
    """One persona, without its prompt."""
    try:
        persona = shared.agent.book.get(name)
    except UnknownPersona as error:
        raise Refused("unknown_persona", str(error), field="name", status=404) from error
    detail = _persona(persona) | {
        "greeting": {lang: persona.greeting_in(lang) for lang in persona.languages},
        "style": persona.style,
        "trust": persona.trust,
        "questions": persona.questions,
    }
    return _cached(request, PersonaDetailShape.model_validate(detail))


def _persona(persona: Persona) -> dict[str, Any]:
    return {"name": persona.name, "title": persona.title, "languages": [*persona.languages]}


def _cached(request: Request, shape: Shape) -> Response:
    body = shape.model_dump_json().encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    known = request.headers.get("if-none-match", "")
    # a proxy may have weakened the tag
    if known.strip() == "*" or tag in {each.strip().removeprefix("W/") for each in known.split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
