"""The file of checkpoints: one thread a session, with the state of its last turn if that broke."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

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

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

STORED: Final = (
    *(Affect, Conflict, CrisisSignal, Cue, Emotion, EmotionScores, Fluency),
    *(Modality, Mood, Observation, Share, Status, Transcript, Word),
)
"""The types of ours that a checkpoint may hold; anything else is refused when it is read."""


@asynccontextmanager
async def open_checkpoints(path: Path) -> AsyncIterator[AsyncSqliteSaver]:
    """The checkpoint file, made when it is missing."""
    import aiosqlite
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    path.parent.mkdir(parents=True, exist_ok=True)
    serde = JsonPlusSerializer(allowed_msgpack_modules=[(kind.__module__, kind.__name__) for kind in STORED])
    async with aiosqlite.connect(path) as connection:
        saver = AsyncSqliteSaver(connection, serde=serde)
        await saver.setup()
        # a checkpoint lost to a power cut costs a retry, so it need not wait for the disk
        await connection.execute("PRAGMA synchronous = NORMAL")
        # what is deleted is overwritten: a checkpoint quotes the person
        await connection.execute("PRAGMA secure_delete = ON")
        yield saver
