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
from copy import deepcopy
from functools import cache
from typing import Any, Final

from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolCall, ToolMessage
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.prebuilt import ToolRuntime
from langgraph.runtime import Runtime

from agent.chat_models import ToolCaller
from agent.errors import ChatModelError, ChatModelFailed, ChatModelInterrupted, ChatModelRefusedRequest
from agent.state import TurnContext, TurnState, merge_observations
from agent.tools import fuse_emotions, perceive_audio, perceive_text, perceive_vision, recall_affect
from perception import Modality
from personas import Lang, in_language

log = logging.getLogger(__name__)

ROUNDS: Final = 3
"""In which the model may ask for tools; after those it has to answer."""
CALLS: Final = 4
"""In one round."""

TOOLS: Final[Mapping[str, BaseTool]] = {
    tool.name: tool for tool in (perceive_vision, perceive_audio, perceive_text, fuse_emotions, recall_affect)
}

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
        self.offered = _offered(state, runtime.context)
        self.called: list[str] = []
        """Names of the tools that were run."""

    async def answer(self, asked: AIMessage) -> list[ToolMessage]:
        """Run the calls of one round at the same time."""
        broken = [_refused(call["id"], call["name"], f"not JSON: {call['error']}") for call in asked.invalid_tool_calls]
        return [*await asyncio.gather(*(self._run(n, call) for n, call in enumerate(asked.tool_calls))), *broken]

    async def _run(self, place: int, call: ToolCall) -> ToolMessage:
        name, offered = call["name"], {each["function"]["name"]: each["function"] for each in self.offered}
        if place >= CALLS:
            return _refused(call["id"], name, f"only {CALLS} calls in one round")
        if name not in offered:
            return _refused(call["id"], name, f"no such tool in this turn; there are {', '.join(offered) or 'none'}")
        tool = TOOLS[name]
        assert isinstance(tool, StructuredTool), "our tools are functions"
        assert tool.coroutine is not None, "our tools are async"
        try:
            args = _checked(tool, call["args"], offered[name])
        except ValueError as error:
            return _refused(call["id"], name, " ".join(str(error).split()))
        self.called.append(name)
        with self._runtime.context.watch.step("tool", name):
            command = await tool.coroutine(**args, runtime=self._tool_runtime(call["id"]))
        update = dict(command.update)
        if seen := update.get("observations"):
            self._state["observations"] = merge_observations(self._state["observations"], seen)
        (message,) = update["messages"]
        assert isinstance(message, ToolMessage), "a tool answers with one"
        return message

    def _tool_runtime(self, call_id: str | None) -> ToolRuntime[TurnContext, Any]:
        return ToolRuntime(
            state=self._state,
            context=self._runtime.context,
            config={},
            # people are shown what the turn rests on, which this is not
            stream_writer=lambda _event: None,
            tool_call_id=call_id,
            store=None,
        )


def _offered(state: TurnState, context: TurnContext) -> list[dict[str, Any]]:
    """The tools that make sense in this turn, with the references of its media and no others."""
    media = {
        "perceive_vision": (Modality.VISION, "frame", state.get("frame_ref"), frozenset(context.media.frames)),
        "perceive_audio": (Modality.AUDIO, "clip", state.get("clip_ref"), frozenset(context.media.clips)),
    }
    told = []
    for name, tool in TOOLS.items():
        if name in media:
            modality, param, reference, here = media[name]
            # the media of a turn that broke are gone when it is retried
            if reference is None or reference not in here or context.silenced(modality):
                continue
            told.append(_described(tool, **{param: reference}))
        elif name != "perceive_text" or not context.silenced(Modality.TEXT):
            told.append(_described(tool))
    return told


def _described(tool: BaseTool, **references: str) -> dict[str, Any]:
    described = deepcopy(_schema(tool.name))
    for param, reference in references.items():
        described["function"]["parameters"]["properties"][param]["enum"] = [reference]
    return described


@cache
def _schema(name: str) -> dict[str, Any]:
    """A tool in the form of OpenAI's API, its docstring as far as it concerns the model."""
    from langchain_core.utils.function_calling import convert_to_openai_tool

    described = convert_to_openai_tool(TOOLS[name])
    described["function"]["description"], _, rest = described["function"]["description"].partition("\n\n")
    for line in rest.splitlines():
        param, _, about = line.strip().partition(": ")
        if about and param in described["function"]["parameters"]["properties"]:
            described["function"]["parameters"]["properties"][param]["description"] = about
    return described


def _checked(tool: StructuredTool, given: Mapping[str, Any], described: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the model, as the tool takes them.

    Raises:
        ValueError: one is missing, of another type, or a reference to something that is not there.
    """
    known = described["parameters"]["properties"]
    if strange := sorted(set(given) - set(known)):
        raise ValueError(f"{strange[0]!r} is no argument of {tool.name}; it takes {', '.join(known) or 'none'}")
    schema: Any = tool.tool_call_schema
    checked = schema.model_validate(dict(given))
    args = {name: getattr(checked, name) for name in known if name in given}
    for name, value in args.items():
        if value not in known[name].get("enum", [value]):
            raise ValueError(f"{name} {value!r} is not in this turn; there is {known[name]['enum'][0]!r}")
    return args


def _refused(call_id: str | None, name: str | None, why: str) -> ToolMessage:
    return ToolMessage(
        content=json.dumps({"error": why}, ensure_ascii=False),
        name=name or "unknown",
        tool_call_id=call_id or "",
        status="error",
    )
