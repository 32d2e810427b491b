"""The body of a request: how large it may be, and how long it may take to come."""

from __future__ import annotations

import time
from asyncio import timeout
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.identity.errors import Refused
from api.wire.limits import MAX_FRAME_BYTES

BODY_BYTES: Final = MAX_FRAME_BYTES
"""Of a request that is no form: as much as a frame of the wire."""
FORM_BYTES: Final = 100_000_000
"""Of a form, which carries files; routes that take forms allow less."""

_CLOSE: Final = {"Connection": "close", "Cache-Control": "no-store"}


class BodyGuard:
    """Reads no more of a body, and waits no longer for it, than it should."""

    def __init__(self, app: ASGIApp, *, pause: float, whole: float) -> None:
        """Stand before an application.

        Args:
            app: What to guard.
            pause: Seconds between two pieces of a body.
            whole: Seconds that all of it may take.
        """
        self._app = app
        self._pause = pause
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        form = headers.get("content-type", "").startswith("multipart/form-data")
        body = _Body(receive, send, limit=FORM_BYTES if form else BODY_BYTES, pause=self._pause, whole=self._whole)
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > body.limit:
            await body.refuse(_too_large(body.limit))
            return
        try:
            await self._app(scope, body.receive, body.send)
        except ClientDisconnect:
            if not body.refused:
                raise


class _Body:
    def __init__(self, receive: Receive, send: Send, *, limit: int, pause: float, whole: float) -> None:
        self._receive = receive
        self._send = send
        self.limit = limit
        self._pause = pause
        self._deadline = time.monotonic() + whole
        self._size = 0
        self._whole = False
        self._answered = False
        self.refused = False

    async def receive(self) -> Message:
        if self._whole:  # waits for the client to go away, which takes as long as it takes
            return await self._receive()
        left = self._deadline - time.monotonic()
        try:
            async with timeout(max(0.0, min(self._pause, left))):
                message = await self._receive()
        except TimeoutError:
            return await self.refuse(Refused(408, "body_too_slow", "the body did not come in time; send it faster"))
        if message["type"] != "http.request":
            return message
        self._size += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._size > self.limit:
            return await self.refuse(_too_large(self.limit))
        return message

    async def send(self, message: Message) -> None:
        if self.refused:
            return  # the application's own answer comes too late
        self._answered = True
        await self._send(message)

    async def refuse(self, refusal: Refused) -> Message:
        """Answer in the application's place, unless it has begun to; for the application the client is gone."""
        self.refused = True
        if not self._answered:
            response = JSONResponse(refusal.as_dict(), refusal.status, _CLOSE)
            await response({"type": "http"}, self._receive, self._send)
        return {"type": "http.disconnect"}


def _too_large(limit: int) -> Refused:
    return Refused(413, "body_too_large", f"the request has more than {limit:,} bytes; send less")
