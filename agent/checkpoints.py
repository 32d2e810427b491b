"""The file of checkpoints: one thread a session, with the state of its last turn if that broke."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import aiosqlite
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agent.safety import CrisisSignal
from perception import (
    Affect,
    Conflict,
    Cue,
    Emotion,
    EmotionScores,
    Fluency,
    Modality,
    Mood,
    Observation,
    Share,
    Status,
    Transcript,
    Word,
)
from perception.speech import Delivery, Filler, Pause, Repair

STORED: Final = (
    *(Affect, Conflict, CrisisSignal, Cue, Emotion, EmotionScores, Fluency),
    *(Modality, Mood, Observation, Share, Status, Transcript, Word),
    *(Delivery, Filler, Pause, Repair),
)
"""The types of ours that a checkpoint may hold; anything else is refused when it is read."""

BUSY_TIMEOUT_S: Final = 5.0
"""How long one process waits for another to finish writing."""

_INCREMENTAL: Final = 2
"""SQLite's number for a file that gives room back when it is asked to."""


class WipedCheckpoints(AsyncSqliteSaver):
    """Checkpoints that leave nothing on the disk when they are deleted, nor room, also while the file stays open."""

    async def setup(self) -> None:
        """Make the tables, and wipe what a process that was killed may have left."""
        if self.is_setup:
            return  # the library asks before each step
        await super().setup()
        await self._make_it_shrink()
        await self._wipe()

    async def adelete_thread(self, thread_id: str) -> None:
        """Delete the checkpoints of a session."""
        await super().adelete_thread(thread_id)
        await self._wipe()

    async def threads(self) -> tuple[str, ...]:
        """The sessions of which something is kept."""
        async with self.lock:
            rows = await self.conn.execute_fetchall("SELECT DISTINCT thread_id FROM checkpoints ORDER BY thread_id")
        return tuple(thread_id for (thread_id,) in rows)

    async def _make_it_shrink(self) -> None:
        """Write a file of an earlier version anew, so that it can give back room; not while another process has it."""
        async with self.lock:
            rows = await self.conn.execute_fetchall("PRAGMA auto_vacuum")
            if [*rows] == [(_INCREMENTAL,)]:
                return
            with suppress(sqlite3.OperationalError):
                await self.conn.execute(f"PRAGMA auto_vacuum = {_INCREMENTAL}")
                await self.conn.execute("VACUUM")

    async def _wipe(self) -> None:
        # `secure_delete` overwrites the pages of the file, while the log still quotes them. To leave the log for good
        # is no way out: the library turns it on whenever it opens, which fails while another process has the file open
        async with self.lock:
            await self.conn.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)")


@asynccontextmanager
async def open_checkpoints(path: Path) -> AsyncIterator[WipedCheckpoints]:
    """The checkpoint file, made when it is missing."""
    _create(path)
    serde = JsonPlusSerializer(allowed_msgpack_modules=[(kind.__module__, kind.__name__) for kind in STORED])
    async with aiosqlite.connect(path, timeout=BUSY_TIMEOUT_S) as connection:
        # a checkpoint lost to a power cut costs a retry, so it need not wait for the disk
        await connection.execute("PRAGMA synchronous = NORMAL")
        await connection.execute("PRAGMA secure_delete = ON")
        # heard while the file is empty only
        await connection.execute(f"PRAGMA auto_vacuum = {_INCREMENTAL}")
        saver = WipedCheckpoints(connection, serde=serde)
        await saver.setup()
        yield saver


def _create(path: Path) -> None:
    # as the database is: what a checkpoint quotes is nobody else's business
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        path.touch(mode=0o600)
