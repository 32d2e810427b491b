"""What a fresh process runs: stages of work, timed, and the memory they took. A program; see `evals.bench.cold`.

The module that holds the stages must be light: it is loaded before they are timed, and imports what it measures inside.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Set before NumPy is loaded, which reads them once."""


def main() -> None:
    """Read an order on standard input, carry it out, and write what was measured on standard output."""
    # what the work prints must not mix with the answer
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    order = json.load(sys.stdin)
    sys.path[:] = order["path"]
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    timed = _Stages()
    import numpy  # noqa: F401

    timed.end("numpy")
    module, _, name = order["stages"].partition(":")
    stages = getattr(importlib.import_module(module), name)(**order["arguments"])
    timed.end("_harness")
    base = peak_memory_mb()
    for stage in stages:
        timed.end(stage)
    json.dump({**timed.as_dict(), "base_mb": base, "peak_mb": peak_memory_mb()}, answer)


class _Stages:
    """Wall and processor time of each stage; those named with `_` are left out."""

    def __init__(self) -> None:
        self._stages: dict[str, float] = {}
        self._cpu = 0.0
        self._since = time.perf_counter(), time.process_time()

    def end(self, name: str) -> None:
        now = time.perf_counter(), time.process_time()
        if not name.startswith("_"):
            self._stages[name] = now[0] - self._since[0]
            self._cpu += now[1] - self._since[1]
        self._since = time.perf_counter(), time.process_time()

    def as_dict(self) -> dict[str, Any]:
        return {"stages": self._stages, "cpu": self._cpu}


def peak_memory_mb() -> float | None:
    """Most memory that was resident at once in this process, in MiB.

    On Linux not `ru_maxrss`: that outlives exec, so the child of a large process would report its parent.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        line = next((line for line in status.read_text().splitlines() if line.startswith("VmHWM:")), None)
        if line:
            return int(line.split()[1]) / 1024
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 1024


if __name__ == "__main__":
    main()
