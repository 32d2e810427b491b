"""Pruning in transactions so short that nobody waits for them."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from memory import retention
from memory.database import Database
from memory.points import Pruned

BATCH: Final = 100
"""Turns or sessions deleted in one transaction: some milliseconds."""

PAUSE: Final = 0.005
"""Seconds between two transactions, in which another process can have its turn: SQLite has no queue."""


async def prune(database: Database, moment: datetime, *, dry_run: bool = False) -> Pruned:
    """Delete what began before a moment, person by person."""
    total = Pruned()
    for key, user_id in await database.read(retention.people):
        if dry_run:
            total += await database.read(retention.outdated, key, user_id, moment)
        else:
            total += await _prune(database, key, user_id, moment)
    if total and not dry_run:
        await database.shrink()
    return total


async def _prune(database: Database, key: int, user_id: str, moment: datetime) -> Pruned:
    total = Pruned()
    while (done := await database.write(retention.drop_turns, key, moment, BATCH)).turns:
        total += done
        await asyncio.sleep(PAUSE)
    while (done := await database.write(retention.drop_sessions, user_id, moment, BATCH)).sessions:
        total += done
        await asyncio.sleep(PAUSE)
    # also where nothing was left to delete: a process before may have been killed right here
    return total + await database.write(retention.drop_user, key)
