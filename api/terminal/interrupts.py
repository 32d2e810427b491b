"""Ctrl-C while something runs stops that, not the program."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any


async def stoppable(work: Coroutine[Any, Any, None]) -> bool:
    """Run something that Ctrl-C stops; a second Ctrl-C while it is stopping leaves the program.

    Where signals cannot be handled (Windows, another thread) the first one leaves.

    Returns:
        Whether it was stopped.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work)
    stopped = False
    before = signal.getsignal(signal.SIGINT)

    def stop() -> None:
        nonlocal stopped
        stopped = True
        task.cancel()
        restore()

    def restore() -> None:
        if loop.remove_signal_handler(signal.SIGINT):
            signal.signal(signal.SIGINT, before)

    try:
        loop.add_signal_handler(signal.SIGINT, stop)
    except (NotImplementedError, RuntimeError, ValueError):
        await task
        return False
    try:
        await task
    except asyncio.CancelledError:
        # when it is this task that is cancelled, the program is leaving
        if not stopped or (current := asyncio.current_task()) is None or current.cancelling():
            raise
    finally:
        restore()
    return stopped
