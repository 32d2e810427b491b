"""How long each node took, for the trace of the turn."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any


def timed(name: str, node: Callable[..., Any]) -> Callable[..., Any]:
    """The same node, which adds its wall time in milliseconds to the trace under its name."""

    @wraps(node)
    async def run(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        update = await node(*args, **kwargs)
        trace = {name: round((time.perf_counter() - began) * 1000, 2)}
        if isinstance(update, list):
            return [*update, {"trace": trace}]
        return {**update, "trace": {**update.get("trace", {}), **trace}}

    return run
