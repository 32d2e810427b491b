"""Who answers, and why."""

from __future__ import annotations

from typing import Any, Literal

from langgraph.runtime import Runtime

from agent.casting import node_of
from agent.events import Routed
from agent.state import TurnContext, TurnState

CRISIS = "crisis"


async def route(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """A crisis comes before everything; otherwise the persona that the person chose."""
    persona, reason = (CRISIS, CRISIS) if state.get("crisis") else (runtime.context.session.persona, "chosen")
    runtime.stream_writer(Routed(persona=persona, reason=reason))
    return {"persona": persona, "route_reason": reason}


def next_after_input(state: TurnState) -> Literal["go_on", "recall"]:
    """In a crisis no more senses are asked; but a recording may hold a graver one than the words."""
    crisis = state.get("crisis")
    acute = crisis is not None and (crisis.about, crisis.level) == ("self", "acute")
    return "recall" if acute or (crisis and not state.get("clip_ref")) else "go_on"


def next_after_words(state: TurnState) -> Literal["go_on", "recall"]:
    """In a crisis no more senses are asked."""
    return "recall" if state.get("crisis") else "go_on"


def next_after_route(state: TurnState) -> str:
    """The node that speaks."""
    return CRISIS if state.get("crisis") else node_of(state["persona"])
