"""The fusion module as a tool."""

# annotations stay objects here: LangChain reads them at every call, and would compile strings each time

from typing import Any

from langchain_core.tools import tool
from langgraph.types import Command

from agent.casting import persona_of
from agent.consenting import permitted
from agent.events import Fused
from agent.tools.results import Runtime, result
from perception.fusion import fuse


@tool
async def fuse_emotions(runtime: Runtime) -> Command[Any]:
    """Weigh what the senses said in this turn into one affect, as the persona trusts them.

    Args:
        runtime: Injected.
    """
    persona = persona_of(runtime.context.book, runtime.context.session.persona)
    affect = fuse(permitted(runtime.state["observations"].values(), runtime.context), trust=persona.trust)
    runtime.stream_writer(Fused(affect=affect))
    return result(runtime, "fuse_emotions", affect.as_dict(), {"affect": affect})
