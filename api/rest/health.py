"""Whether a server lives, whether it can work, and its figures."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from api.health import health
from api.rest.asking import Shared
from api.telemetry.metrics import CONTENT_TYPE


def health_routes() -> APIRouter:
    """Health and metrics."""
    router = APIRouter()
    router.add_api_route("/health", get_health, methods=["GET"])
    router.add_api_route("/metrics", get_metrics, methods=["GET"])
    return router


async def get_health(shared: Shared) -> dict[str, Any]:
    """Chat model, senses with their models, version. Loads nothing."""
    return await asyncio.to_thread(health, shared.agent, shared.settings.weights_policy)


async def get_metrics(shared: Shared) -> Response:
    """Figures of this server in the text format of Prometheus."""
    return Response(shared.metrics.text(), media_type=CONTENT_TYPE)
