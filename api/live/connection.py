"""One WebSocket: frames in, handlers, frames out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from agent import Agent, custom_name
from agent.language import reply_language
from api.identity import caller_of, count_frame, count_turn
from api.live.failures import failure_of
from api.live.inbox import Inbox
from api.live.log import FrameLog
from api.live.session import LiveSession
from api.live.sessions import LiveSessions
from api.wire import (
    ErrorFrame,
    HandoffAnswer,
    Notice,
    NoticeAck,
    PersonaSet,
    Ping,
    Pong,
    ReplyInterrupt,
    SessionResume,
    SessionStart,
    ThreadBusy,
    TurnRetry,
    UserAudioEnd,
    UserAudioStart,
    UserCorrection,
    UserMessage,
    WireError,
    parse_client,
    unpack_binary,
)
from perception import Modality

RESUMED_ELSEWHERE: Final = 4001
"""Close code of a connection whose session another connection has resumed."""

Handler = Callable[[Any], Awaitable[None]]


class Connection:
    """A client. Whatever it sends, it is answered; only frames over the limit of the socket close it.

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
        self._socket = socket
        self._agent = agent
        self._sessions = sessions
        self._lang = lang
        self._inbox = Inbox()
        self._log = FrameLog()
        self._session: LiveSession | None = None
        self._sender: asyncio.Task[None] | None = None
        self._handlers: Mapping[type, Handler] = {
            SessionStart: self._start,
            SessionResume: self._resume,
            NoticeAck: self._acknowledge,
            UserMessage: self._message,
            UserAudioStart: self._audio_start,
            UserAudioEnd: self._audio_end,
            UserCorrection: self._correction,
            PersonaSet: self._persona,
            HandoffAnswer: self._handoff,
            ReplyInterrupt: self._interrupt,
            TurnRetry: self._retry,
            Ping: self._ping,
        }

    async def run(self) -> None:
        """Serve the client until it goes away."""
        await self._socket.accept()
        self._follow(0)
        try:
            while (message := await self._socket.receive())["type"] != "websocket.disconnect":
                await self._take(message)
        finally:
            if self._session is not None:
                self._sessions.leave(self._session, self)
            if self._sender is not None:
                self._sender.cancel()
                await asyncio.gather(self._sender, return_exceptions=True)

    async def close(self, code: int, reason: str) -> None:
        """Say goodbye."""
        if self._socket.application_state is WebSocketState.CONNECTED:
            with suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.close(code, reason)

    async def _take(self, message: Mapping[str, Any]) -> None:
        about: str = "binary"
        try:
            if (text := message.get("text")) is None:
                media = unpack_binary(message.get("bytes") or b"")
                self._acknowledged()
                self._inbox.take(media)
                return
            about = ""
            await count_frame(self._socket)
            frame = parse_client(text)
            about = frame.type
            await self._handlers[type(frame)](frame)
        except Exception as error:  # a bad frame costs an `error` frame, never the socket
            _tell(self._log, error, about or None)

    async def _start(self, frame: SessionStart) -> None:
        if self._session is not None:
            raise WireError("session_already_started", "this connection has a session; open another for a new one")
        persona = custom_name(frame.custom) if frame.custom else frame.persona or "chat"
        user_id = caller_of(self._socket).acting_for(frame.user_id)
        record = await self._agent.start(persona=persona, lang=frame.lang, user_id=user_id)
        lang = reply_language("", wanted=frame.lang or self._lang)
        self._session = LiveSession(self._agent, record, self._log, lang)
        self._log.add(
            Notice,
            turn=0,
            text=self._agent.notice(lang),
            lang=lang,
            modalities=[m for m in Modality if m in self._agent.modalities],
            deployment_context=self._agent.deployment.value,
        )

    async def _acknowledge(self, frame: NoticeAck) -> None:
        session = self._known()
        if not session.acknowledged:
            await self._sessions.add(session)
            self._sessions.join(session, self)
        await session.acknowledge(frame.consent)

    async def _resume(self, frame: SessionResume) -> None:
        if self._session is not None:
            raise WireError("session_already_started", "this connection has a session; open another to resume one")
        session = self._sessions.find(frame.token, caller_of(self._socket))
        if frame.last_seq > session.log.last:
            raise WireError(
                "bad_frame",
                f"session.resume.last_seq: the last frame was {session.log.last}, got {frame.last_seq}",
                field="last_seq",
            )
        self._session = session
        if before := self._sessions.join(session, self):
            await before.close(RESUMED_ELSEWHERE, "resumed elsewhere")
        session.announce(resumed=True)
        if frame.last_seq < session.log.forgotten:
            _tell(session.log, _lost(), frame.type)
        await self._switch(session.log, max(frame.last_seq, session.log.forgotten))

    async def _message(self, frame: UserMessage) -> None:
        session = self._acknowledged()
        if not self._busy(session, frame.type):
            count_turn(self._socket)
            await session.begin(frame, self._inbox.collect(frame))

    async def _audio_start(self, _: UserAudioStart) -> None:
        self._acknowledged()
        self._inbox.start_recording()

    async def _audio_end(self, _: UserAudioEnd) -> None:
        self._acknowledged()
        self._inbox.end_recording()

    async def _persona(self, frame: PersonaSet) -> None:
        session = self._acknowledged()
        if not self._busy(session, frame.type):
            await session.greet(custom_name(frame.custom) if frame.custom else frame.persona or "chat")

    async def _interrupt(self, frame: ReplyInterrupt) -> None:
        self._acknowledged().interrupt(frame.delivered_chars)

    async def _retry(self, frame: TurnRetry) -> None:
        session = self._acknowledged()
        if not self._busy(session, frame.type):
            count_turn(self._socket)
            await session.retry()

    async def _correction(self, _: UserCorrection) -> None:
        self._acknowledged()
        raise WireError(
            "not_supported_yet", "this version does not learn from corrections; say it in a message instead"
        )

    async def _handoff(self, frame: HandoffAnswer) -> None:
        self._acknowledged()
        raise WireError("no_handoff_offered", f"offer: no offer {frame.offer!r} is open", field="offer")

    async def _ping(self, frame: Ping) -> None:
        self._log.add(Pong, turn=0, id=frame.id)

    def _known(self) -> LiveSession:
        if self._session is None:
            raise WireError("session_required", "send session.start or session.resume first")
        return self._session

    def _acknowledged(self) -> LiveSession:
        session = self._known()
        if not session.acknowledged:
            raise WireError("notice_not_acknowledged", "nothing is perceived or answered before notice.ack; send that")
        return session

    def _busy(self, session: LiveSession, about: str) -> bool:
        running = session.running
        if running is not None:
            self._log.add(ThreadBusy, turn=running.number, about=about)
        return running is not None

    def _follow(self, seq: int) -> None:
        self._sender = asyncio.create_task(self._send(self._log, seq))

    async def _switch(self, log: FrameLog, seq: int) -> None:
        """Send the frames of a resumed session from now on, once those of before are out."""
        self._log.close()
        if self._sender is not None:
            await self._sender
        self._log = log
        self._follow(seq)

    async def _send(self, log: FrameLog, seq: int) -> None:
        # a client that went away is noticed by `run`
        with suppress(RuntimeError, WebSocketDisconnect):
            async for text in log.follow(seq, lambda: _tell(log, _lost(), None)):
                await self._socket.send_text(text)


def _lost() -> WireError:
    return WireError("replay_incomplete", "some of what was missed is not kept any more; see the history")


def _tell(log: FrameLog, error: Exception, about: str | None) -> None:
    """Send an `error` frame that belongs to no turn."""
    failure = failure_of(error)
    log.add(
        ErrorFrame,
        turn=0,
        code=failure.code,
        message=failure.message,
        retryable=failure.retryable,
        field=failure.field,
        about=about,
    )
