"""The HTTP routes, a file for each topic."""

from __future__ import annotations

from fastapi import APIRouter

from api.rest.affect import affect_routes
from api.rest.analyze import analyze_routes
from api.rest.document import describe
from api.rest.export import export_routes
from api.rest.health import health_routes
from api.rest.live_vision import live_vision_routes
from api.rest.perceive import perceive_routes
from api.rest.personas import persona_routes
from api.rest.refusals import install
from api.rest.sessions import session_routes
from api.rest.turns import turn_routes

_TOPICS = (
    health_routes,
    session_routes,
    turn_routes,
    persona_routes,
    affect_routes,
    perceive_routes,
    live_vision_routes,
    analyze_routes,
    export_routes,
)


def rest_routes() -> APIRouter:
    """All of them."""
    router = APIRouter()
    for routes in _TOPICS:
        router.routes.extend(routes().routes)
    return router


__all__ = ["describe", "install", "rest_routes"]
