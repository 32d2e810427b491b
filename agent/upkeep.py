"""What is done beside the turns: what has grown old goes, from the memory and from the checkpoints."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from agent.checkpoints import WipedCheckpoints
from memory import AffectMemory, MemoryStoreError, SessionUnknown
from perception.observation import now

log = logging.getLogger(__name__)

EVERY: Final = timedelta(days=1)
"""Between two rounds, on a clock that nobody sets."""

BROKEN_FOR: Final = timedelta(days=7)
"""How long a turn that broke can be retried, unless what is said is kept for less."""


@asynccontextmanager
async def upkept(memory: AffectMemory, checkpoints: WipedCheckpoints, retain: timedelta | None) -> AsyncIterator[None]:
    """A round at once, beside whatever is done here, and one each day; it is broken off at the end.

    Args:
        memory: The conversations.
        checkpoints: The turns that broke.
        retain: How long a turn is kept; for good when None.
    """
    task = asyncio.create_task(_keep_up(memory, checkpoints, retain))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def tidy(
    memory: AffectMemory, checkpoints: WipedCheckpoints, retain: timedelta | None, *, today: datetime | None = None
) -> None:
    """One round. What cannot be done now is logged, and done in the next one.

    Args:
        memory: The conversations.
        checkpoints: The turns that broke.
        retain: How long a turn is kept; for good when None.
        today: The moment to count back from; now when None.
    """
    today = today or now()
    if retain is not None:
        try:
            pruned = await memory.prune(today - retain)
        except MemoryStoreError:
            log.exception("what is older than %d days cannot be deleted now; it will be tried tomorrow", retain.days)
        else:
            if pruned:
                log.info("older than %d days, deleted: %s", retain.days, pruned.as_dict())
    try:
        await drop_checkpoints(memory, checkpoints, today - min(retain or BROKEN_FOR, BROKEN_FOR))
    except (MemoryStoreError, sqlite3.Error):
        log.exception("the checkpoints of old turns cannot be deleted now; it will be tried tomorrow")


async def drop_checkpoints(memory: AffectMemory, checkpoints: WipedCheckpoints, older_than: datetime) -> int:
    """Delete the checkpoints that nobody can use any more: of turns that broke long ago, that were finished after all,
    or whose session is gone.

    Returns:
        How many sessions had one.

    Raises:
        MemoryStoreError: the memory cannot be read.
        sqlite3.Error: the checkpoints cannot be read or written.
    """
    dropped = 0
    for session_id in await checkpoints.threads():
        if await _of_use(memory, checkpoints, session_id, older_than):
            continue
        await checkpoints.adelete_thread(session_id)
        dropped += 1
    return dropped


async def _of_use(memory: AffectMemory, checkpoints: WipedCheckpoints, session_id: str, older_than: datetime) -> bool:
    kept = await checkpoints.aget_tuple({"configurable": {"thread_id": session_id}})
    if kept is None or datetime.fromisoformat(kept.checkpoint["ts"]) < older_than:
        return False
    turn_id = kept.checkpoint["channel_values"].get("turn_id", "")
    try:
        return not await memory.has_turn(session_id, turn_id)
    except SessionUnknown:
        return False


async def _keep_up(memory: AffectMemory, checkpoints: WipedCheckpoints, retain: timedelta | None) -> None:
    while True:
        await tidy(memory, checkpoints, retain)
        await asyncio.sleep(EVERY.total_seconds())
