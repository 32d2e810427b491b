"""What memory costs when one person has talked for years, beside one who has just begun.

Each case asks the database of many turns and, in turns with it, one of few. So their ratio says what grows.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from evals.bench.case import Bench, Case
from evals.bench.figures import BenchResult
from evals.bench.harness import Progress, run_bench, silent
from evals.bench.meter import Meter

if TYPE_CHECKING:
    import asyncio

    from memory import AffectMemory

FEW: Final = 1000
"""Turns of the person who has just begun."""

NEWEST: Final = 1000
"""Points of a timeline without a time."""

RANGE: Final = timedelta(days=30)
"""Of a timeline with a time; the last days of the person."""

BUCKETS: Final = 200
"""Of a whole life, drawn."""

USER: Final = "ann"

Question: TypeAlias = Callable[[], Coroutine[Any, Any, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryBench:
    """The cost of a long history."""

    turns: int
    """Of one person."""
    sessions: int
    """Theirs."""
    db_bytes: int
    """Size of the database."""
    in_range: int
    """Turns in `RANGE`."""
    pruned_turns: int
    """Older than half of their time, deleted at the end."""
    prune_seconds: float
    """That took, in short transactions with pauses between them."""
    longest_write_ms: float
    """The longest that a turn written meanwhile had to wait, its own time included."""
    db_bytes_pruned: int
    """Size of the database afterwards."""
    result: BenchResult
    """A case for each question: `..._many` of the long history, `..._few` of the short one, in milliseconds."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: the shape of all benches, and beside it what is told of histories only."""
        return {
            "turns": self.turns,
            "sessions": self.sessions,
            "timeline_ms": {
                name: round(self.result.cases[f"{name}_many"].median, 2) for name in ("newest", "range", "life")
            },
            "mood_ms": round(self.result.cases["mood_many"].median, 2),
            "turns_in_range": self.in_range,
            "db_bytes": self.db_bytes,
            "db_bytes_per_turn": round(self.db_bytes / self.turns, 1),
            "prune": {
                "turns": self.pruned_turns,
                "seconds": round(self.prune_seconds, 2),
                "longest_write_ms": round(self.longest_write_ms, 1),
                "db_bytes_after": self.db_bytes_pruned,
            },
            **self.result.as_dict(),
        }


def bench_history(
    folder: Path, *, turns: int = 100_000, runs: int = 20, meter: Meter | None = None, progress: Progress | None = None
) -> HistoryBench:
    """Write two histories, ask each the same questions in turns, and delete half of the long one.

    Args:
        folder: Where the database files go; empty.
        turns: Of the person with the long history.
        runs: Samples of each question.
        meter: Takes the samples; one on the clocks of this machine when None.
        progress: Told of each step.
    """
    import asyncio

    tell = progress or silent
    many, few = folder / "many.sqlite3", folder / "few.sqlite3"
    with asyncio.Runner() as runner:
        runner.run(_write(many, turns, lambda done: tell(done, 2 * turns, "turns written")))
        runner.run(_write(few, FEW, lambda _: None))
        size = _bytes(many)
        with _opened(runner, many) as long, _opened(runner, few) as short:
            ends = runner.run(_end(long)), runner.run(_end(short))
            bench = Bench(
                name="history",
                cases=[*_cases(runner, long, *ends[0], "many"), *_cases(runner, short, *ends[1], "few")],
                pairs=[(f"{name}_many", f"{name}_few") for name in _QUESTIONS],
                notes=("one person, twenty turns a session; asked through the door of memory, thread and all",),
            )
            result = run_bench(
                bench,
                runs=runs,
                cold_runs=0,
                meter=meter,
                progress=lambda done, total, now: tell(total + done, 2 * total, now),
            )
            held = len(runner.run(long.sessions(user_id=USER, limit=turns)))
            in_range = len(runner.run(_questions(long, *ends[0])["range"]()))
            pruned, seconds, longest = runner.run(_prune(long, *ends[0]))
        return HistoryBench(
            turns=turns,
            sessions=held,
            db_bytes=size,
            in_range=in_range,
            pruned_turns=pruned,
            prune_seconds=seconds,
            longest_write_ms=1000 * longest,
            db_bytes_pruned=_bytes(many),
            result=result,
        )


_QUESTIONS: Final = ("newest", "range", "life", "mood", "sessions", "history", "record")


def _questions(memory: AffectMemory, session_id: str, last: datetime) -> dict[str, Question]:
    from memory.testing import made_turn

    numbers = iter(range(1_000_000, 10_000_000))

    async def mood() -> object:
        from agent.mood import felt_in, mood_of
        from agent.state import REMEMBERED

        past = await memory.past(session_id, REMEMBERED)
        return mood_of([felt_in(turn) for turn in past.turns])

    return {
        "newest": lambda: memory.timeline(USER, limit=NEWEST),
        "range": lambda: memory.timeline(USER, since=last - RANGE, limit=100_000),
        "life": lambda: memory.timeline_buckets(USER, most=BUCKETS),
        "mood": mood,
        "sessions": lambda: memory.sessions(user_id=USER, limit=50),
        "history": lambda: memory.history(session_id, limit=20),
        "record": lambda: memory.record_turn(made_turn(session_id, next(numbers))),
    }


def _cases(runner: asyncio.Runner, memory: AffectMemory, session_id: str, last: datetime, name: str) -> Iterator[Case]:
    for question, ask in _questions(memory, session_id, last).items():
        yield Case(name=f"{question}_{name}", call=partial(_answer, runner, ask))


def _answer(runner: asyncio.Runner, ask: Question) -> object:
    return runner.run(ask())


async def _write(path: Path, turns: int, told: Callable[[int], None]) -> None:
    from memory.testing import write_life

    await write_life(path, USER, turns, days=1000 * turns / 100_000, told=told)


async def _end(memory: AffectMemory) -> tuple[str, datetime]:
    """The last session, and when it was."""
    (last,) = await memory.timeline(USER, limit=1)
    return last.session_id, last.started_at


async def _prune(memory: AffectMemory, session_id: str, last: datetime) -> tuple[int, float, float]:
    """Delete the older half while somebody goes on talking; how many, the seconds, and the longest wait of a turn."""
    import asyncio

    from memory.testing import made_turn

    clock = asyncio.get_running_loop().time
    (first, *_) = await memory.timeline_buckets(USER)
    waits, began = [], clock()
    pruning = asyncio.create_task(memory.prune(first.since + (last - first.since) / 2))
    number = 10_000_000
    while not pruning.done():
        asked, number = clock(), number + 1
        await memory.record_turn(made_turn(session_id, number))
        waits.append(clock() - asked)
        await asyncio.wait([pruning], timeout=0.02)
    return (await pruning).turns, clock() - began, max(waits)


@contextmanager
def _opened(runner: asyncio.Runner, path: Path) -> Iterator[AffectMemory]:
    from memory import AffectMemory

    memory = runner.run(AffectMemory.open(path))
    try:
        yield memory
    finally:
        runner.run(memory.close())


def _bytes(path: Path) -> int:
    """Size of a closed database, or of an open one with its log."""
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))
