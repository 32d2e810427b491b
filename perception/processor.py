"""The processor that figures are seen on."""

from __future__ import annotations

import platform
from pathlib import Path


def processor_name() -> str:
    """As its maker calls it, where the system tells."""
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.is_file() else []
    return names[0].partition(":")[2].strip() if names else platform.processor() or platform.machine() or "unknown"
