"""The door of the application: who calls is found out before anything else sees the request."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.identity.bodies import BodyGuard
from api.identity.caller import put_caller
from api.identity.door import Door, address_of
from api.identity.errors import Refused
from api.identity.rates import Rates
from api.identity.sockets import GuardedSocket, put_turn_counter

if TYPE_CHECKING:
    from api.settings import Settings

log = logging.getLogger(__name__)


class Identity:
    """Lets in who may come in, as often as they may; whom it lets in stands in the scope (`caller_of`)."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        """Stand before an application.

        Raises:
            SettingsInvalid: what is set for tokens cannot be used.
        """
        self._app = app
        self._rates = Rates()
        self._door = Door(settings, self._rates)
        self._bodies = BodyGuard(app, pause=settings.request_timeout, whole=settings.body_timeout)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        socket = scope["type"] == "websocket"
        address = address_of(scope)
        try:
            entry = await self._door.admit(scope)
            what, limit = ("handshakes", entry.limits.handshakes) if socket else ("requests", entry.limits.requests)
            self._rates.count(what, limit, who=entry.who, address=address)
        except Refused as refusal:
            # neither what was shown nor the path, in which anything may stand
            log.info("turned away %s of %s: %s", what_is_asked(scope), address, refusal.code)
            await refuse(refusal, scope, receive, send)
            return
        put_caller(scope, entry.caller)
        put_turn_counter(scope, entry, self._rates, address)
        if socket:
            guard = GuardedSocket(scope, receive, send, entry=entry)
            watching = asyncio.create_task(guard.watch())
            try:
                await self._app(scope, guard.receive, guard.send)
            finally:
                watching.cancel()
        else:
            await self._bodies(scope, receive, send)


def what_is_asked(scope: Scope) -> str:
    """`a request` or `a handshake`."""
    return "a handshake" if scope["type"] == "websocket" else "a request"


async def refuse(refusal: Refused, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request, or a handshake, that is turned away."""
    if scope["type"] == "websocket":
        await receive()
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008, "reason": refusal.code})
            return
    headers = {"Cache-Control": "no-store", **refusal.headers}
    response = JSONResponse(refusal.as_dict(), refusal.status, headers)
    await response(scope, receive, send)
