"""One WebSocket: what comes in is handled in order, what goes out is read from a log."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from agent import Agent
from api.identity import count_frame
from api.live.failures import tell
from api.live.handlers import Handlers
from api.live.log import FrameLog
from api.live.recovery import lost_frames
from api.live.session import LiveSession
from api.live.sessions import LiveSessions
from api.live.watch import STOPPING, Ending, Watch
from api.wire import Ping, SessionClosing, parse_client, unpack_binary

GOODBYE_S: Final = 2.0
"""Seconds that a client gets to take the last frame and the close."""


class Connection:
    """A client. Whatever it sends, it is answered; only frames over the limit of the socket close it, and the watch.

    When it goes away in mid-turn the turn runs to its end, so that a client that resumes finds the whole reply.
    """

    def __init__(self, socket: WebSocket, *, agent: Agent, sessions: LiveSessions, lang: str) -> None:
        """Nothing is accepted yet.

        Args:
            socket: As it came.
            agent: Answers.
            sessions: Where sessions are found again.
            lang: Of notice and greeting for a client that names none.
        """
        self.socket = socket
        self.agent = agent
        self.sessions = sessions
        self.lang = lang
        self.log = FrameLog()
        """What this client is sent: its own at first, that of its session from then on."""
        self.session: LiveSession | None = None
        self._sent = 0
        self._handlers = Handlers(self)
        self._sender: asyncio.Task[None] | None = None
        self._watch: Watch | None = None
        self._ending: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve the client until it goes away, or the server sends it away."""
        await self.socket.accept()
        self._watch = Watch(self.sessions.rules, self._end)
        self._follow(0)
        try:
            while (message := await self.socket.receive())["type"] != "websocket.disconnect":
                await self._take(message)
        finally:
            self._watch.stop()
            self._handlers.leave()
            if self.session is not None:
                self.sessions.leave(self.session, self)
            await _over(self._sender)
            if self._ending is not None:
                await asyncio.wait([self._ending], timeout=GOODBYE_S)

    def belongs_to(self, session: LiveSession) -> None:
        """The connection has a session from now on."""
        self.session = session
        if self._watch is not None:
            self._watch.follow(session)

    async def switch(self, log: FrameLog, seq: int) -> None:
        """Send the frames of a resumed session from now on, once those of before are out."""
        self.log.close()
        if self._sender is not None:
            await self._sender
        self.log = log
        self._follow(seq)

    async def close(self, code: int, reason: str) -> None:
        """Close the socket."""
        if self.socket.application_state is WebSocketState.CONNECTED:
            with suppress(RuntimeError, WebSocketDisconnect, OSError):
                await self.socket.close(code, reason)

    def dismiss(self, code: int, reason: str) -> None:
        """Close the socket, soon: a peer that is gone without a word takes its time, and nobody waits for that."""
        if self._ending is None:
            self._ending = asyncio.create_task(self.close(code, reason))

    async def stop(self) -> None:
        """The server stops: the client gets what is in its log, is told, and sent away."""
        if self._sender is not None:
            await asyncio.wait([self._sender], timeout=GOODBYE_S)
        await self._say_goodbye(STOPPING)

    def _end(self, ending: Ending) -> None:
        if self._ending is None:
            self._ending = asyncio.create_task(self._say_goodbye(ending))

    async def _say_goodbye(self, ending: Ending) -> None:
        """The last frame has the number of the one before: it is no part of the session, and never comes again."""
        await _over(self._sender)
        if not ending.resume and self.session is not None:
            # before its client is told, which may come back at once
            await self.sessions.end(self.session)
        frame = SessionClosing(
            seq=max(1, self._sent),
            turn=0,
            reason=ending.reason,
            message=ending.message,
            close_code=ending.code,
            resume=ending.resume,
        )
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect, OSError):
            async with asyncio.timeout(GOODBYE_S):
                await self.socket.send_text(frame.model_dump_json())
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await self.close(ending.code, ending.reason)

    async def _take(self, message: Mapping[str, Any]) -> None:
        about: str = "binary"
        try:
            if (text := message.get("text")) is None:
                self._heard()
                self._handlers.take_media(unpack_binary(message.get("bytes") or b""))
                return
            about = ""
            await count_frame(self.socket)
            frame = parse_client(text)
            about = frame.type
            if not isinstance(frame, Ping):
                self._heard()
            await self._handlers.take(frame)
        except Exception as error:  # a bad frame costs an `error` frame, never the socket
            tell(self.log, error, about or None, self.sessions.metrics)

    def _heard(self) -> None:
        if self._watch is not None:
            self._watch.hear()

    def _follow(self, seq: int) -> None:
        self._sender = asyncio.create_task(self._send(self.log, seq))

    async def _send(self, log: FrameLog, seq: int) -> None:
        # a client that went away is noticed by `run`
        with suppress(RuntimeError, WebSocketDisconnect, OSError):
            async for number, text in log.follow(seq, lambda: tell(log, lost_frames(), None, self.sessions.metrics)):
                await self.socket.send_text(text)
                self._sent = number


async def _over(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
