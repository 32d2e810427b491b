"""The open-question constraint: one open question per reply, at its end. The repair only appends."""

from __future__ import annotations

from typing import Any

from langgraph.runtime import Runtime

from agent.casting import persona_of
from agent.events import Delta
from agent.nodes.answer import said
from agent.questions import is_goodbye, questions_in, repair, wants_no_questions
from agent.state import TurnContext, TurnState
from perception import Emotion


async def check_reply(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Append an open question that fits the affect where the reply ends without one and none is exempt."""
    lang, reply = state["lang"], state["reply"]
    if reason := _exemption(state, lang):
        return {"trace": {"question": f"exempt: {reason}"}}
    persona = persona_of(runtime.context.book, state["persona"])
    affect = state.get("affect")
    emotion = affect.scores.top if affect and affect.scores else Emotion.NEUTRAL
    asked = [question for _, earlier in state["history"] for question in questions_in(earlier, lang)]
    added = repair(reply, questions=persona.questions_for(emotion, lang), asked=asked, lang=lang)
    if not added:
        return {"trace": {"question": "own"}}
    runtime.stream_writer(Delta(text=added))
    return {"reply": reply + added, "trace": {"question": "appended"}}


def _exemption(state: TurnState, lang: str) -> str | None:
    words = said(state)
    if state.get("interrupted"):
        return "interrupted"
    if "fixed_reply" in state["trace"]:
        return "fixed reply"
    if is_goodbye(words, lang):
        return "goodbye"
    asked_for_none = wants_no_questions(words, lang) or any(wants_no_questions(u, lang) for u, _ in state["history"])
    return "no questions wanted" if asked_for_none else None
