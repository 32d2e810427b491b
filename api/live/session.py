"""A session while it is live: its frames, who answers, and the turn that runs."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from agent import Agent, TurnInput
from agent.events import TurnEvent
from agent.unfinished import Unfinished
from api.live.inbox import Collected, decode
from api.live.log import FrameLog
from api.live.turn import LiveTurn
from api.wire import PersonaGreeting, RouteChanged, SessionStarted, UserMessage, WireError
from api.wire.client import Consent
from memory import SessionRecord
from perception import Modality

if TYPE_CHECKING:
    from api.live.connection import Connection

RESUME_S = 600.0
"""Seconds a session outlives its connection."""


class LiveSession:
    """One conversation. It outlives its connection: a turn runs to its end, and its frames wait in the log."""

    def __init__(self, agent: Agent, record: SessionRecord, log: FrameLog, lang: str) -> None:
        """Take up a session that the agent has begun.

        Args:
            agent: Answers.
            record: The session; its notice is not yet acknowledged.
            log: Where its frames go.
            lang: Of the greeting, where the person chose none.
        """
        self.agent = agent
        self.log = log
        self.token = secrets.token_urlsafe(32)
        self.session_id = record.session_id
        self.user_id = record.user_id
        self.acknowledged = False
        self.connection: Connection | None = None
        self._record = record
        self._lang = lang
        self._answering = record.persona
        self._turns = 0
        self._turn: LiveTurn | None = None
        self._broken: LiveTurn | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> LiveTurn | None:
        """The turn that runs now."""
        return self._turn if self._task is not None and not self._task.done() else None

    async def acknowledge(self, consent: Consent) -> None:
        """Keep the receipt, and greet the first time."""
        given = {m: getattr(consent, m.value) and m in self.agent.modalities for m in Modality}
        self._record = await self.agent.acknowledge(self.session_id, given)
        first, self.acknowledged = not self.acknowledged, True
        self.announce(resumed=False)
        if first:
            await self.greet(self._record.persona)

    def announce(self, *, resumed: bool) -> None:
        """Send `session.started`."""
        self.log.add(
            SessionStarted,
            turn=0,
            session_id=self.session_id,
            token=self.token,
            persona=self._answering,
            consent={m.value: self._record.consent.get(m, False) for m in Modality},
            resumed=resumed,
            resume_seconds=RESUME_S,
        )

    async def greet(self, persona: str) -> None:
        """Let a persona answer from now on, beginning with its greeting.

        Raises:
            UnknownPersona: nobody is called that.
        """
        text = await self.agent.choose_persona(self.session_id, persona, self._lang)
        self.route(persona, "chosen", turn=0)
        self.log.add(PersonaGreeting, turn=0, persona=persona, text=text)

    def route(self, persona: str, reason: str, *, turn: int) -> None:
        """Send `route.changed` where it is another persona that answers."""
        if persona != self._answering:
            previous, self._answering = self._answering, persona
            self.log.add(RouteChanged, turn=turn, persona=persona, previous=previous, reason=reason)

    async def begin(self, message: UserMessage, media: Collected) -> None:
        """Start a turn; nothing else runs."""
        self._turns += 1
        notes = Unfinished(
            session_id=self.session_id,
            persona=self._answering,
            lang=message.lang or self._record.lang,
            text=message.text.strip(),
        )
        turn = LiveTurn(self, number=self._turns, notes=notes, about=message.type)
        await self._start(turn, self._events(turn, message, media))

    async def retry(self) -> None:
        """Start the broken turn again.

        Raises:
            WireError: `nothing_to_retry`.
        """
        broken = self._broken
        if broken is None:
            raise WireError("nothing_to_retry", "the last turn of the session did not break; send a new message")
        turn = LiveTurn(self, number=broken.number, notes=replace(broken.notes, pieces=[]), about="turn.retry")
        await self._start(turn, self.agent.retry(self.session_id))

    def interrupt(self, delivered_chars: int | None) -> None:
        """Stop the running turn.

        Raises:
            WireError: `nothing_to_interrupt`.
        """
        if self.running is None or self._task is None:
            raise WireError("nothing_to_interrupt", "no turn is running; the reply is whole")
        self.running.interrupt(self._task, delivered_chars)

    async def close(self) -> None:
        """Stop the turn that runs, if any, and let the followers of the log go."""
        self.log.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _start(self, turn: LiveTurn, events: AsyncGenerator[TurnEvent, None]) -> None:
        self._turn = turn
        self._task = asyncio.create_task(self._run(turn, events))
        # a task that is cancelled before its first step never runs at all, and could not say that it was interrupted
        await asyncio.sleep(0)

    async def _run(self, turn: LiveTurn, events: AsyncGenerator[TurnEvent, None]) -> None:
        await turn.run(events)
        if not turn.refused:
            self._broken = turn if turn.broken else None

    async def _events(self, turn: LiveTurn, message: UserMessage, media: Collected) -> AsyncGenerator[TurnEvent, None]:
        """What happens in the turn of a message. Media that cannot be read is told of; the turn goes on without it."""
        decoded = await decode(media)
        left = message.text.strip() or decoded.frame or decoded.clip
        for failure in decoded.failures if left else decoded.failures[:-1]:
            turn.fail(failure, ends_turn=False)
        if decoded.failures and not left:
            raise decoded.failures[-1]
        given = TurnInput(text=message.text, frame=decoded.frame, clip=decoded.clip, lang=message.lang)
        async with aclosing(self.agent.turn(self.session_id, given)) as events:
            async for event in events:
                yield event
