"""All live sessions of a server."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from api.live.faces import LiveLink
from api.live.log import FrameLog
from api.live.recovery import tell_missed, token_hash
from api.live.rules import Rules
from api.live.session import RESUME_S, LiveSession
from api.live.voices import LiveVoices
from api.telemetry import Metrics
from api.wire import SessionResume, WireError
from memory import MemoryStoreError
from perception import Modality
from perception.observation import now

if TYPE_CHECKING:
    from agent import Agent
    from api.identity import Caller
    from api.live.connection import Connection
    from memory import SessionRecord

log = logging.getLogger(__name__)

MOST: Final = 1000
"""Live sessions of one server; each keeps at most about half a megabyte of frames."""


class LiveSessions:
    """Sessions by token, for clients that come back; those whose client stays away are let go.

    What was let go, or was lost with a server that stopped, is taken up from the database while its token is young.
    """

    def __init__(
        self,
        *,
        most: int = MOST,
        linger: float = RESUME_S,
        rules: Rules | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        """Hold at most `most` sessions, each for `linger` seconds after its last client left."""
        self.rules = rules or Rules()
        self.metrics = metrics or Metrics()
        self.link = LiveLink(self.rules, self.metrics)
        """Faces between turns."""
        self.voices = LiveVoices(self.metrics)
        """Recordings while they come in."""
        self._most = most
        self._linger = linger
        # by hash, so that nothing can be learned of a token from how long its look-up takes
        self._known: dict[bytes, LiveSession] = {}
        self._leaving: dict[bytes, asyncio.TimerHandle] = {}
        self._reviving = asyncio.Lock()

    @property
    def count(self) -> int:
        """Sessions held now."""
        return len(self._known)

    async def add(self, session: LiveSession) -> None:
        """Make a session resumable.

        Raises:
            WireError: `too_many_sessions`.
        """
        if len(self._known) >= self._most:
            await self._make_room()
        self._known[token_hash(session.token)] = session
        self.metrics.sessions(self.count)

    def find(self, token: str, caller: Caller | None = None) -> LiveSession:
        """The live session of a token; for a caller, somebody else's is not there.

        Raises:
            WireError: `session_unknown`.
        """
        session = self._known.get(token_hash(token))
        if session is None or not (caller is None or caller.owns(session.user_id)):
            raise _unknown()
        return session

    async def resume(self, frame: SessionResume, caller: Caller, agent: Agent, lang: str) -> LiveSession:
        """The session of a token, taken up from the database where it is not live.

        Args:
            frame: What the client sent.
            caller: Who it is.
            agent: Answers in a session that is taken up.
            lang: Of greetings in it, where the person chose none.

        Raises:
            WireError: `session_unknown`, or `too_many_sessions`.
            MemoryStoreError: the database cannot be used.
        """
        key = token_hash(frame.token)
        if key not in self._known:
            async with self._reviving:  # two connections of one session that come together
                if key not in self._known:
                    await self._revive(key, frame, caller, agent, lang)
        return self.find(frame.token, caller)

    def consents(self, record: SessionRecord) -> None:
        """A person has changed over HTTP what may be perceived; where their session is live, it holds there at once."""
        for session in self._known.values():
            if session.session_id == record.session_id:
                session.consents(record)
                if not session.lives(Modality.VISION):
                    self.link.leave(session)

    def join(self, session: LiveSession, connection: Connection, *, attach: bool = False) -> list[Connection]:
        """Connect a session; returns the connections that have to go, which are none where it is attached."""
        if leaving := self._leaving.pop(token_hash(session.token), None):
            leaving.cancel()
        before = [] if attach else [*session.connections]
        session.connections = [one for one in session.connections if one not in before] + [connection]
        return before

    def leave(self, session: LiveSession, connection: Connection) -> None:
        """A connection of the session ended; unless it has another by now, the session waits to be resumed."""
        if connection not in session.connections:
            return
        session.connections.remove(connection)
        key = token_hash(session.token)
        if key in self._known and not session.connections:
            self.link.leave(session)
            self._leaving[key] = asyncio.get_running_loop().call_later(self._linger, self._expire, key, session)

    async def end(self, session: LiveSession) -> None:
        """Let a session go for good: it has lasted as long as it may, and its token opens nothing any more."""
        key = token_hash(session.token)
        self._forget(key)
        await session.close()
        try:
            await session.agent.memory.resumptions.forget(key)
        except MemoryStoreError as error:
            log.error("a session that has ended can still be resumed: %s", error)

    async def stop(self) -> None:
        """Stop every turn, keeping what was delivered, and tell those who are connected."""
        sessions = [*self._known.values()]
        await asyncio.gather(*(session.close() for session in sessions))
        await asyncio.gather(*(one.stop() for session in sessions for one in [*session.connections]))

    async def close(self) -> None:
        """Stop every turn, and forget all sessions."""
        for timer in self._leaving.values():
            timer.cancel()
        self._leaving.clear()
        sessions = [*self._known.values()]
        self._known.clear()
        await asyncio.gather(*(session.close() for session in sessions))
        await self.link.close()
        await self.voices.close()

    async def _revive(self, key: bytes, frame: SessionResume, caller: Caller, agent: Agent, lang: str) -> None:
        owner = None if caller.vouches else caller.user_id
        left = await agent.memory.resumptions.take(key, since=now() - self.rules.token_age, user_id=owner)
        if left is None or not caller.owns(left.past.session.user_id):
            raise _unknown()
        session = LiveSession(
            agent,
            left.past.session,
            FrameLog(last=frame.last_seq),
            left.past.session.lang or lang,
            rules=self.rules,
            metrics=self.metrics,
            token=frame.token,
            left=left,
        )
        tell_missed(session, left, frame.last_turn)
        await self.add(session)
        # should its connection be gone already
        self._leaving[key] = asyncio.get_running_loop().call_later(self._linger, self._expire, key, session)
        if left.lost and left.turn_id is not None:
            session.forget_turn(left.turn_id)

    async def _make_room(self) -> None:
        # the timers stand in the order in which clients left
        gone = next((key for key in self._leaving if self._known[key].running is None), None)
        if gone is None:
            raise WireError(
                "too_many_sessions", f"this server holds {self._most} sessions; try again later", retryable=True
            )
        session = self._known[gone]
        self._forget(gone)
        await session.close()

    def _expire(self, key: bytes, session: LiveSession) -> None:
        if session.connections:
            return
        if session.running is not None:  # it ends by itself, within the limits of senses and chat model
            self._leaving[key] = asyncio.get_running_loop().call_later(self._linger, self._expire, key, session)
            return
        self._forget(key)
        session.log.close()

    def _forget(self, key: bytes) -> None:
        if leaving := self._leaving.pop(key, None):
            leaving.cancel()
        if session := self._known.pop(key, None):
            self.link.leave(session)
        self.metrics.sessions(self.count)


def _unknown() -> WireError:
    return WireError("session_unknown", "token: no live session has that token; start a new one", field="token")
