"""The server of a bench as a child process: started, looked at, killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from api.errors import InputInvalid
from api.load.server import ServerPlan

PATIENCE_S: Final = 60.0
"""Seconds a server may take to start."""


class Child:
    """A running server."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.host = f"127.0.0.1:{port}"
        """Where it listens."""
        self._began = time.monotonic(), self._cpu_s()

    def memory_mb(self) -> float | None:
        """Resident memory, megabytes; None where the system does not tell."""
        try:
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, ValueError, IndexError):
            return None
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def cpu(self) -> float | None:
        """Processor time by wall time since it was last asked."""
        before, now = self._began, (time.monotonic(), self._cpu_s())
        self._began = now
        if before[1] is None or now[1] is None or now[0] <= before[0]:
            return None
        return (now[1] - before[1]) / (now[0] - before[0])

    def _cpu_s(self) -> float | None:
        try:
            told = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:
            return None
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    async def kill(self) -> None:
        """End it at once, as the system would when memory runs out."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


async def start(plan: ServerPlan) -> Child:
    """Start a server and wait until it listens.

    Raises:
        InputInvalid: it did not come up; with the last line it said.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from api.load.server import main; main()", plan.as_argument(),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdout is not None, "it is a pipe"
    line = await asyncio.wait_for(process.stdout.readline(), PATIENCE_S)
    if not line.strip():
        _, said = await process.communicate()
        why = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise InputInvalid(f"the server of the bench did not start ({why or 'it said nothing'})")
    return Child(process, int(line))


@asynccontextmanager
async def running(plan: ServerPlan) -> AsyncIterator[Child]:
    """A server for as long as the block lasts.

    Raises:
        InputInvalid: it did not come up.
    """
    child = await start(plan)
    try:
        yield child
    finally:
        if child.process.returncode is None:
            child.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(child.process.communicate(), 15)
            except TimeoutError:
                await child.kill()
