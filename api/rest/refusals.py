"""Refusals: one shape whatever went wrong, whoever noticed, and the headers that belong to the status."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from api.errors import ApiError
from api.live.failures import Failure

STATUS: Final[Mapping[str, int]] = {
    "bad_json": 400,
    "bad_request": 400,
    "user_refused": 403,
    "gate_closed": 403,
    "session_unknown": 404,
    "notice_not_acknowledged": 409,
    "thread_busy": 409,
    "nothing_to_retry": 409,
    "body_too_large": 413,
    "media_too_large": 413,
    "bad_field": 422,
    "empty_turn": 422,
    "media_unreadable": 422,
    "persona_invalid": 422,
    "table_unusable": 422,
    "text_too_long": 422,
    "unknown_persona": 422,
    "rate_limited": 429,
    "internal": 500,
    "chat_model_failed": 502,
    "chat_model_interrupted": 502,
    "chat_model_refused": 502,
    "chat_model_busy": 503,
    "chat_model_unreachable": 503,
    "memory_unusable": 503,
    "model_missing": 503,
    "sense_off": 503,
    "sense_busy": 503,
    "too_many_turns": 503,
}
"""The status of a code; 400 for others."""

_SHOWN: Final = 80
_PAUSE_S: Final = 1
"""Seconds to wait before trying again, where nothing better is known."""


class Refusal(BaseModel):
    """Why a request was not done. Keys that say nothing are left out."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    code: str
    """Stable; for programs."""
    message: str
    """For people: what, why, and what to do."""
    retryable: bool
    """The same may work later."""
    field: str | None = None
    """Dotted name of the field that is wrong."""


class Refused(ApiError):  # noqa: N818  (named for what happened)
    """A request that is not done; the handler turns it into an answer."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        retryable: bool = False,
        headers: Mapping[str, str] | None = None,
        status: int | None = None,
    ) -> None:
        """Say why.

        Args:
            code: Stable; its status follows from `STATUS`.
            message: For people.
            field: That is wrong.
            retryable: The same may work later.
            headers: That belong to the status, such as `Allow`.
            status: Instead of that of the code.
        """
        super().__init__(message)
        self.failure = Failure(code=code, message=message, field=field, retryable=retryable)
        self.headers = dict(headers or {})
        self.status = status


def install(app: FastAPI) -> None:
    """Let an application refuse in this shape, whoever notices."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)


def refusal(failure: Failure, status: int | None = None, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer that tells of a failure."""
    status = status or STATUS.get(failure.code, 400)
    body = Refusal(code=failure.code, message=failure.message, retryable=failure.retryable, field=failure.field)
    sent = {"cache-control": "no-store", **(headers or {})}
    if failure.retryable and status in {409, 429, 503}:
        sent.setdefault("retry-after", str(math.ceil(failure.retry_after_s or _PAUSE_S)))
    return JSONResponse(body.model_dump(exclude_none=True), status, sent)


def told(
    request: Request, failure: Failure, status: int | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The same, counted."""
    if (shared := getattr(request.app.state, "serving", None)) is not None:
        shared.metrics.error(failure.code)
    return refusal(failure, status, headers)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route may refuse with, for its description: the statuses given, and those that any route may have."""
    return {status: {"model": Refusal, "description": _ABOUT[status]} for status in sorted({*_EVERYWHERE, *statuses})}


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused), "registered for it"
    return told(request, error.failure, error.status, error.headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError), "registered for it"
    found = error.errors()[0]
    if found["type"] == "json_invalid":
        why = f"the body is no JSON: {found.get('ctx', {}).get('error', found['msg'])}; send one object"
        return told(request, Failure(code="bad_json", message=why))
    place = _place(found["loc"])
    message = found["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    got = "" if found["type"] in {"missing", "value_error"} else f", got {_short(found.get('input'))}"
    return told(request, Failure(code="bad_field", message=f"{place or 'body'}: {message}{got}", field=place or None))


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException), "registered for it"
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if error.status_code == 405 and (allowed := _allowed(request)):
        headers["allow"] = allowed
    return told(request, _http_failure(error), error.status_code, headers)


def _http_failure(error: HTTPException) -> Failure:
    if error.status_code == 400:
        return Failure(code="bad_request", message="the body cannot be read; send what its Content-Type says, in UTF-8")
    return Failure(code=f"http_{error.status_code}", message=str(error.detail))


def _allowed(request: Request) -> str | None:
    """The methods of a path: those of all its routes, where the router knows those of one only."""
    path = getattr(request.scope.get("route"), "path", None)
    return ", ".join(sorted(method.upper() for method in request.app.openapi()["paths"].get(path, ()))) or None


def _place(loc: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in loc[1:])


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


_EVERYWHERE: Final = (401, 403, 406, 422, 429, 500, 503)
_ABOUT: Final[Mapping[int, str]] = {
    400: "The body cannot be read.",
    401: "No key, or a wrong one.",
    403: "Not allowed to this caller, or by the deployment context.",
    404: "There is none, or it is somebody else's.",
    406: "The answer cannot be had in the form that is asked for.",
    409: "Not now: the notice is not acknowledged, or a turn is running.",
    413: "More than the route takes.",
    415: "The body is not of a type that the route takes.",
    422: "A field is not what it should be.",
    429: "Too many requests; `Retry-After` says when to come again.",
    500: "Something broke inside the server; its log says what.",
    502: "The chat model failed.",
    503: "Not now; `Retry-After` says when to come again.",
}
