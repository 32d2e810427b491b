"""Remembering: the mood that the last turns leave."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from agent.mood import Felt, felt_in, mood_line, mood_of
from agent.state import TurnContext, TurnState


async def recall(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Follow the affect over the last turns, this one included."""
    context, affect = runtime.context, state.get("affect")
    here = Felt(
        scores=affect.scores if affect else None,
        reliability=affect.reliability if affect else 0.0,
        at=state["started_at"],
        number=context.past.turns[-1].number + 1 if context.past.turns else 1,
    )
    mood = mood_of([*map(felt_in, context.past.turns), here], baseline=context.past.usual)
    return {"mood": mood, "trace": {"mood": mood_line(mood)} if mood else {}}
