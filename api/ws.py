"""`/v1/ws`: the live conversation. Its frames are in `api/wire/`, what they do in `api/live/`."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from api.live import Connection
from api.serving import serving


def live_routes() -> APIRouter:
    """The WebSocket."""
    router = APIRouter()
    router.add_api_websocket_route("/v1/ws", live)
    return router


async def live(socket: WebSocket) -> None:
    """Serve one client."""
    shared = serving(socket)
    lang = shared.settings.lang or preferred_language(socket.headers.get("accept-language", ""))
    await Connection(socket, agent=shared.agent, sessions=shared.sessions, lang=lang).run()


def preferred_language(accepted: str) -> str:
    """`zh` where a browser's `Accept-Language` names Chinese first, else `en`."""
    return "zh" if accepted.strip().lower().startswith("zh") else "en"
