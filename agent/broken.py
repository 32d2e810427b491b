"""Turns that broke, kept until they are retried or a new one begins.

A turn that goes well writes no checkpoint: measured, LangGraph's costs a fifth of the whole turn, to be deleted at its
end. So the state is followed as it streams by, and becomes a checkpoint only when a node fails.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from langgraph.graph import StateGraph
from langgraph.types import StreamMode

from agent.events import TurnEvent
from agent.state import TurnContext, TurnState
from perception import Modality, Status

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

log = logging.getLogger(__name__)

STREAMED: Final[list[StreamMode]] = ["custom", "updates", "values"]
"""What a turn streams: its events, which node has finished, and the state after it."""


@dataclass(kw_only=True, slots=True)
class Progress:
    """How far a turn has come."""

    state: Mapping[str, Any] = field(default_factory=dict)
    """After the last finished node."""
    node: str | None = None
    """The last finished node."""

    def follow(self, mode: str, payload: Any) -> None:
        """Take note of what streams by."""
        if mode == "values":
            self.state = payload
        else:
            self.node = next(iter(payload), self.node)


class BrokenTurns:
    """The checkpoints of broken turns, one a session at most."""

    def __init__(
        self, graph: StateGraph[TurnState, TurnContext, TurnState, TurnState], checkpoints: AsyncSqliteSaver
    ) -> None:
        self._graph = graph.compile(checkpointer=checkpoints)
        self._checkpoints = checkpoints

    async def keep(self, session_id: str, progress: Progress) -> None:
        """Write down how far a turn came, in place of an earlier one, unless nothing was finished.

        A checkpoint that cannot be written costs the retry and nothing else.
        """
        if progress.node is None:
            return
        try:
            await self._checkpoints.adelete_thread(session_id)  # it may be another process's, and would be merged
            await self._graph.aupdate_state(_thread(session_id), dict(progress.state), as_node=progress.node)
        except sqlite3.Error:
            log.exception("the broken turn of session %s cannot be kept for a retry", session_id)

    async def find(self, session_id: str) -> BrokenTurn | None:
        """The broken turn of a session, from this run or an earlier one."""
        thread = _thread(session_id)
        there = await self._checkpoints.aget_tuple(thread)
        if there is None:
            return None
        seen = there.checkpoint["channel_values"].get("observations", {})
        return BrokenTurn(
            graph=self._graph,
            thread=thread,
            perceived=frozenset(m for m, o in seen.items() if o.status is not Status.DISABLED),
        )

    async def discard(self, session_id: str) -> None:
        """Forget the broken turn of a session, if there is one. Where that fails, the turn to come matters more."""
        try:
            await self._checkpoints.adelete_thread(session_id)
        except sqlite3.Error:
            log.exception("the checkpoint of session %s cannot be deleted", session_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokenTurn:
    """A turn to be taken up after its last finished node."""

    graph: Any
    """Compiled with the checkpoints."""
    thread: RunnableConfig
    """Where its checkpoint is."""
    perceived: frozenset[Modality]
    """The senses that were asked before it broke."""

    async def resume(self, context: TurnContext) -> AsyncGenerator[TurnEvent, None]:
        """Run the rest of the turn. When it breaks again, its checkpoint stays."""
        stream = self.graph.astream(None, self.thread, context=context, stream_mode="custom", durability="exit")
        async with aclosing(stream) as events:
            async for event in events:
                yield cast("TurnEvent", event)


def _thread(session_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": session_id}}
