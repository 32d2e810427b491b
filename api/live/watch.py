"""How long a connection may go on: to begin a session, in silence, and with one session."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.wire import CloseCode

if TYPE_CHECKING:
    from api.live.rules import Rules
    from api.live.session import LiveSession


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """Why the server closes a connection."""

    reason: str
    """A code, as in `session.closing`."""
    message: str
    """For people."""
    code: CloseCode
    """Of the WebSocket."""
    resume: bool
    """The session may be taken up again."""


STOPPING = Ending(
    reason="server_stopping",
    message="The server stops or restarts. Connect again in a moment, and resume.",
    code=CloseCode.RESTART,
    resume=True,
)
"""What every connection is told when a server stops."""


class Watch:
    """One timer a connection, on the monotonic clock: the time of day may be set back."""

    def __init__(self, rules: Rules, close: Callable[[Ending], None]) -> None:
        """Begin to watch a connection that has just been made.

        Args:
            rules: How long.
            close: Ends it; called once.
        """
        self._rules = rules
        self._close = close
        self._made = self._heard = time.monotonic()
        self._session: LiveSession | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._arm()

    def hear(self) -> None:
        """The client has sent something that shows that somebody is there."""
        self._heard = time.monotonic()

    def follow(self, session: LiveSession) -> None:
        """It has a session from now on."""
        self._session = session
        self.hear()
        self._arm()

    def stop(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self) -> None:
        self.stop()
        due = min((at for at, _ in self._ends()), default=None)
        if due is not None:
            wait = max(0.0, due - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(wait, self._look)

    def _look(self) -> None:
        moment = time.monotonic()
        for at, ending in self._ends():
            if at <= moment:
                self._close(ending)
                return
        self._arm()

    def _ends(self) -> list[tuple[float, Ending]]:
        rules, session = self._rules, self._session
        ends: list[tuple[float, Ending]] = []
        if session is None and rules.start_s is not None:
            ends.append((self._made + rules.start_s, _no_session(rules.start_s)))
        if session is not None and session.ends_at is not None and rules.session_s is not None:
            ends.append((session.ends_at, _too_long(rules.session_s)))
        if session is not None and rules.idle_s is not None:
            # while a turn runs the client is the one who waits
            since = time.monotonic() if session.running is not None else max(self._heard, session.quiet_since)
            ends.append((since + rules.idle_s, _idle(rules.idle_s)))
        return ends


def _no_session(seconds: float) -> Ending:
    return Ending(
        reason="no_session",
        message=f"No session was begun within {seconds:g} s. Connect again, and send session.start.",
        code=CloseCode.NO_SESSION,
        resume=False,
    )


def _idle(seconds: float) -> Ending:
    return Ending(
        reason="idle",
        message=f"Nothing was said for {seconds:g} s. Connect again to go on where you were.",
        code=CloseCode.IDLE,
        resume=True,
    )


def _too_long(seconds: float) -> Ending:
    return Ending(
        reason="session_too_long",
        message=f"A session lasts {seconds:g} s at most. Start a new one; what was said is in the history.",
        code=CloseCode.SESSION_TOO_LONG,
        resume=False,
    )
