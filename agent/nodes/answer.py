"""The nodes that speak: as a persona, and in a crisis."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from langchain_core.messages import BaseMessage
from langgraph.runtime import Runtime

from agent.briefing import briefing
from agent.casting import persona_of
from agent.errors import ChatModelInterrupted
from agent.events import Delta
from agent.looking import look_and_answer
from agent.phrases import cannot_speak, did_not_hear
from agent.prompts import compile_messages
from agent.safety import crisis_reply
from agent.state import TurnContext, TurnState, after_cut
from agent.unquoted import Unquoted


async def answer(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Speak as the persona: compile its prompt and stream the reply."""
    spoken = runtime.context.chat.languages
    if spoken is not None and state["lang"] not in spoken:
        return _say(cannot_speak(state["lang"], runtime.context.chat.name), runtime)
    if state.get("clip_ref") and not state.get("frame_ref") and not said(state):
        return _say(did_not_hear(state.get("transcript"), state["lang"]), runtime)
    return await _stream(state, runtime)


async def answer_crisis(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Fixed words that need no model, in the language of the person, with help for where they are."""
    signal = state["crisis"]
    assert signal is not None, "only a crisis leads here"
    return _say(crisis_reply(signal, lang=state["lang"], locale=runtime.context.locale), runtime)


def _say(text: str, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    """Fixed text; the open-question constraint does not bind it."""
    runtime.stream_writer(Delta(text=text))
    return {"reply": text, "trace": {"fixed_reply": "yes"}}


async def _stream(state: TurnState, runtime: Runtime[TurnContext]) -> dict[str, Any]:
    persona = persona_of(runtime.context.book, state["persona"])
    lang = state["lang"]
    messages = compile_messages(
        persona=persona,
        lang=lang,
        history=runtime.context.told,
        user_text=after_cut(said(state), runtime.context.past.turns[-1] if runtime.context.past.turns else None),
        briefing=briefing(state.get("affect"), state.get("mood"), lang, fluency=state.get("fluency")),
    )
    began, parts, trace = time.perf_counter(), list[str](), dict[str, float | str]()
    interrupted, unquoted = False, Unquoted()
    chat = runtime.context.chat

    def show(piece: str) -> None:
        if piece:
            parts.append(piece)
            runtime.stream_writer(Delta(text=piece))

    with runtime.context.watch.step("chat", chat.name) as step:
        try:
            async for piece in _pieces(state, runtime, messages, persona.limits.max_tokens):
                if not isinstance(piece, str):
                    trace.update(piece)
                    continue
                if "first_token" not in trace:
                    trace["first_token"] = round((time.perf_counter() - began) * 1000, 2)
                    step.note(first_token_ms=trace["first_token"])
                show(unquoted.feed(piece))
            show(unquoted.end())
        except ChatModelInterrupted as error:
            show(unquoted.end())
            if not parts:  # nothing was delivered: the whole turn can be tried again
                raise
            interrupted = True
            trace["interrupted_by"] = str(error)
            step.note(status="interrupted")
        finally:
            # of most models a piece is a token
            step.note(pieces=len(parts))
    if unquoted.dropped:
        trace["notes_dropped"] = unquoted.dropped
    return {"reply": "".join(parts), "interrupted": interrupted, "trace": trace}


def _pieces(
    state: TurnState, runtime: Runtime[TurnContext], messages: Sequence[BaseMessage], max_tokens: int
) -> AsyncIterator[str | Mapping[str, float | str]]:
    """The reply in pieces, and what is to stand in the trace of how it came about."""
    if runtime.context.tool_mode == "planned":
        return runtime.context.chat.stream(messages, max_tokens=max_tokens)
    return look_and_answer(state, runtime, messages, max_tokens=max_tokens)


def said(state: TurnState) -> str:
    """The words of the person: typed, and said where that is something else."""
    transcript = state.get("transcript")
    typed, spoken = state["text"].strip(), transcript.text.strip() if transcript else ""
    return "\n".join(dict.fromkeys(words for words in (typed, spoken) if words))
