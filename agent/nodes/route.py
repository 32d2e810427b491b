"""Who answers, and why."""

from __future__ import annotations

from typing import Any, Literal

from langgraph.runtime import Runtime

from agent.casting import node_of, persona_of
from agent.events import Offered, Routed
from agent.handing import new_offer, question
from agent.routing import Step, Verdict, consider, with_offer
from agent.state import TurnContext, TurnState
from personas import Persona

CRISIS = "crisis"


async def route(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """A crisis comes before everything; then the persona that the person chose, unless a handoff rule has grounds."""
    if state.get("crisis"):
        return _routed(runtime, CRISIS, CRISIS, CRISIS)
    context = runtime.context
    verdict = _verdict(state, context)
    if verdict.act == "switch" and verdict.rule is not None:
        await context.memory.set_persona(context.session.session_id, verdict.rule.to)
        return _routed(runtime, verdict.rule.to, "handoff", verdict.reason)
    if verdict.act == "offer" and verdict.rule is not None:
        offer = new_offer(verdict.rule, _number(context))
        await context.memory.set_offers(context.session.session_id, with_offer(context.session.offers, offer))
        text = question(persona_of(context.book, offer.persona), state["lang"])
        runtime.stream_writer(Offered(offer=offer.offer, persona=offer.persona, reason="handoff_rule", text=text))
    return _routed(runtime, context.session.persona, _why(context), verdict.reason)


def _routed(runtime: Runtime[TurnContext], persona: str, reason: str, trace: str) -> dict[str, Any]:
    runtime.stream_writer(Routed(persona=persona, reason=reason))
    return {"persona": persona, "route_reason": reason, "trace": {"routing": trace}}


def _verdict(state: TurnState, context: TurnContext) -> Verdict:
    steps = [Step(persona=t.persona, affect=t.affect) for t in context.past.turns if t.persona != CRISIS]
    return consider(
        persona_of(context.book, context.session.persona),
        [*steps, Step(persona=context.session.persona, affect=state.get("affect"))],
        find=lambda name: _found(context, name),
        offers=context.session.offers,
        number=_number(context),
    )


def _found(context: TurnContext, name: str) -> Persona | None:
    return context.book.get(name) if name in context.book.names else None


def _number(context: TurnContext) -> int:
    return context.past.turns[-1].number + 1 if context.past.turns else 1


def _why(context: TurnContext) -> str:
    """`handed_over` for the persona that a handoff brought in, in the first turn in which it answers; else `chosen`."""
    here, turns = context.session.persona, context.past.turns
    agreed = any(offer.persona == here and offer.answer == "accepted" for offer in context.session.offers)
    return "handed_over" if agreed and turns and turns[-1].persona not in (here, CRISIS) else "chosen"


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
