"""All live sessions of a server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from api.live.session import RESUME_S, LiveSession
from api.wire import WireError

if TYPE_CHECKING:
    from api.identity import Caller
    from api.live.connection import Connection

MOST: Final = 1000
"""Live sessions of one server; each keeps at most about half a megabyte of frames."""


class LiveSessions:
    """Sessions by token, for clients that come back; those whose client stays away are let go."""

    def __init__(self, *, most: int = MOST, linger: float = RESUME_S) -> None:
        """Hold at most `most` sessions, each for `linger` seconds after its client left."""
        self._most = most
        self._linger = linger
        self._by_token: dict[str, LiveSession] = {}
        self._leaving: dict[str, asyncio.TimerHandle] = {}

    async def add(self, session: LiveSession) -> None:
        """Make a session resumable.

        Raises:
            WireError: `too_many_sessions`.
        """
        if len(self._by_token) >= self._most:
            await self._make_room()
        self._by_token[session.token] = session

    def find(self, token: str, caller: Caller | None = None) -> LiveSession:
        """The session of a token; for a caller, somebody else's is not there.

        Raises:
            WireError: `session_unknown`.
        """
        session = self._by_token.get(token)
        if session is None or not (caller is None or caller.owns(session.user_id)):
            raise WireError("session_unknown", "token: no live session has that token; start a new one", field="token")
        return session

    def join(self, session: LiveSession, connection: Connection) -> Connection | None:
        """Connect a session; returns the connection it had."""
        if leaving := self._leaving.pop(session.token, None):
            leaving.cancel()
        before, session.connection = session.connection, connection
        return before

    def leave(self, session: LiveSession, connection: Connection) -> None:
        """A connection of the session ended; unless it has another by now, the session waits to be resumed."""
        if session.connection is not connection:
            return
        session.connection = None
        if session.token in self._by_token:
            loop = asyncio.get_running_loop()
            self._leaving[session.token] = loop.call_later(self._linger, self._expire, session)

    async def close(self) -> None:
        """Stop every turn."""
        for timer in self._leaving.values():
            timer.cancel()
        sessions = [*self._by_token.values()]
        self._by_token.clear()
        self._leaving.clear()
        await asyncio.gather(*(session.close() for session in sessions))

    async def _make_room(self) -> None:
        # the timers stand in the order in which clients left
        gone = next((token for token in self._leaving if self._by_token[token].running is None), None)
        if gone is None:
            raise WireError(
                "too_many_sessions", f"this server holds {self._most} sessions; try again later", retryable=True
            )
        self._leaving.pop(gone).cancel()
        await self._by_token.pop(gone).close()

    def _expire(self, session: LiveSession) -> None:
        self._leaving.pop(session.token, None)
        if session.running is not None:  # it ends by itself, within the limits of senses and chat model
            self._leaving[session.token] = asyncio.get_running_loop().call_later(self._linger, self._expire, session)
            return
        self._by_token.pop(session.token, None)
        session.log.close()
