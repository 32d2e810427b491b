"""How many threads and cores a measurement may use."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module


@contextmanager
def one_thread() -> Iterator[None]:
    """BLAS, OpenMP and OpenCV, as far as they are loaded, on one thread; Attune's ONNX sessions always are."""
    # by name, as it has no types
    pools = import_module("threadpoolctl")
    with ExitStack() as stack:
        stack.enter_context(pools.threadpool_limits(limits=1))
        if cv2 := sys.modules.get("cv2"):
            stack.callback(cv2.setNumThreads, cv2.getNumThreads())
            cv2.setNumThreads(1)
        yield


@contextmanager
def on_cores(most: int) -> Iterator[int]:
    """Keep this thread, and those it starts, on a few cores; gives their number, where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield os.cpu_count() or 1
        return
    allowed = os.sched_getaffinity(0)
    kept = set(sorted(allowed)[:most])
    os.sched_setaffinity(0, kept)
    try:
        yield len(kept)
    finally:
        os.sched_setaffinity(0, allowed)
