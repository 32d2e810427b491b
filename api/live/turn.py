"""One turn of a live session: the agent's events become frames, its errors become `error` frames."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from agent.errors import TurnRefused
from agent.events import Delta, Done, Fused, Observed, Routed, Transcribed, TurnEvent
from agent.unfinished import Unfinished
from api.live.failures import failure_of
from api.wire import (
    AffectFused,
    ErrorFrame,
    PerceptionObserved,
    ReplyDelta,
    ReplyDone,
    SpeechTranscribed,
)
from perception import MediaError
from perception.observation import now

if TYPE_CHECKING:
    from api.live.session import LiveSession


class LiveTurn:
    """A running turn."""

    def __init__(self, session: LiveSession, *, number: int, notes: Unfinished, about: str) -> None:
        """Remember whose turn it is.

        Args:
            session: Where the frames go.
            number: `turn` of its frames.
            notes: What an interrupted turn leaves behind.
            about: `type` of the frame that began it.
        """
        self.number = number
        self.notes = notes
        self._session = session
        self._about = about
        self._interrupted = False
        self._delivered: int | None = None
        self.broken = False
        """It ended with an error, and may be taken up again."""
        self.refused = False
        """It never began: what was before it still holds."""

    def interrupt(self, task: asyncio.Task[None], delivered: int | None) -> None:
        """Stop it, once."""
        if not self._interrupted:
            self._interrupted, self._delivered = True, delivered
            task.cancel()

    async def run(self, events: AsyncGenerator[TurnEvent, None]) -> None:
        """Play it to its end, whatever that is: done, interrupted, or an error."""
        try:
            async with aclosing(events):
                async for event in events:
                    self.notes.note(event)
                    self._show(event)
        except asyncio.CancelledError:
            if not self._interrupted:
                raise
            await self._close_interrupted()
        except Exception as error:  # whatever it is, the session must outlive it
            self.refused = isinstance(error, (TurnRefused, MediaError))
            self.broken = not self.refused
            self.fail(error, ends_turn=True)

    def fail(self, error: Exception, *, ends_turn: bool) -> None:
        """Send an `error` frame of this turn."""
        failure = failure_of(error)
        self._emit(
            ErrorFrame,
            code=failure.code,
            message=failure.message,
            retryable=failure.retryable,
            field=failure.field,
            retry_after_s=failure.retry_after_s,
            about=self._about,
            ends_turn=ends_turn,
        )

    def _show(self, event: TurnEvent) -> None:
        match event:
            case Observed(observation=seen):
                age = (now() - seen.captured_at).total_seconds() * 1000
                self._emit(PerceptionObserved, observation=seen.as_dict(), age_ms=round(max(0.0, age), 1))
            case Transcribed(transcript=heard):
                self._emit(SpeechTranscribed, transcript=heard.as_dict())
            case Fused(affect=affect):
                self._emit(AffectFused, affect=affect.as_dict())
            case Routed(persona=persona, reason=reason):
                self._session.route(persona, reason, turn=self.number)
            case Delta(text=text):
                self._emit(ReplyDelta, text=text)
            case Done() as done:
                self._done(done)

    def _done(self, done: Done) -> None:
        self._emit(
            ReplyDone,
            turn_id=done.turn_id,
            number=done.number,
            text=done.reply,
            persona=done.persona,
            interrupted=done.interrupted,
            trace=dict(done.trace),
        )

    async def _close_interrupted(self) -> None:
        kept = None
        text = self.notes.delivered(self._delivered)
        try:
            kept = await self.notes.keep(self._session.agent.memory, text)
        except Exception as error:  # the person stopped it: it is over, even where it cannot be remembered
            self.fail(error, ends_turn=False)
        self._emit(
            ReplyDone,
            turn_id=kept.turn_id if kept else None,
            number=kept.number if kept else None,
            text=kept.reply if kept else text,
            persona=kept.persona if kept else self.notes.persona,
            # false where the interruption came when the whole turn had just been written
            interrupted=kept.interrupted if kept else True,
            trace=dict(kept.trace) if kept else {},
        )

    def _emit(self, kind: type[Any], **fields: Any) -> None:
        self._session.log.add(kind, turn=self.number, **fields)
