"""Whose request, session and turn the code that runs now belongs to; the lines of the log carry it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

REQUEST: Final = ContextVar[str | None]("attune_request", default=None)
"""Of a request over HTTP, or a connection of a socket."""
SESSION: Final = ContextVar[str | None]("attune_session", default=None)
TURN: Final = ContextVar[str | None]("attune_turn", default=None)

_ALL: Final = {"request_id": REQUEST, "session_id": SESSION, "turn_id": TURN}


def ids() -> dict[str, str]:
    """Those that are known, by name."""
    return {name: value for name, variable in _ALL.items() if (value := variable.get()) is not None}
