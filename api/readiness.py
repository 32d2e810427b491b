"""Whether a server can work now: a chat model that answers, a database that can be written, senses with weights."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from agent.errors import ChatModelError
from api.health import health

if TYPE_CHECKING:
    from agent import Agent
    from perception.models import WeightsPolicy

OK: Final = "ok"
KEPT_S: Final = 5.0
"""Seconds for which an answer holds: whoever asks often costs no more than that."""
LOCKED_S: Final = 1.0
"""Seconds to wait for a database that somebody writes."""
ROOM_BYTES: Final = 10_000_000
"""Of the disk of the database; with less a write may fail at any moment."""


class Readiness:
    """Checks everything, at most every few seconds."""

    def __init__(self, agent: Agent, warming: asyncio.Task[None], policy: WeightsPolicy = "any") -> None:
        """Take what to check.

        Args:
            agent: Whose parts.
            warming: Loads the chat model; its error says why that cannot be used.
            policy: Of the weights.
        """
        self.warming = warming
        """Loads the chat model."""
        self._agent, self._policy = agent, policy
        self._lock = asyncio.Lock()
        self._known: dict[str, str] = {}
        self._until = 0.0

    async def checks(self) -> dict[str, str]:
        """Of `chat_model`, `database` and each sense that is on: `ok`, or why not. Names no file and no address."""
        async with self._lock:
            if time.monotonic() >= self._until:
                chat, database, senses = await asyncio.gather(
                    self._chat(),
                    asyncio.to_thread(check_database, self._agent.memory.path),
                    asyncio.to_thread(self._senses),
                )
                self._known = {"chat_model": chat, "database": database, **senses}
                self._until = time.monotonic() + KEPT_S
            return self._known

    async def _chat(self) -> str:
        if not self.warming.done():
            return "is being loaded"
        if self.warming.cancelled() or self.warming.exception() is not None:
            return "cannot be loaded; the log of the server says why"
        reachable = getattr(self._agent.chat, "check", None)
        if reachable is None:
            return OK
        try:
            await reachable()
        except ChatModelError:
            return "cannot be reached"
        return OK

    def _senses(self) -> dict[str, str]:
        found = health(self._agent, self._policy)["senses"]
        # without its Whisper a server still converses, and says itself what it cannot hear
        on = {name: sense["status"] for name, sense in found.items() if name != "speech"}
        return {name: OK if status == OK else status for name, status in on.items() if status != "disabled"}


def check_database(path: Path) -> str:
    """Whether a SQLite file can be written now: `ok`, or why not. Blocks, and changes nothing."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=LOCKED_S)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.rollback()
        room = shutil.disk_usage(path.parent).free
    except (sqlite3.Error, OSError) as error:
        return f"cannot be written: {error}"
    return OK if room >= ROOM_BYTES else f"the disk has {room:,} bytes left"
