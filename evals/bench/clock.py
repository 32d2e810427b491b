"""Where time comes from."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two times in seconds, of which only differences mean anything."""

    def wall(self) -> float:
        """Time as it passes for everybody: grows while other programs have the processor."""

    def cpu(self) -> float:
        """Time that all threads of this process have spent on a processor."""


class SystemClock:
    """The clocks of this machine."""

    def wall(self) -> float:
        """The finest monotonic clock there is."""
        return time.perf_counter()

    def cpu(self) -> float:
        """User and system time of this process."""
        return time.process_time()
