"""Whether a server lives, whether it can work, and its figures. None of it tells of people."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from api.health import health
from api.readiness import OK
from api.rest.asking import Shared
from api.rest.refusals import responses
from api.rest.routing import PrivateRoute
from api.rest.shapes import HealthShape, NotReadyShape, ReadyShape
from api.telemetry.metrics import CONTENT_TYPE


def health_routes() -> APIRouter:
    """Health, readiness and metrics."""
    router = APIRouter(route_class=PrivateRoute, tags=["operation"])
    router.add_api_route(
        "/health",
        get_health,
        methods=["GET"],
        response_model=HealthShape,
        response_model_exclude_unset=True,
        responses=responses(),
    )
    router.add_api_route(
        "/ready",
        get_ready,
        methods=["GET"],
        response_model=ReadyShape,
        responses=responses() | {503: {"model": NotReadyShape, "description": "Not all of it can work; says what."}},
    )
    router.add_api_route(
        "/metrics",
        get_metrics,
        methods=["GET"],
        response_class=Response,
        responses=responses() | {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    return router


async def get_health(shared: Shared) -> dict[str, Any]:
    """Chat model, senses with their models, version. Loads nothing, and is 200 as long as the server answers at all."""
    return await asyncio.to_thread(health, shared.agent, shared.settings.weights_policy)


async def get_ready(shared: Shared) -> Any:
    """Whether turns can be answered: the chat model, the database, the weights of the senses that are on."""
    checks = await shared.readiness.checks()
    wrong = [f"{name}: {why}" for name, why in checks.items() if why != OK]
    if not wrong:
        return ReadyShape(status="ready", checks=checks)
    shape = NotReadyShape(status="not_ready", checks=checks, code="not_ready", message="; ".join(wrong), retryable=True)
    return JSONResponse(shape.model_dump(exclude_none=True), 503, {"retry-after": "5"})


async def get_metrics(shared: Shared) -> Response:
    """Figures of this server in the text format of Prometheus."""
    return Response(shared.metrics.text(), media_type=CONTENT_TYPE)
