"""Tool mode `model`: the chat model is given the tools of perception too, and may look again by itself.

The planned senses have answered before it is asked, so nothing that a person's safety rests on depends on what it does.
What it finds is for its reply: the evidence of the turn is what was planned. Its rounds and its calls are bounded; a
call that cannot be made is answered with an error, which the model may mend.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolCall, ToolMessage
from langchain_core.tools import StructuredTool
from langgraph.prebuilt import ToolRuntime
from langgraph.runtime import Runtime

from agent.chat_models import ToolCaller
from agent.consenting import permitted
from agent.errors import ChatModelError, ChatModelFailed, ChatModelInterrupted, ChatModelRefusedRequest
from agent.offering import MEDIA, TOOLS, checked, offered
from agent.state import TurnContext, TurnState, merge_observations
from perception import Status
from personas import Lang, in_language

log = logging.getLogger(__name__)

ROUNDS: Final = 3
"""In which the model may ask for tools; after those it has to answer."""
CALLS: Final = 4
"""In one round."""

_RULE: Final[dict[Lang, str]] = {
    "en": (
        "- You may call tools to look again. What they return is a hint like the others: never quote it or its "
        "numbers. Say nothing before you have called those that you want."
    ),
    "zh": "- 可以调用工具再看一次。工具的结果同样只是提示，不要引用，也不要说出其中的数字。先调用完，再开口。",
}


async def look_and_answer(
    state: TurnState, runtime: Runtime[TurnContext], messages: Sequence[BaseMessage], *, max_tokens: int
) -> AsyncIterator[str | Mapping[str, float | str]]:
    """The reply, in pieces, of a model that may call tools on the way; and at last what it did, for the trace.

    Raises:
        ChatModelError: as `ToolCaller.converse`. A model that never answers has failed.
    """
    chat, spoken, refused = runtime.context.chat, "", False
    assert isinstance(chat, ToolCaller), "an agent with another model does not open in this mode"
    looked = _Looking(state, runtime)
    try:
        async for piece in _rounds(chat, _told(messages, state["lang"]), looked, max_tokens):
            spoken += piece
            yield piece
    except ChatModelError as error:
        if spoken:  # it cannot be taken back, whatever broke after it
            raise ChatModelInterrupted(str(error), text=spoken) from error
        refused = isinstance(error, ChatModelRefusedRequest) and not looked.called
        if not refused:
            raise
        log.warning("%s is asked again without tools; with them its endpoint said: %s", chat.name, error)
    if refused:
        async for piece in chat.stream(messages, max_tokens=max_tokens):
            yield piece
    yield {"model_tools": "refused" if refused else ", ".join(looked.called) or "none"}


def _told(messages: Sequence[BaseMessage], lang: str) -> list[BaseMessage]:
    """The prompt with the rule for tools at the end of its first message, which stays the same from turn to turn."""
    first, *rest = messages
    return [SystemMessage(f"{first.content}\n{in_language(_RULE, lang)}"), *rest]


async def _rounds(
    chat: ToolCaller, messages: list[BaseMessage], looked: _Looking, max_tokens: int
) -> AsyncIterator[str]:
    spoken = False
    for number in range(ROUNDS + 1):
        asked, gap = None, "\n" if spoken else ""
        async for piece in chat.converse(messages, looked.offered, max_tokens=max_tokens, call=number < ROUNDS):
            if isinstance(piece, AIMessage):
                asked = piece
            else:
                yield gap + piece
                spoken, gap = True, ""
        if asked is None or number == ROUNDS:
            break
        messages += [asked, *await looked.answer(asked)]
    if not spoken:
        raise ChatModelFailed(f"{chat.name} called tools for {ROUNDS} rounds and never answered")


class _Looking:
    """The tools of one turn, and what came of them."""

    def __init__(self, state: TurnState, runtime: Runtime[TurnContext]) -> None:
        self._runtime = runtime
        # a copy: what the model looks at must not become the record of the turn
        self._state: dict[str, Any] = {**state}
        self.offered = offered(state, runtime.context)
        self.called: list[str] = []
        """Names of the tools that were run."""

    async def answer(self, asked: AIMessage) -> list[ToolMessage]:
        """Run the calls of one round at the same time."""
        broken = [_refused(call["id"], call["name"], f"not JSON: {call['error']}") for call in asked.invalid_tool_calls]
        return [*await asyncio.gather(*(self._run(n, call) for n, call in enumerate(asked.tool_calls))), *broken]

    async def _run(self, place: int, call: ToolCall) -> ToolMessage:
        name, known = call["name"], {each["function"]["name"]: each["function"] for each in self.offered}
        if place >= CALLS:
            return _refused(call["id"], name, f"only {CALLS} calls in one round")
        if name not in known:
            return _refused(call["id"], name, f"no such tool in this turn; there are {', '.join(known) or 'none'}")
        tool = TOOLS[name]
        assert isinstance(tool, StructuredTool), "our tools are functions"
        assert tool.coroutine is not None, "our tools are async"
        try:
            args = checked(tool, call["args"], known[name])
        except ValueError as error:
            return _refused(call["id"], name, " ".join(str(error).split()))
        self.called.append(name)
        if (felt := self._felt(name)) is not None:
            return ToolMessage(content=json.dumps(felt), name=name, tool_call_id=call["id"] or "")
        try:
            with self._runtime.context.watch.step("tool", name):
                command = await tool.coroutine(**args, runtime=self._tool_runtime(call["id"]))
        except Exception:  # what the model wanted beside the plan must not cost the person the reply
            log.exception("the tool %s that the chat model called failed", name)
            return _refused(call["id"], name, "it broke down")
        update = dict(command.update)
        if seen := update.get("observations"):
            self._state["observations"] = merge_observations(self._state["observations"], seen)
        (message,) = update["messages"]
        assert isinstance(message, ToolMessage), "a tool answers with one"
        return message

    def _felt(self, name: str) -> dict[str, Any] | None:
        """What the picture or the recording was already felt as, unless its sense was late or broke down.

        A sense says the same of the same again; and a voice must not be learned from twice.
        """
        modality = MEDIA.get(name)
        if modality is None or modality not in self._state["observations"]:
            return None
        (known,) = permitted([self._state["observations"][modality]], self._runtime.context)
        return None if known.status in {Status.TIMEOUT, Status.FAILED} else known.as_dict()

    def _tool_runtime(self, call_id: str | None) -> ToolRuntime[TurnContext, Any]:
        context = self._runtime.context
        return ToolRuntime(
            state=self._state,
            # the vectors of the turn belong to its evidence too
            context=replace(context, media=replace(context.media, features={**context.media.features})),
            config={},
            # people are shown what the turn rests on, which this is not
            stream_writer=lambda _event: None,
            tool_call_id=call_id,
            store=None,
        )


def _refused(call_id: str | None, name: str | None, why: str) -> ToolMessage:
    return ToolMessage(
        content=json.dumps({"error": why}, ensure_ascii=False),
        name=name or "unknown",
        tool_call_id=call_id or "",
        status="error",
    )
