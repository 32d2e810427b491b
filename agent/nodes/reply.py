"""The open-question constraint: one open question per reply, at its end. The repair only appends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from langgraph.runtime import Runtime

from agent.briefing import SURE
from agent.casting import persona_of
from agent.events import Delta
from agent.nodes.answer import said
from agent.questions import ends_with_open_question, is_goodbye, questions_in, repair, wants_no_questions
from agent.state import TurnContext, TurnState

ENDED: Final = re.compile(r"[^\w\s]\s*$")
"""How a whole reply ends; one that ends in a letter was cut at its token limit."""


async def check_reply(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Append an open question that fits the affect where the reply ends without one and none is exempt."""
    lang, reply = state["lang"], state["reply"]
    if ends_with_open_question(reply, lang):
        return {"trace": {"question": "own"}}
    if reason := _exemption(state, runtime.context.exchanges, lang):
        return {"trace": {"question": f"exempt: {reason}"}}
    persona = persona_of(runtime.context.book, state["persona"])
    affect = state.get("affect")
    # a question about an anger that is none is worse than one that fits any moment
    emotion = affect.scores.top if affect and affect.scores and affect.reliability >= SURE else None
    added = repair(
        reply,
        questions=persona.questions_for(emotion, lang),
        fallback=persona.questions_for(None, lang),
        asked=[question for _, earlier in runtime.context.exchanges for question in questions_in(earlier, lang)],
        lang=lang,
        turn=len(runtime.context.past.turns),
        cut=not ENDED.search(reply),
    )
    runtime.stream_writer(Delta(text=added))
    return {"reply": reply + added, "trace": {"question": "appended"}}


def _exemption(state: TurnState, exchanges: Sequence[tuple[str, str]], lang: str) -> str | None:
    words = said(state)
    if state.get("interrupted"):
        return "interrupted"
    if "fixed_reply" in state["trace"]:
        return "fixed reply"
    if is_goodbye(words, lang):
        return "goodbye"
    asked_for_none = wants_no_questions(words, lang) or any(wants_no_questions(u, lang) for u, _ in exchanges)
    return "no questions wanted" if asked_for_none else None
