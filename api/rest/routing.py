"""What all routes of people's data have in common: bounded bodies, no caches, one shape of refusals."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from api.live.failures import failure_of
from api.rest.refusals import Refused, told
from perception.media import MediaLimits

LIMITS: Final = MediaLimits()
"""Of a picture and a recording."""
SMALL_BYTES: Final = 64_000
"""Of a body that holds a few fields."""
MEDIA_BYTES: Final = LIMITS.image_bytes + LIMITS.audio_bytes + 1_000_000
"""Of a form with a picture and a recording."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PrivateRoute(APIRoute):
    """A route whose answers no cache may keep, and whose failures never leave it as exceptions."""

    limit = SMALL_BYTES
    """Bytes of a body, held to while it is read."""

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                answer = await handler(_limited(request, self.limit))
            except (RequestValidationError, Refused):
                raise
            except HTTPException as error:
                # whatever keeps FastAPI from reading a body becomes a 400, our own refusal too
                raise (error.__cause__ if isinstance(error.__cause__, Refused) else error) from error
            except ClientDisconnect:  # nobody reads the answer
                answer = Response(status_code=400)
            except Exception as error:  # the answer has the same shape whatever went wrong
                return told(request, failure_of(error))
            answer.headers.setdefault("cache-control", "no-store")
            return answer

        return handle


class MediaRoute(PrivateRoute):
    """One that takes a picture and a recording."""

    limit = MEDIA_BYTES


def _limited(request: Request, limit: int) -> Request:
    """The same request, whose body ends in a refusal where it is too long.

    Raises:
        Refused: its length is told, and is over the limit.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    return Request(request.scope, _counted(request.receive, limit))


def _counted(receive: Receive, limit: int) -> Receive:
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise _too_large(limit)
        return message

    return counted


def _too_large(limit: int) -> Refused:
    return Refused("body_too_large", f"the request has more than {limit:,} bytes; send less")
