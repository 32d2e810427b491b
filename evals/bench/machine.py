"""The machine a figure was seen on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

LIBRARIES: Final = (
    "numpy", "scipy", "onnxruntime", "scikit-learn", "librosa", "opencv-python-headless", "faster-whisper", "langgraph"
)  # fmt: skip
"""Those whose version moves a figure."""


def describe_machine(*, load_at_start: float | None = None) -> dict[str, Any]:
    """What a reader needs to judge a figure: processor, cores, memory, system, versions, load.

    Args:
        load_at_start: load average when measuring began; that of now when None.
    """
    import platform
    import sqlite3

    from perception.processor import processor_name, processors

    now = load_average()
    return {
        "processor": processor_name(),
        "cores": processors(),
        "cpu_quota": _cpu_quota(),
        "memory_gb": _memory_gb(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "libraries": {name: found for name in LIBRARIES if (found := _version(name))},
        "load": {"start": now if load_at_start is None else load_at_start, "end": now},
    }


def load_average() -> float | None:
    """Processes that ran or waited for a processor, mean of the last minute; None where the system does not tell."""
    try:
        return round(os.getloadavg()[0], 2)
    except (AttributeError, OSError):
        return None


def _cpu_quota() -> float | None:
    """Cores that the container may use in all (cgroup 2); None without a limit."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return None if quota == "max" else round(int(quota) / int(period), 2)
    except (OSError, ValueError):
        return None


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (AttributeError, ValueError, OSError):
        return None


def _version(name: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None
