"""Every request gets an id, a line in the log and a place in the figures. Neither holds its query or its body."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import TYPE_CHECKING, Final, cast

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.telemetry.context import REQUEST

if TYPE_CHECKING:
    from api.serving import Serving

log = logging.getLogger("api.access")

HEADER: Final = "X-Request-ID"
UNMATCHED: Final = "unmatched"
GONE: Final = 499
"""The status in log and figures of a request whose client went away before it was answered, as nginx has it."""

_GIVEN: Final = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


class Requests:
    """Stands before everything else of an application."""

    def __init__(self, app: ASGIApp) -> None:
        """Take what to stand before."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        before = REQUEST.set(request_id)
        try:
            if scope["type"] == "http":
                await self._answered(request_id, scope, receive, send)
            else:
                await self._app(scope, receive, send)
        finally:
            REQUEST.reset(before)

    async def _answered(self, request_id: str, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter(), GONE

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            seconds = time.perf_counter() - began
            route = str(getattr(scope.get("route"), "path", UNMATCHED))
            # a method that nobody knows is a name that a client chose
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            if (serving := getattr(scope["app"].state, "serving", None)) is not None:
                cast("Serving", serving).metrics.answered(method, route, status, seconds)
            facts = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
            log.info("%s %s %d in %.1f ms", method, route, status, facts["ms"], extra={"facts": facts})


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
