"""Turns that were begun over HTTP. They go on when their client goes away, as those of a socket do."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from agent.events import Done, Routed, TurnEvent, TurnInput
from agent.unfinished import Unfinished
from api.live.failures import Failure, failure_of
from api.live.frames import error_fields, frame_of
from api.rest.refusals import Refused
from api.wire import ErrorFrame, RouteChanged, ServerFrame

if TYPE_CHECKING:
    from agent import Agent
    from api.telemetry import Metrics
    from memory import SessionRecord

MOST: Final = 500
"""Turns over HTTP at once."""
TURN: Final = 1
"""`turn` of the frames of an answer: it holds one."""


class HttpTurn:
    """One turn: whoever began it reads its frames, or only waits for its end."""

    def __init__(self, record: SessionRecord, notes: Unfinished) -> None:
        """Remember whose turn it is."""
        self.session_id = record.session_id
        self.failure: Failure | None = None
        """Why it broke."""
        self.done: Done | None = None
        """How it ended, where it did not break."""
        self._persona = record.persona
        self._notes = notes
        self._frames: asyncio.Queue[ServerFrame | None] = asyncio.Queue()
        self._seq = 0

    async def frames(self, patience: float) -> AsyncGenerator[ServerFrame | None, None]:
        """The frames of the wire, as they come; the last is `reply.done` or `error`.

        Args:
            patience: Seconds without a frame after which None comes instead.
        """
        while True:
            try:
                frame = await asyncio.wait_for(self._frames.get(), patience)
            except TimeoutError:
                yield None
                continue
            if frame is None:
                return
            yield frame

    async def play(self, agent: Agent, given: TurnInput) -> None:
        """Run to the end. What was delivered of a turn that is cancelled is kept."""
        try:
            async with aclosing(agent.turn(self.session_id, given)) as events:
                async for event in events:
                    self._notes.note(event)
                    self._show(event)
        except asyncio.CancelledError:
            await self._notes.keep(agent.memory, self._notes.delivered(None))
            raise
        except Exception as error:
            self.failure = failure_of(error)
            self._show_failure(self.failure)
        finally:
            self._frames.put_nowait(None)

    @property
    def persona(self) -> str:
        """Who answers, as far as is known."""
        return self._notes.persona

    def _show(self, event: TurnEvent) -> None:
        if isinstance(event, Routed) and event.persona != self._persona:
            self._put(RouteChanged, persona=event.persona, previous=self._persona, reason=event.reason)
        if isinstance(event, Done):
            self.done = event
        if drafted := frame_of(event):
            kind, fields = drafted
            self._put(kind, **fields)

    def _show_failure(self, failure: Failure) -> None:
        self._put(ErrorFrame, **error_fields(failure), ends_turn=True)

    def _put(self, kind: Callable[..., ServerFrame], **fields: object) -> None:
        self._seq += 1
        self._frames.put_nowait(kind(seq=self._seq, turn=TURN, **fields))


class HttpTurns:
    """All turns that run over HTTP: one of a session at a time."""

    def __init__(self, agent: Agent, metrics: Metrics, *, most: int = MOST) -> None:
        """Run at most `most` turns of an agent at once, and count them."""
        self._agent = agent
        self._metrics = metrics
        self._most = most
        self._running: dict[str, asyncio.Task[None]] = {}

    def begin(self, record: SessionRecord, given: TurnInput) -> tuple[HttpTurn, asyncio.Task[None]]:
        """Start a turn.

        Raises:
            Refused: `thread_busy`, or `too_many_turns`.
        """
        session_id = record.session_id
        # one that came over a socket counts too
        if session_id in self._running or self._agent.running(session_id):
            raise Refused("thread_busy", "a turn of this session is running; wait for its end", retryable=True)
        if len(self._running) >= self._most:
            raise Refused("too_many_turns", f"this server runs {self._most} turns; try again later", retryable=True)
        given = replace(given, turn_id=uuid.uuid4().hex)
        notes = Unfinished(
            session_id=session_id,
            persona=record.persona,
            lang=given.lang or record.lang,
            text=given.text.strip(),
            turn_id=given.turn_id,
        )
        turn = HttpTurn(record, notes)
        task = asyncio.create_task(self._play(turn, given))
        self._running[session_id] = task
        task.add_done_callback(lambda _: self._running.pop(session_id, None))
        return turn, task

    async def _play(self, turn: HttpTurn, given: TurnInput) -> None:
        began = time.monotonic()
        try:
            await turn.play(self._agent, given)
        finally:
            self._metrics.turn_finished(time.monotonic() - began, turn.persona)

    async def close(self) -> None:
        """Stop every turn, and keep what was delivered."""
        running = [*self._running.values()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
