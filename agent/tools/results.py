"""How a tool hands back a typed result: the value into the state, its JSON into a tool message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain_core.messages import ToolMessage
from langgraph.prebuilt import ToolRuntime
from langgraph.types import Command

from agent.consenting import disabled, permitted
from agent.events import Observed, Transcribed
from agent.state import TurnContext, TurnState
from perception import Modality, Observation, Transcript

if TYPE_CHECKING:
    Runtime = ToolRuntime[TurnContext, TurnState]
else:
    # pydantic would try to validate the context, which holds protocols
    Runtime = ToolRuntime[Any, Any]


async def observe(runtime: Runtime, tool: str, modality: Modality, evidence: object) -> Command[Any]:
    """Ask a sense, unless the person or the deployment does not allow it, or no longer does when it has looked."""
    context = runtime.context
    if reason := context.silenced(modality):
        return _observed(runtime, tool, disabled(modality, reason))
    (observation,) = permitted([await context.senses.observe(modality, evidence)], context)
    return _observed(runtime, tool, observation)


def _observed(runtime: Runtime, tool: str, observation: Observation) -> Command[Any]:
    """An observation: announced at once, kept without its features, which stay in memory."""
    if observation.features is not None:
        runtime.context.media.features[observation.modality] = observation.features
    kept = observation.without_features()
    runtime.stream_writer(Observed(observation=kept))
    return result(runtime, tool, kept.as_dict(), {"observations": {kept.modality: kept}})


def transcribed(runtime: Runtime, tool: str, transcript: Transcript) -> Command[Any]:
    """A transcript: announced at once."""
    runtime.stream_writer(Transcribed(transcript=transcript))
    return result(runtime, tool, transcript.as_dict(), {"transcript": transcript})


def result(runtime: Runtime, tool: str, shown: Mapping[str, Any], update: Mapping[str, Any]) -> Command[Any]:
    """State fields, with what the chat model may read of them."""
    message = ToolMessage(
        content=json.dumps(shown, ensure_ascii=False), name=tool, tool_call_id=runtime.tool_call_id or tool
    )
    return Command(update={**update, "messages": [message]})
