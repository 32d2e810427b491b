"""Remembering: the mood that the last turns leave."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from agent.mood import mood_of
from agent.state import TurnContext, TurnState


async def recall(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Follow the affect over the last turns, this one included."""
    affects = [turn.affect for turn in runtime.context.past.turns if turn.affect]
    if affect := state.get("affect"):
        affects.append(affect)
    return {"mood": mood_of(affects)}
