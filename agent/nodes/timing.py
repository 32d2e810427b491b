"""How long each node took, for the trace of the turn and for whoever watches it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from langgraph.runtime import get_runtime

from agent.state import TurnContext


def watched(name: str, node: Callable[..., Any]) -> Callable[..., Any]:
    """The same node, a step for whoever watches the turn."""

    @wraps(node)
    async def run(*args: Any, **kwargs: Any) -> Any:
        # not every node asks for its runtime
        with get_runtime(TurnContext).context.watch.step("node", name):
            return await node(*args, **kwargs)

    return run


def timed(name: str, node: Callable[..., Any]) -> Callable[..., Any]:
    """The same node, watched, which adds its wall time in milliseconds to the trace under its name."""
    run_node = watched(name, node)

    @wraps(node)
    async def run(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        update = await run_node(*args, **kwargs)
        trace = {name: round((time.perf_counter() - began) * 1000, 2)}
        if isinstance(update, list):
            return [*update, {"trace": trace}]
        return {**update, "trace": {**update.get("trace", {}), **trace}}

    return run
