"""What each frame of a client does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from agent import custom_name
from agent.language import reply_language
from api.identity import caller_of, count_turn
from api.live.answers import answer_handoff, correct
from api.live.failures import tell
from api.live.inbox import Inbox
from api.live.recovery import lost_frames
from api.live.session import LiveSession
from api.live.thread import Taken
from api.wire import (
    BinaryFrame,
    ClientFrame,
    CloseCode,
    HandoffAnswer,
    LiveSet,
    MediaKind,
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
)
from perception import Modality

if TYPE_CHECKING:
    from api.live.connection import Connection
    from api.live.voices import LiveVoice

Handler = Callable[[Any], Awaitable[None]]


class Handlers:
    """Of one connection."""

    def __init__(self, connection: Connection) -> None:
        """Handle what it receives."""
        self._connection = connection
        self._inbox = Inbox()
        self._voice: LiveVoice | None = None
        self._handlers: Mapping[type, Handler] = {
            SessionStart: self._start,
            SessionResume: self._resume,
            NoticeAck: self._acknowledge,
            LiveSet: self._live,
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

    async def take(self, frame: ClientFrame) -> None:
        """Do what a frame asks for.

        Raises:
            WireError: it cannot be done now.
        """
        await self._handlers[type(frame)](frame)

    def take_media(self, media: BinaryFrame) -> None:
        """Keep media for the next message; a picture is felt as well where the live link is on.

        Raises:
            WireError: it cannot be taken.
        """
        session = self._acknowledged()
        self._inbox.take(media)
        if media.kind is MediaKind.JPEG and session.lives(Modality.VISION) and session.running is None:
            self._connection.sessions.link.see(session, media)
        if media.kind is MediaKind.PCM16 and self._voice is not None:
            self._voice.feed(media.payload)

    def leave(self) -> None:
        """The connection has ended."""
        self._stop_listening()

    def _stop_listening(self) -> None:
        if self._voice is not None:
            self._voice.end()
            self._voice = None

    async def _start(self, frame: SessionStart) -> None:
        here = self._connection
        if here.session is not None:
            raise WireError("session_already_started", "this connection has a session; open another for a new one")
        persona = custom_name(frame.custom) if frame.custom else frame.persona or "chat"
        user_id = caller_of(here.socket).acting_for(frame.user_id)
        record = await here.agent.start(persona=persona, lang=frame.lang, user_id=user_id)
        lang = reply_language("", wanted=frame.lang or here.lang)
        sessions = here.sessions
        session = LiveSession(
            here.agent, record, here.log, lang, rules=sessions.rules, metrics=sessions.metrics, busy=frame.busy
        )
        if frame.live:
            session.live = frozenset({Modality.VISION})
        here.belongs_to(session)
        here.log.add(
            Notice,
            turn=0,
            text=here.agent.notice(lang),
            lang=lang,
            modalities=[m for m in Modality if m in here.agent.modalities],
            deployment_context=here.agent.deployment.value,
        )

    async def _acknowledge(self, frame: NoticeAck) -> None:
        session, sessions = self._known(), self._connection.sessions
        if not session.acknowledged:
            await sessions.add(session)
            sessions.join(session, self._connection)
        await session.acknowledge(frame.consent)
        if not session.lives(Modality.VISION):
            sessions.link.leave(session)

    async def _resume(self, frame: SessionResume) -> None:
        here = self._connection
        if here.session is not None:
            raise WireError("session_already_started", "this connection has a session; open another to resume one")
        session = await here.sessions.resume(frame, caller_of(here.socket), here.agent, here.lang)
        seq = _place(session, frame)
        here.belongs_to(session)
        for before in here.sessions.join(session, here, attach=frame.attach):
            before.dismiss(CloseCode.RESUMED_ELSEWHERE, "resumed elsewhere")
        session.announce(resumed=True)
        if seq < session.log.forgotten:
            tell(session.log, lost_frames(), frame.type, here.sessions.metrics)
        await here.switch(session.log, max(seq, session.log.forgotten))

    async def _live(self, frame: LiveSet) -> None:
        session, sessions = self._acknowledged(), self._connection.sessions
        session.set_live(vision=frame.vision, audio=frame.audio)
        if not session.lives(Modality.VISION):
            sessions.link.leave(session)

    async def _message(self, frame: UserMessage) -> None:
        session = self._acknowledged()
        count_turn(self._connection.socket)
        self._stop_listening()
        self._told(frame.type, session.begin(frame, self._inbox.collect(frame)))

    async def _audio_start(self, _: UserAudioStart) -> None:
        session = self._acknowledged()
        self._inbox.start_recording()
        self._stop_listening()
        if session.lives(Modality.AUDIO):
            self._voice = self._connection.sessions.voices.listen(session)

    async def _audio_end(self, _: UserAudioEnd) -> None:
        self._acknowledged()
        self._stop_listening()
        self._inbox.end_recording()

    async def _persona(self, frame: PersonaSet) -> None:
        session = self._acknowledged()
        chosen = custom_name(frame.custom) if frame.custom else frame.persona or "chat"
        self._told(frame.type, await session.choose(chosen))

    async def _interrupt(self, frame: ReplyInterrupt) -> None:
        self._acknowledged().interrupt(frame.delivered_chars)

    async def _retry(self, frame: TurnRetry) -> None:
        session = self._acknowledged()
        count_turn(self._connection.socket)
        self._told(frame.type, session.retry())

    async def _correction(self, frame: UserCorrection) -> None:
        await correct(self._acknowledged(), frame)

    async def _handoff(self, frame: HandoffAnswer) -> None:
        self._told(frame.type, await answer_handoff(self._acknowledged(), frame))

    async def _ping(self, frame: Ping) -> None:
        self._connection.log.add(Pong, turn=0, id=frame.id)

    def _known(self) -> LiveSession:
        if self._connection.session is None:
            raise WireError("session_required", "send session.start or session.resume first")
        return self._connection.session

    def _acknowledged(self) -> LiveSession:
        session = self._known()
        if not session.acknowledged:
            raise WireError("notice_not_acknowledged", "nothing is perceived or answered before notice.ack; send that")
        return session

    def _told(self, about: str, taken: Taken | None) -> None:
        """Say that the thread was busy, and what was done about it."""
        if taken is None:
            return
        running = self._known().running
        self._connection.log.add(
            ThreadBusy,
            turn=running.number if running else 0,
            about=about,
            policy=taken.policy,
            position=taken.position,
        )


def _place(session: LiveSession, frame: SessionResume) -> int:
    """After which frame a client goes on that resumes a session.

    Raises:
        WireError: `bad_frame`, it has seen frames that were never sent.
    """
    log = session.log
    if frame.epoch is not None and frame.epoch < session.epoch:
        return log.begins
    if frame.last_seq <= log.last:
        return frame.last_seq
    if session.epoch > 1 and frame.epoch is None:
        # of a connection that was ahead of the one that came back first
        log.skip_to(frame.last_seq)
        return frame.last_seq
    raise WireError(
        "bad_frame", f"session.resume.last_seq: the last frame was {log.last}, got {frame.last_seq}", field="last_seq"
    )
