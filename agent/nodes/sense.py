"""The waves of perception: an AI message plans the tool calls, LangGraph's `ToolNode` runs them in parallel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from langchain_core.messages import AIMessage, ToolCall
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.prebuilt import ToolNode
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.types import Command

from agent.state import TurnContext, TurnState
from perception import Modality, Status

Plan = Callable[[TurnState], Sequence[tuple[str, Mapping[str, Any]]]]


def sensing(tools: Sequence[BaseTool], plan: Plan) -> Callable[..., Any]:
    """A node that runs the planned calls of some tools; a call of a tool it was not given is left out."""
    running = ToolNode(list(tools), handle_tool_errors=False, awrap_tool_call=_call)
    known = {tool.name for tool in tools}

    async def sense(state: TurnState, config: RunnableConfig) -> Any:
        calls = [
            ToolCall(name=name, args=dict(args), id=f"{state['turn_id']}:{name}", type="tool_call")
            for name, args in plan(state)
            if name in known
        ]
        if not calls:
            return {}
        asked = AIMessage(content="", tool_calls=calls)
        answers = await running.ainvoke({**state, "messages": [asked]}, config)
        return [{"messages": [asked]}, *answers, {"trace": _late(answers)}]

    return sense


def _late(answers: Sequence[Command[Any]]) -> dict[str, float | str]:
    """Which senses were left out of the turn because they took too long: what they say after that is not heard."""
    told: list[tuple[str, Status]] = []
    for answer in answers:
        update = answer.update or {}
        told += [(sense.value, o.status) for sense, o in update.get("observations", {}).items()]
        told += [("speech", transcript.status)] if (transcript := update.get("transcript")) else []
    return {f"late_{sense}": "left out" for sense, status in told if status is Status.TIMEOUT}


async def _call(request: ToolCallRequest, _execute: object) -> Any:
    """Call the tool itself.

    The machine planned this call, so its arguments need no validation, and LangChain's round of callbacks would cost
    several times what the tool does beside its model.
    """
    tool = request.tool
    assert isinstance(tool, StructuredTool), "our tools are functions"
    assert tool.coroutine is not None, "our tools are async"
    context = cast("TurnContext", request.runtime.context)
    with context.watch.step("tool", tool.name) as step:
        command = await tool.coroutine(**request.tool_call["args"], runtime=request.runtime)
        step.note(status=_status(command.update))
        return command


def _status(update: Mapping[str, Any]) -> str:
    """`ok`, or why a sense could not tell."""
    answers = [*update.get("observations", {}).values(), *([update["transcript"]] if "transcript" in update else [])]
    return answers[0].status.value if answers else "ok"


def plan_raw(state: TurnState) -> list[tuple[str, dict[str, Any]]]:
    """What the picture and the recording of this turn are good for.

    Speech is always written down: it may hold a cry for help, whether or not the voice may be felt. In a crisis nothing
    else is asked.
    """
    silenced = tuple(Modality) if state.get("crisis") else tuple(state["observations"])
    calls: list[tuple[str, dict[str, Any]]] = []
    if (frame := state.get("frame_ref")) and Modality.VISION not in silenced:
        calls.append(("perceive_vision", {"frame": frame}))
    if clip := state.get("clip_ref"):
        if Modality.AUDIO not in silenced:
            calls.append(("perceive_audio", {"clip": clip}))
        calls.append(("transcribe_speech", {"clip": clip}))
    return calls


def plan_words(state: TurnState) -> list[tuple[str, dict[str, Any]]]:
    """Typed words are felt; spoken ones where none were typed. Fluency is heard in the voice, and needs its leave."""
    transcript = state.get("transcript")
    spoken = transcript.text if transcript else ""
    calls: list[tuple[str, dict[str, Any]]] = []
    text = state["text"].strip() or spoken
    if text and Modality.TEXT not in state["observations"]:
        # the language that was heard; of typed words the sense finds out itself, and may say it is not its own
        lang = transcript.lang if transcript and not state["text"].strip() else None
        calls.append(("perceive_text", {"text": text, "lang": lang}))
    audio = state["observations"].get(Modality.AUDIO)
    if spoken and audio is not None and audio.status is not Status.DISABLED:
        calls.append(("measure_fluency", {"text": spoken, "lang": state["lang"]}))
    return calls


def plan_fusion(state: TurnState) -> list[tuple[str, dict[str, Any]]]:
    """Weigh what was observed, if anything was."""
    return [("fuse_emotions", {})] if state["observations"] else []
