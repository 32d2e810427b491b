"""One turn of a live session: the agent's events become frames, its errors become `error` frames."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from agent.errors import TurnRefused
from agent.events import Done, Routed, TurnEvent
from agent.unfinished import Unfinished
from api.live.failures import failure_of
from api.live.frames import error_fields, frame_of
from api.wire import ErrorFrame, ReplyDone
from perception import MediaError

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
        self.by = ""
        """Who or what has interrupted it; a code."""
        self._delivered: int | None = None
        self._playing = self._ended = False
        self._began = time.monotonic()
        self.broken = False
        """It ended with an error, and may be taken up again."""
        self.refused = False
        """It never began: what was before it still holds."""
        self.written = False
        """It is in the database, whole or as far as it was delivered."""

    @property
    def over(self) -> bool:
        """Nothing more comes of it than, where it was interrupted, its end."""
        return self.interrupted or self.ended

    @property
    def ended(self) -> bool:
        """Its last frame is sent."""
        return self._ended

    @property
    def interrupted(self) -> bool:
        """Somebody has stopped it."""
        return bool(self.by)

    def interrupt(self, task: asyncio.Task[None], delivered: int | None, *, by: str) -> None:
        """Stop it, once.

        Args:
            task: That plays it.
            delivered: Characters of the reply that reached the person; None for all.
            by: Who or what; a code.
        """
        if self.over:
            return
        self.by, self._delivered = by, delivered
        # a task that is cancelled before its first step never runs at all, and could not say that it was interrupted
        if self._playing:
            task.cancel()

    async def run(self, events: AsyncGenerator[TurnEvent, None]) -> None:
        """Play it to its end, whatever that is: done, interrupted, or an error."""
        self._playing = True
        try:
            async with aclosing(events):
                if not self.interrupted:
                    await self._play(events)
        except asyncio.CancelledError:
            if not self.interrupted:
                raise
        except Exception as error:  # whatever it is, the session must outlive it
            if not self.over:
                self.refused = isinstance(error, (TurnRefused, MediaError))
                self.broken = not self.refused
                self.fail(error, ends_turn=True)
        self._playing = False
        if self.interrupted and not self.written:
            await self._close_interrupted()
        if not self.refused:
            self._session.metrics.turn_finished(time.monotonic() - self._began, self.notes.persona)

    async def _play(self, events: AsyncGenerator[TurnEvent, None]) -> None:
        async for event in events:
            if self.interrupted:
                return  # somebody on the way has kept the cancellation to themselves
            self.notes.note(event)
            self._show(event)

    def fail(self, error: Exception, *, ends_turn: bool) -> None:
        """Send an `error` frame of this turn."""
        failure = failure_of(error)
        self._ended = self._ended or ends_turn
        self._session.metrics.error(failure.code)
        self._emit(ErrorFrame, **error_fields(failure), about=self._about, ends_turn=ends_turn)

    def _show(self, event: TurnEvent) -> None:
        if isinstance(event, Routed):
            self._session.route(event.persona, event.reason, turn=self.number)
        if isinstance(event, Done):
            self.written = self._ended = True
            self._session.wrote(self.number, event.number)
        if drafted := frame_of(event):
            kind, fields = drafted
            self._emit(kind, **fields)

    async def _close_interrupted(self) -> None:
        kept = None
        text = self.notes.delivered(self._delivered)
        try:
            kept = await self.notes.keep(self._session.agent.memory, text, by=self.by)
        except Exception as error:  # the person stopped it: it is over, even where it cannot be remembered
            self.fail(error, ends_turn=False)
        self.written, self._ended = kept is not None, True
        if kept is not None:
            self._session.wrote(self.number, kept.number)
        self._emit(
            ReplyDone,
            turn_id=kept.turn_id if kept else None,
            number=kept.number if kept else None,
            text=kept.reply if kept else text,
            persona=kept.persona if kept else self.notes.persona,
            # false where the interruption came when the whole turn had just been written
            interrupted=kept.interrupted if kept else True,
            trace=dict(kept.trace) if kept else {"interrupted_by": self.by},
        )

    def _emit(self, kind: type[Any], **fields: Any) -> None:
        self._session.log.add(kind, turn=self.number, **fields)
