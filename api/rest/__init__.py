"""The HTTP routes, a file for each topic."""

from __future__ import annotations

from fastapi import APIRouter

from api.rest.health import health_routes
from api.rest.perceive import perceive_routes


def rest_routes() -> APIRouter:
    """All of them."""
    router = APIRouter()
    for routes in (health_routes, perceive_routes):
        router.include_router(routes())
    return router


__all__ = ["rest_routes"]
