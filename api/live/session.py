"""A session while it is live: its frames, who answers, and the turn that runs."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agent import Agent, TurnInput
from agent.events import TurnEvent
from agent.unfinished import Unfinished
from api.live.faces import can_follow
from api.live.failures import tell
from api.live.inbox import Collected, decode
from api.live.log import FrameLog
from api.live.recovery import places_of, token_hash
from api.live.rules import Rules
from api.live.thread import Job, Taken, Thread
from api.live.turn import LiveTurn
from api.telemetry import Metrics
from api.wire import LiveState, PersonaGreeting, RouteChanged, SessionStarted, TurnStarted, UserMessage, WireError
from api.wire.client import Busy, Consent
from memory import MemoryStoreError, Resumption, SessionRecord
from perception import Modality
from perception.observation import now

if TYPE_CHECKING:
    from api.live.connection import Connection

log = logging.getLogger(__name__)

KNOWN_TURNS = 200
"""Turns at most that a client can name in a correction."""

RESUME_S = 600.0
"""Seconds a session outlives its connection."""


class LiveSession:
    """One conversation. It outlives its connections: a turn runs to its end, and its frames wait in the log."""

    def __init__(
        self,
        agent: Agent,
        record: SessionRecord,
        log: FrameLog,
        lang: str,
        *,
        rules: Rules | None = None,
        metrics: Metrics | None = None,
        busy: Busy | None = None,
        token: str | None = None,
        left: Resumption | None = None,
    ) -> None:
        """Take up a session that the agent has begun.

        Args:
            agent: Answers.
            record: The session.
            log: Where its frames go.
            lang: Of the greeting, where the person chose none.
            rules: How long things last.
            metrics: Told of turns and errors.
            busy: What becomes of a message that comes while a turn runs; by default as the rules say.
            token: With which it is resumed; a new one when None.
            left: How it was left, where it is taken up from the database; its notice is acknowledged.
        """
        self.agent = agent
        self.log = log
        self.rules = rules or Rules()
        self.metrics = metrics or Metrics()
        self.busy: Busy = busy or self.rules.busy
        self.token = token or secrets.token_urlsafe(32)
        self.session_id = record.session_id
        self.user_id = record.user_id
        self.acknowledged = left is not None
        self.connections: list[Connection] = []
        self.live: frozenset[Modality] = frozenset()
        """The senses of the live link that the client asked for."""
        self.quiet_since = time.monotonic()
        """When the last turn ended, on the monotonic clock."""
        self.epoch = left.epoch if left else 1
        self.ends_at = _end(record, self.rules.session_s)
        """When it has lasted as long as it may, on the monotonic clock; None for never."""
        self.numbers = {place: number for number, place in places_of(left).items()} if left else dict[int, int]()
        """Of the last turns that were written: `turn` of their frames, and their number in the database."""
        self._record = record
        self._lang = lang
        self._answering = record.persona
        self._turns = left.turn if left else 0
        self._broken: LiveTurn | None = None
        self._thread = Thread(self.rules)
        self._noting: asyncio.Task[None] | None = None

    @property
    def running(self) -> LiveTurn | None:
        """The turn that runs now, until its last frame is sent."""
        turn = self._thread.turn
        return None if turn is None or turn.ended else turn

    def allows(self, modality: Modality) -> bool:
        """Whether a sense may be asked now."""
        return self._record.consent.get(modality, False) and modality in self.agent.modalities

    def lives(self, modality: Modality) -> bool:
        """Whether a sense is felt between messages now."""
        return modality in self.live and self.allows(modality)

    def set_live(self, *, vision: bool, audio: bool) -> None:
        """Turn the live link on or off, and say how it is now."""
        asked = {Modality.VISION: vision, Modality.AUDIO: audio}
        refused = {m: reason for m, on in asked.items() if on and (reason := self._refusal(m))}
        self.live = frozenset(m for m, on in asked.items() if on and m not in refused)
        self._tell_live(next(iter(refused.values()), None))

    def _refusal(self, modality: Modality) -> str | None:
        if modality not in self.agent.modalities:
            return "deployment"
        if not self._record.consent.get(modality, False):
            return "consent"
        return None if can_follow(self.agent.senses.perceiver(modality), modality) else "sense"

    def _tell_live(self, reason: str | None) -> None:
        self.log.add(
            LiveState, turn=0, vision=Modality.VISION in self.live, audio=Modality.AUDIO in self.live, reason=reason
        )

    async def acknowledge(self, consent: Consent) -> None:
        """Keep the receipt, and greet the first time."""
        given = {m: getattr(consent, m.value) and m in self.agent.modalities for m in Modality}
        self._record = await self.agent.acknowledge(self.session_id, given)
        first, self.acknowledged = not self.acknowledged, True
        if first:
            await self._keep_token()
        self.announce(resumed=False)
        self._live_as_allowed()
        if first:
            await self.greet(self._record.persona)

    def consents(self, record: SessionRecord) -> None:
        """The person has changed, through another door, what may be perceived: it holds here from now on."""
        self._record = replace(self._record, consent=record.consent, acknowledged_at=record.acknowledged_at)
        self._live_as_allowed()

    def _live_as_allowed(self) -> None:
        if not all(self.allows(modality) for modality in self.live):
            self.live = frozenset(m for m in self.live if self.allows(m))
            self._tell_live("consent")

    def announce(self, *, resumed: bool) -> None:
        """Send `session.started`."""
        running = self.running
        self.log.add(
            SessionStarted,
            turn=0,
            session_id=self.session_id,
            token=self.token,
            persona=self._answering,
            consent={m.value: self._record.consent.get(m, False) for m in Modality},
            resumed=resumed,
            resume_seconds=RESUME_S,
            epoch=self.epoch,
            running=running.number if running else None,
            busy=self.busy,
        )

    async def greet(self, persona: str) -> None:
        """Let a persona answer from now on, beginning with its greeting.

        Raises:
            UnknownPersona: nobody is called that.
        """
        text = await self.agent.choose_persona(self.session_id, persona, self._lang)
        self.route(persona, "chosen", turn=0)
        self.log.add(PersonaGreeting, turn=0, persona=persona, text=text)

    async def choose(self, persona: str) -> Taken | None:
        """The same, once the thread is free.

        Raises:
            UnknownPersona: nobody is called that, and the thread is free.
        """
        if not self._thread.busy:
            await self.greet(persona)
            return None

        async def later() -> None:
            try:
                await self.greet(persona)
            except Exception as error:  # a queue has nobody to raise to
                tell(self.log, error, "persona.set", self.metrics)

        return self._thread.take(Job(start=lambda _: (None, later())), self.busy)

    def when_free(self, job: Job) -> Taken | None:
        """Do something when no turn runs, whatever the policy: it is an answer to what that turn asked."""
        return self._thread.take(job, "queue")

    def wrote(self, turn: int, number: int) -> None:
        """Remember which turn of the database a turn of the wire is."""
        self.numbers[turn] = number
        while len(self.numbers) > KNOWN_TURNS:
            del self.numbers[next(iter(self.numbers))]

    def route(self, persona: str, reason: str, *, turn: int) -> None:
        """Send `route.changed` where it is another persona that answers."""
        if persona != self._answering:
            previous, self._answering = self._answering, persona
            self.log.add(RouteChanged, turn=turn, persona=persona, previous=previous, reason=reason)

    def begin(self, message: UserMessage, media: Collected) -> Taken | None:
        """Have a turn, now or when the thread is free, as the policy says; None where it is the next to run."""

        def start(waited: bool) -> tuple[LiveTurn, Coroutine[Any, Any, None]]:
            self._turns += 1
            notes = Unfinished(
                session_id=self.session_id,
                persona=self._answering,
                lang=message.lang or self._record.lang,
                text=message.text.strip(),
                turn_id=uuid.uuid4().hex,
            )
            turn = LiveTurn(self, number=self._turns, notes=notes, about=message.type)
            if waited or len(self.connections) > 1:
                self.log.add(TurnStarted, turn=turn.number, text=message.text, queued=waited)
            return turn, self._play(turn, self._events(turn, message, media))

        if self.busy == "reject" and not self._thread.busy and self.agent.running(self.session_id):
            # a turn over HTTP: this one would wait for it without a word
            return Taken(policy="reject", position=None)
        return self._thread.take(Job(start=start, size=len(message.text) + media.size), self.busy)

    def retry(self) -> Taken | None:
        """Take up the broken turn again, unless something runs.

        Raises:
            WireError: `nothing_to_retry`.
        """
        broken = self._broken
        if broken is None and self.epoch == 1 and not self._thread.busy:
            raise WireError("nothing_to_retry", "the last turn of the session did not break; send a new message")

        def start(_: bool) -> tuple[LiveTurn, Coroutine[Any, Any, None]]:
            # a turn that broke before the server was started anew is known to the agent only
            notes = replace(broken.notes, pieces=[]) if broken else self._notes_of_retry()
            number = broken.number if broken else self._turns
            turn = LiveTurn(self, number=number, notes=notes, about="turn.retry")
            return turn, self._play(turn, self.agent.retry(self.session_id))

        return self._thread.take(Job(start=start), "reject")

    def interrupt(self, delivered_chars: int | None) -> None:
        """Stop the running turn.

        Raises:
            WireError: `nothing_to_interrupt`.
        """
        if not self._thread.interrupt(delivered_chars, by="user"):
            raise WireError("nothing_to_interrupt", "no turn is running; the reply is whole")

    async def close(self) -> None:
        """Stop the turn that runs, if any, and let the followers of the log go."""
        await self._thread.stop()
        self.log.close()
        if self._noting is not None:
            await asyncio.wait([self._noting])

    async def _play(self, turn: LiveTurn, events: AsyncGenerator[TurnEvent, None]) -> None:
        turn_id = turn.notes.turn_id or ""
        self._note(lambda: self.agent.memory.resumptions.begun(self.session_id, turn.number, turn_id))
        await turn.run(events)
        self.quiet_since = time.monotonic()
        if not turn.refused:
            self._broken = turn if turn.broken else None
        # what has left nothing must not look, after a restart, as if it had been killed; but of a turn that a stopping
        # server has ended the client may not have heard
        if not turn.written and turn.by != "shutdown":
            self.forget_turn(turn_id)

    def _notes_of_retry(self) -> Unfinished:
        return Unfinished(session_id=self.session_id, persona=self._answering, lang=self._record.lang)

    async def _events(self, turn: LiveTurn, message: UserMessage, media: Collected) -> AsyncGenerator[TurnEvent, None]:
        """What happens in the turn of a message. Media that cannot be read is told of; the turn goes on without it."""
        decoded = await decode(media)
        left = message.text.strip() or decoded.frame or decoded.clip
        for failure in decoded.failures if left else decoded.failures[:-1]:
            turn.fail(failure, ends_turn=False)
        if decoded.failures and not left:
            raise decoded.failures[-1]
        given = TurnInput(
            text=message.text,
            frame=decoded.frame,
            clip=decoded.clip,
            lang=message.lang,
            turn_id=turn.notes.turn_id,
        )
        async with aclosing(self.agent.turn(self.session_id, given)) as events:
            async for event in events:
                yield event

    async def _keep_token(self) -> None:
        since = now() - self.rules.token_age
        try:
            await self.agent.memory.resumptions.keep(self.session_id, token_hash(self.token), since=since)
        except MemoryStoreError as error:  # the conversation can be held all the same
            log.warning("session %s cannot be resumed after a restart: %s", self.session_id, error)

    def forget_turn(self, turn_id: str) -> None:
        """Note that a turn is over and left nothing."""
        self._note(lambda: self.agent.memory.resumptions.ended(self.session_id, turn_id))

    def _note(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write to the database in order, beside the turn: no frame waits for that."""
        self._noting = asyncio.create_task(self._written(write, self._noting))

    async def _written(self, write: Callable[[], Awaitable[None]], before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            await write()
        except Exception as error:  # the turn itself has other ways to say that the database cannot be used
            log.warning("session %s may be told of its last turn again: %s", self.session_id, error)


def _end(record: SessionRecord, seconds: float | None) -> float | None:
    """When a session has lasted as long as it may. A wall clock that was set back makes it no older than new."""
    if seconds is None:
        return None
    age = max(0.0, (now() - record.started_at).total_seconds())
    return time.monotonic() + max(0.0, seconds - age)
