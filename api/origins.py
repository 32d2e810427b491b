"""Which web pages may talk to the server: a page on any site can open a socket to this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_POLICY_VIOLATION = 1008


class OriginGuard:
    """Refuses requests of web pages from elsewhere, by their `Origin`; programs that send none pass.

    A page is at home when its origin is the host it talks to and that host is an address or `localhost`: a name could
    be made to point here by whoever owns it (DNS rebinding). Names are to be configured.
    """

    def __init__(self, app: ASGIApp, *, origins: Collection[str] = ()) -> None:
        """Stand before an application.

        Args:
            app: What to guard.
            origins: Also allowed, such as `https://attune.example.org`.
        """
        self._app = app
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"} or self._allows(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": "origin"})
        else:
            await _refusal(Headers(scope=scope)["origin"])(scope, receive, send)

    def _allows(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        return origin is None or origin.lower() in self._origins or _at_home(origin, headers.get("host", ""))


def host_at_home(host: str, origins: Collection[str]) -> bool:
    """Whether the `Host` that a request names is an address, `localhost`, that of an allowed origin, or none."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        allowed = {urlsplit(origin).hostname for origin in origins}
    except ValueError:
        return False
    return not host or name == "localhost" or _is_address(name) or name in allowed


def _at_home(origin: str, host: str) -> bool:
    try:
        page = urlsplit(origin)
        name = page.hostname or ""
    except ValueError:
        return False
    return page.netloc.lower() == host.lower() and (name == "localhost" or _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _refusal(origin: str) -> JSONResponse:
    message = f"pages from {origin!r} may not talk to this server; allow them with ATTUNE_ORIGINS"
    return JSONResponse({"code": "origin_refused", "message": message, "retryable": False}, 403)
