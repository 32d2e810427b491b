"""Running turns: one at a time in a session, from the beginning or from where one broke."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any, cast
from weakref import WeakValueDictionary

from agent.broken import STREAMED, BrokenTurn, BrokenTurns, Progress
from agent.corrections import corrected
from agent.errors import NothingToRetry, NoticeNotAcknowledged
from agent.events import Done, TurnEvent
from agent.state import REMEMBERED, Consent, TurnContext, TurnMedia, TurnState
from agent.watching import UNWATCHED, TurnWatch
from memory import AffectMemory, Past
from perception import Modality

MakeContext = Callable[[Past, Consent, TurnMedia, TurnWatch], TurnContext]


class Turns:
    """The turns of all sessions of an agent. Every generator here may be closed early: then its turn has ended."""

    def __init__(self, graph: Any, broken: BrokenTurns, memory: AffectMemory, context: MakeContext) -> None:
        """Take what turns run on.

        Args:
            graph: Compiled, without checkpoints.
            broken: Where turns that break are kept.
            memory: The conversations.
            context: Makes what the nodes of one turn are handed.
        """
        self._graph = graph
        self._broken = broken
        self._memory = memory
        self._context = context
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._consents: WeakValueDictionary[str, Consent] = WeakValueDictionary()

    def consent(self, session_id: str, allowed: Mapping[Modality, bool]) -> None:
        """Let a change of mind hold at once, for a turn that is running."""
        if running := self._consents.get(session_id):
            running.allowed = allowed

    def running(self, session_id: str) -> bool:
        """Whether a turn of a session runs now; another would wait for its end."""
        lock = self._locks.get(session_id)
        return lock is not None and lock.locked()

    async def run(
        self, session_id: str, state: TurnState, media: TurnMedia, watch: TurnWatch = UNWATCHED
    ) -> AsyncGenerator[TurnEvent, None]:
        """A new turn; it takes the place of a broken one."""
        async with self._lock(session_id):
            await self._broken.discard(session_id)
            context = await self._prepare(session_id, media, watch)
            async with aclosing(self._follow(state, context)) as events:
                async for event in events:
                    yield event

    async def retry(self, session_id: str, watch: TurnWatch = UNWATCHED) -> AsyncGenerator[TurnEvent, None]:
        """The broken turn of a session, after its last finished node.

        Raises:
            NothingToRetry: there is none, or it rests on a sense that is not allowed any more.
        """
        async with self._lock(session_id):
            broken = await self._broken.find(session_id)
            if broken is None:
                raise NothingToRetry("there is no broken turn to retry; send a new message")
            context = await self._prepare(session_id, TurnMedia(), watch)
            if any(context.silenced(modality) for modality in broken.perceived):
                await self._broken.discard(session_id)
                raise NothingToRetry("the broken turn used a sense that is not allowed now; send the message again")
            async with aclosing(self._resume(broken, context)) as events:
                async for event in events:
                    yield event

    async def _prepare(self, session_id: str, media: TurnMedia, watch: TurnWatch) -> TurnContext:
        past = corrected(await self._memory.past(session_id, REMEMBERED))
        if past.session.acknowledged_at is None:
            raise NoticeNotAcknowledged(f"session {session_id!r} has not acknowledged the notice; do that first")
        consent = Consent(allowed=past.session.consent)
        self._consents[session_id] = consent
        return self._context(past, consent, media, watch)

    async def _follow(self, state: TurnState, context: TurnContext) -> AsyncGenerator[TurnEvent, None]:
        """Run the graph, and keep how far it came when it breaks."""
        progress = Progress()
        stream = cast("AsyncGenerator[Any, None]", self._graph.astream(state, context=context, stream_mode=STREAMED))
        try:
            async with aclosing(stream) as steps:
                async for mode, payload in steps:
                    if mode == "custom":
                        yield cast("TurnEvent", payload)
                    else:
                        progress.follow(mode, payload)
        except Exception:
            await self._broken.keep(context.session.session_id, progress)
            raise

    async def _resume(self, broken: BrokenTurn, context: TurnContext) -> AsyncGenerator[TurnEvent, None]:
        """Run the rest of a broken turn. When it breaks again, its checkpoint stays."""
        session_id, done = context.session.session_id, None
        try:
            async with aclosing(broken.resume(context)) as events:
                async for event in events:
                    if isinstance(event, Done):
                        done = event  # LangGraph writes once more when the graph ends: that must go first
                    else:
                        yield event
        except (asyncio.CancelledError, GeneratorExit):
            # whoever interrupts a retry keeps what was delivered; there is nothing to take up again
            await self._broken.discard(session_id)
            raise
        await self._broken.discard(session_id)
        if done is not None:
            yield done

    def _lock(self, session_id: str) -> asyncio.Lock:
        return self._locks.setdefault(session_id, asyncio.Lock())
