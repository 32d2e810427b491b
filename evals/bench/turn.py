"""What a turn costs beside its models: the graph, the tools and the database.

The chat model is scripted and the senses are test doubles, both of which take no time, on a real SQLite file. So the
wall time of a turn is Attune's own overhead.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from agent import Agent
from agent.events import TurnInput
from agent.senses import Senses
from agent.testing import ScriptedChatModel
from perception import AudioClip, EmotionScores, Frame, Modality
from perception.testing import ScriptedPerceiver, ScriptedTranscriber
from personas import PersonaBook

FIRST_TURNS: Final = 9
"""Fresh conversations whose first turn is timed."""

LAST_TURNS: Final = 25
"""Turns at the end of the long conversation whose median stands for its last."""

WORDS: Final = "I can't believe you did that, and I do not know what to say to you any more."
REPLY: Final = (
    "That sounds as if it hit you out of nowhere, and as if part of you is still looking for words. "
    "What was going through your mind when you found out?"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnBench:
    """The cost of a turn."""

    turns: int
    """Length of the long conversation."""
    first_ms: float
    """Median of the first turn of fresh conversations, in milliseconds."""
    last_ms: float
    """Median of the last turns of the long conversation, in milliseconds."""
    median_ms: float
    """Median over the whole conversation, in milliseconds."""
    p95_ms: float
    """95th percentile over the whole conversation, in milliseconds."""
    db_bytes_per_turn: float
    """Growth of all database files divided by the turns."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "overhead_ms": {"turn_1": self.first_ms, f"turn_{self.turns}": self.last_ms},
            "growth": round(self.last_ms / self.first_ms, 3),
            "conversation_ms": {"median": self.median_ms, "p95": self.p95_ms},
            "db_bytes_per_turn": self.db_bytes_per_turn,
        }


async def bench_turn(folder: Path, *, turns: int = 1000, progress: Callable[[int], None] | None = None) -> TurnBench:
    """Hold one long conversation and several short ones, with words, a picture and a recording in each turn.

    Args:
        folder: Where the database files go; empty.
        turns: Length of the long conversation.
        progress: Told the number of turns done.
    """
    async with _agent(folder / "warm-up.sqlite3") as agent:
        await _converse(agent, FIRST_TURNS)
    async with _agent(folder / "bench.sqlite3") as agent:
        firsts = [(await _converse(agent, 1))[0] for _ in range(FIRST_TURNS)]
    before = _bytes(folder)
    async with _agent(folder / "bench.sqlite3") as agent:
        took = await _converse(agent, turns, progress=progress)
    after = _bytes(folder)
    return TurnBench(
        turns=turns,
        first_ms=_median(firsts),
        last_ms=_median(took[-LAST_TURNS:]),
        median_ms=_median(took),
        p95_ms=round(sorted(took)[int(len(took) * 0.95)], 2),
        db_bytes_per_turn=round((after - before) / turns, 1),
    )


@asynccontextmanager
async def _agent(database: Path) -> AsyncIterator[Agent]:
    sad = EmotionScores.of({"sad": 0.7, "neutral": 0.3})
    senses = Senses(
        vision=ScriptedPerceiver(Modality.VISION, EmotionScores.of({"happy": 0.8, "neutral": 0.2})),
        audio=ScriptedPerceiver(Modality.AUDIO, sad, quality=0.6),
        text=ScriptedPerceiver(Modality.TEXT, sad),
        speech=ScriptedTranscriber(WORDS),
    )
    async with Agent.open(
        database=database, senses=senses, chat=ScriptedChatModel([REPLY]), book=PersonaBook.load()
    ) as agent:
        yield agent


async def _converse(agent: Agent, turns: int, *, progress: Callable[[int], None] | None = None) -> list[float]:
    """Wall time of each turn of a new conversation, in milliseconds."""
    session = await agent.start()
    await agent.acknowledge(session.session_id, dict.fromkeys(Modality, True))
    frame = Frame(pixels=np.zeros((48, 48, 3), np.uint8))
    clip = AudioClip(samples=np.zeros(16_000, np.float32))
    took = []
    for number in range(1, turns + 1):
        message = TurnInput(text=WORDS, frame=frame, clip=clip)
        began = time.perf_counter()
        async for _ in agent.turn(session.session_id, message):
            pass
        took.append((time.perf_counter() - began) * 1000)
        if progress is not None:
            progress(number)
    return took


def _bytes(folder: Path) -> int:
    """Size of all files of a closed database, checkpoints and logs among them."""
    return sum(path.stat().st_size for path in folder.glob("bench*"))


def _median(values: list[float]) -> float:
    return round(statistics.median(values), 2)
