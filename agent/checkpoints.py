"""The file of checkpoints: one thread a session, with the state of its last turn if that broke."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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


class WipedCheckpoints(AsyncSqliteSaver):
    """Checkpoints that leave nothing on the disk when they are deleted, not even while the file stays open."""

    async def setup(self) -> None:
        """Make the tables, and wipe what a process that was killed may have left."""
        await super().setup()
        await self._wipe()

    async def adelete_thread(self, thread_id: str) -> None:
        """Delete the checkpoints of a session."""
        await super().adelete_thread(thread_id)
        await self._wipe()

    async def _wipe(self) -> None:
        # `secure_delete` overwrites the pages of the file, while the log still quotes them. To leave the log for good
        # is no way out: the library turns it on whenever it opens, which fails while another process has the file open
        async with self.lock:
            await self.conn.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")


@asynccontextmanager
async def open_checkpoints(path: Path) -> AsyncIterator[AsyncSqliteSaver]:
    """The checkpoint file, made when it is missing."""
    _create(path)
    serde = JsonPlusSerializer(allowed_msgpack_modules=[(kind.__module__, kind.__name__) for kind in STORED])
    async with aiosqlite.connect(path, timeout=BUSY_TIMEOUT_S) as connection:
        # a checkpoint lost to a power cut costs a retry, so it need not wait for the disk
        await connection.execute("PRAGMA synchronous = NORMAL")
        await connection.execute("PRAGMA secure_delete = ON")
        saver = WipedCheckpoints(connection, serde=serde)
        await saver.setup()
        yield saver


def _create(path: Path) -> None:
    # as the database is: what a checkpoint quotes is nobody else's business
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        path.touch(mode=0o600)
