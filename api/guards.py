"""What stands before the application, in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from starlette.middleware.cors import CORSMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.identity import Identity
from api.origins import OriginGuard
from api.telemetry import Requests

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.settings import Settings

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_ASKED: Final = ("Authorization", "X-API-Key", "Content-Type", "Accept", "Last-Event-ID")
_TOLD: Final = ("Retry-After", "X-Request-ID")


def stand_guard(app: FastAPI, settings: Settings) -> None:
    """Put the guards before an application; the first to be met is added last.

    Raises:
        SettingsInvalid: what is set for tokens cannot be used.
    """
    app.add_middleware(Identity, settings=settings)
    app.add_middleware(OriginGuard, origins=settings.origins)
    # before the guards, so that a page that is allowed can read why it was turned away; no cookies, so no credentials
    app.add_middleware(
        CORSMiddleware,
        allow_origins=[origin.rstrip("/") for origin in settings.origins],
        allow_methods=_METHODS,
        allow_headers=_ASKED,
        expose_headers=_TOLD,
        allow_credentials=False,
    )
    if settings.trusted_proxies:
        app.add_middleware(cast("Any", ProxyHeadersMiddleware), trusted_hosts=[*settings.trusted_proxies])
    # what the guards turn away is in the log and in the figures too
    app.add_middleware(Requests)
