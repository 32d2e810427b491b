"""The fusion module as a tool."""

# annotations stay objects here: LangChain reads them at every call, and would compile strings each time

from typing import Any

from langchain_core.tools import tool
from langgraph.types import Command

from agent.casting import persona_of
from agent.consenting import permitted
from agent.events import Fused
from agent.policy import policy_line, weigh
from agent.tools.results import Runtime, result


@tool
async def fuse_emotions(runtime: Runtime) -> Command[Any]:
    """Weigh what the senses said in this turn into one affect, under the persona's policy and the person's own word.

    Args:
        runtime: Injected.
    """
    context, state = runtime.context, runtime.state
    affect = weigh(
        persona_of(context.book, context.session.persona).perception,
        permitted(state["observations"].values(), context),
        corrections=context.past.corrections,
        since=context.past.turns[-1].finished_at if context.past.turns else None,
        fluency=state.get("fluency"),
    )
    runtime.stream_writer(Fused(affect=affect))
    trace = {"policy": policy_line(affect.fired)} if affect.fired else {}
    return result(runtime, "fuse_emotions", affect.as_dict(), {"affect": affect, "trace": trace})
