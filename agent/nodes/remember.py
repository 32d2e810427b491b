"""The end of a turn: one transaction."""

from __future__ import annotations

import time
from typing import Any

from langgraph.runtime import Runtime

from agent.casting import persona_of
from agent.consenting import permitted
from agent.events import Done
from agent.policy import weigh
from agent.state import TurnContext, TurnState
from memory import TurnRecord
from perception import Affect
from perception.observation import now


async def remember(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Write the turn with its evidence, then say that it is done: whoever hears so can rely on the database."""
    transcript = state.get("transcript")
    began = time.perf_counter()
    turn = await runtime.context.memory.record_turn(
        TurnRecord(
            turn_id=state["turn_id"],
            session_id=runtime.context.session.session_id,
            number=0,
            started_at=state["started_at"],
            finished_at=now(),
            persona=state["persona"],
            route_reason=state["route_reason"],
            lang=state["lang"],
            user_text=state["text"],
            transcript=transcript.text if transcript else "",
            reply=state["reply"],
            interrupted=state.get("interrupted", False),
            affect=_kept(state, runtime.context),
            trace=state["trace"],
        )
    )
    trace = {**state["trace"], "remember": round((time.perf_counter() - began) * 1000, 2)}
    runtime.stream_writer(
        Done(
            turn_id=turn.turn_id,
            number=turn.number,
            reply=turn.reply,
            persona=turn.persona,
            interrupted=turn.interrupted,
            trace=trace,
        )
    )
    return {}


def _kept(state: TurnState, context: TurnContext) -> Affect | None:
    """The affect, without what the person has stopped allowing since it was fused."""
    affect = state.get("affect")
    if affect is None:
        return None
    observations = permitted(affect.observations, context)
    if observations == affect.observations:
        return affect
    policy = persona_of(context.book, context.session.persona).perception
    return weigh(policy, observations, corrections=context.past.corrections)
