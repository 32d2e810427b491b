"""Finds out who calls, before anything else of the application sees the request."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from api.identity.caller import THIS_MACHINE, put_caller


class Identity:
    """Puts the caller into the scope."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            put_caller(scope, THIS_MACHINE)
        await self._app(scope, receive, send)
