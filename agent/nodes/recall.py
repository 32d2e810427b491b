"""Remembering: the last few exchanges and the mood they leave."""

from __future__ import annotations

from typing import Any, Final

from langgraph.runtime import Runtime

from agent.mood import mood_of
from agent.state import TurnContext, TurnState

EXCHANGES: Final = 6
"""How many earlier exchanges a prompt may quote; a fixed number, so that turn 1,000 costs what turn 10 does."""

AFFECTS: Final = 20
"""How many earlier turns the mood rests on."""


async def recall(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Read the conversation so far and the mood, this turn included."""
    memory, session_id = runtime.context.memory, runtime.context.session.session_id
    turns = await memory.recent_turns(session_id, EXCHANGES)
    affects = [*await memory.recent_affects(session_id, AFFECTS)]
    if affect := state.get("affect"):
        affects.append(affect)
    history = tuple((turn.user_text or turn.transcript, turn.reply) for turn in turns)
    return {"history": history, "mood": mood_of(affects)}
