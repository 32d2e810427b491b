"""What routes ask of a request: whose data, in which form the answer, and of which type the body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Depends, Path, Query, Request

from api.identity import LOCAL, caller_of
from api.rest.refusals import Refused
from api.serving import Serving, serving
from api.telemetry.context import SESSION
from memory import SessionRecord

JSON: Final = "application/json"
EVENTS: Final = "text/event-stream"
FORM: Final = "multipart/form-data"

USER: Final = re.compile(r"[\w.@-]{1,64}")
"""As `session.start` takes it."""
ID_PATTERN: Final = r"^[A-Za-z0-9._-]{1,64}$"

SessionId = Annotated[str, Path(pattern=ID_PATTERN, description="As `POST /v1/sessions` names it.")]
Shared = Annotated[Serving, Depends(serving)]


async def whose(
    request: Request,
    user_id: Annotated[
        str | None,
        Query(min_length=1, max_length=64, description="For a caller that vouches for its users: whose data is meant."),
    ] = None,
) -> str:
    """The user whose data a request is about: the caller, or whom a caller that vouches names."""
    # in the schema this would be a pattern, of which every regular dialect makes another
    if user_id is not None and not USER.fullmatch(user_id):
        message = f"user_id: {user_id!r} is no user; write letters, digits, and . _ @ -"
        raise Refused("bad_field", message, field="user_id")
    return caller_of(request).acting_for(user_id or LOCAL)


UserId = Annotated[str, Depends(whose)]


async def session_of(request: Request, session_id: SessionId, shared: Shared) -> SessionRecord:
    """The session of a path. Somebody else's is answered as one that does not exist.

    Raises:
        Refused: `session_unknown`.
    """
    record = await shared.agent.memory.known_session(session_id)
    # as quick where there is none: nobody learns from the time of an answer that somebody else's is there
    if record is None or not caller_of(request).owns(record.user_id):
        raise _unknown(session_id)
    SESSION.set(record.session_id)
    return record


OwnSession = Annotated[SessionRecord, Depends(session_of)]


def _unknown(session_id: str) -> Refused:
    return Refused("session_unknown", f"no session is called {session_id!r}; list yours with GET /v1/sessions")


async def accepts_json(request: Request) -> None:
    """Refuse whoever takes no JSON."""
    chosen_type(request, (JSON,))


async def sends_json(request: Request) -> None:
    """Refuse a body that is not said to be JSON."""
    if body_type(request) != JSON:
        raise wrong_body(request, (JSON,))


def body_type(request: Request) -> str:
    """The media type of a body, lower case and without parameters; empty where it is not told."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def wrong_body(request: Request, taken: Sequence[str]) -> Refused:
    """The refusal of a body of another type."""
    got = request.headers.get("content-type")
    return Refused(
        "unsupported_media_type",
        f"the body is {' or '.join(taken)}, got {got!r}" if got else f"say what the body is: {' or '.join(taken)}",
        status=415,
        headers={"accept-post": ", ".join(taken)},
    )


def chosen_type(request: Request, offered: Sequence[str]) -> str:
    """The type of the answer that a client likes best of those offered; the first where it likes them alike.

    Raises:
        Refused: it takes none of them.
    """
    ranges = _ranges(",".join(request.headers.getlist("accept")))
    if not ranges:
        return offered[0]
    best = max(offered, key=lambda each: _liking(each, ranges))
    if _liking(best, ranges) <= 0:
        raise Refused("not_acceptable", f"the answer can be had as {' or '.join(offered)}", status=406)
    return best


def _ranges(accept: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name:
            found[name] = next((_quality(each[2:]) for each in parameters if each.startswith("q=")), 1.0)
    return found


def _quality(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return 1.0


def _liking(offered: str, ranges: dict[str, float]) -> float:
    """By the most specific range that fits (RFC 9110, section 12.5.1)."""
    general = f"{offered.partition('/')[0]}/*"
    return next((ranges[name] for name in (offered, general, "*/*") if name in ranges), 0.0)
