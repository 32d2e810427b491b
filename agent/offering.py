"""The tools as a chat model is offered them: which a turn has use for, in the form of OpenAI's API."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any, Final

from langchain_core.tools import BaseTool, StructuredTool

from agent.state import TurnContext, TurnState
from agent.tools import fuse_emotions, perceive_audio, perceive_text, perceive_vision, recall_affect
from perception import Modality

TOOLS: Final[Mapping[str, BaseTool]] = {
    tool.name: tool for tool in (perceive_vision, perceive_audio, perceive_text, fuse_emotions, recall_affect)
}

MEDIA: Final[Mapping[str, Modality]] = {"perceive_vision": Modality.VISION, "perceive_audio": Modality.AUDIO}


def offered(state: TurnState, context: TurnContext) -> list[dict[str, Any]]:
    """The tools that make sense in this turn, with the references of its media and no others."""
    media = {
        "perceive_vision": ("frame", state.get("frame_ref"), frozenset(context.media.frames)),
        "perceive_audio": ("clip", state.get("clip_ref"), frozenset(context.media.clips)),
    }
    told = []
    for name, tool in TOOLS.items():
        if name in media:
            param, reference, here = media[name]
            # the media of a turn that broke are gone when it is retried
            if reference is None or reference not in here or context.silenced(MEDIA[name]):
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


def checked(tool: StructuredTool, given: Mapping[str, Any], described: Mapping[str, Any]) -> dict[str, Any]:
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
