"""What a turn costs beside its models: the graph, the tools and the database.

The chat model is scripted and the senses are test doubles, both of which take no time, on a real SQLite file. So the
wall time of a turn is Attune's own overhead.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evals.bench.case import ColdCase
from evals.bench.cold import measure_cold
from evals.bench.figures import BenchResult, CaseFigures, RatioFigures, YardstickFigures
from evals.bench.harness import Progress, silent
from evals.bench.machine import describe_machine, load_average
from evals.bench.meter import Meter
from evals.bench.threads import one_thread

if TYPE_CHECKING:
    from agent import Agent
    from agent.events import TurnInput

LAST_TURNS: Final = 25
"""Turns at the end of the long conversation whose median stands for its last; each has a first turn beside it."""

WARM_UP: Final = 9
"""Turns before anything is timed."""

GAUGED: Final = 20
"""Turns between two readings of the yardstick, before the last ones."""

WORDS: Final = "I can't believe you did that, and I do not know what to say to you any more."
REPLY: Final = (
    "That sounds as if it hit you out of nowhere, and as if part of you is still looking for words. "
    "What was going through your mind when you found out?"
)

FIRST: Final = "turn_first"
LAST: Final = "turn_last"
ALL: Final = "turn_all"


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnBench:
    """The cost of a turn."""

    turns: int
    """Length of the long conversation."""
    db_bytes_per_turn: float
    """Growth of all database files divided by the turns."""
    result: BenchResult
    """Cases `turn_first` (of fresh conversations), `turn_last` (of the long one) and `turn_all`, in milliseconds."""

    @property
    def growth(self) -> float:
        """How much longer a last turn takes than a first one."""
        return self.result.ratios[f"{LAST} / {FIRST}"].median

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: the shape of all benches, and beside it what is told of turns only."""
        cases = self.result.cases
        return {
            "overhead_ms": {"turn_1": _ms(cases[FIRST].median), f"turn_{self.turns}": _ms(cases[LAST].median)},
            "growth": round(self.growth, 3),
            "conversation_ms": {"median": _ms(cases[ALL].median), "p95": _ms(cases[ALL].p95)},
            "db_bytes_per_turn": self.db_bytes_per_turn,
            "turns": self.turns,
            **self.result.as_dict(),
        }


async def bench_turn(
    folder: Path,
    *,
    turns: int = 1000,
    cold_runs: int = 0,
    meter: Meter | None = None,
    progress: Progress | None = None,
) -> TurnBench:
    """Hold one long conversation, and fresh ones beside its end, with words, a picture and a recording in each turn.

    Args:
        folder: Where the database files go; empty.
        turns: Length of the long conversation.
        cold_runs: Fresh processes that import, open an agent and hold one turn; none when 0.
        meter: Takes the samples; one on the clocks of this machine when None.
        progress: Told how many turns are done, of how many, and what comes now.

    Raises:
        BenchFailed: a fresh process failed.
    """
    meter, load = meter or Meter(), load_average()
    tell = progress or silent
    stages = ColdCase(name="turn", stages="evals.bench.turn:cold_turn")
    cold = measure_cold([stages], meter, runs=cold_runs, progress=lambda what: tell(0, turns, what))
    with one_thread():
        grown = await _measure(folder, turns, meter, lambda done: tell(done, turns, "turns"))
    cases = {name: CaseFigures.of(meter.series(name)) for name in (FIRST, LAST, ALL)}
    return TurnBench(
        turns=turns,
        db_bytes_per_turn=round(grown / turns, 1),
        result=BenchResult(
            bench="turn",
            machine=describe_machine(load_at_start=load),
            yardstick=YardstickFigures.of(meter),
            cases=cases,
            ratios={f"{LAST} / {FIRST}": RatioFigures.of(meter.series(LAST), meter.series(FIRST))},
            cold=cold,
            notes=("chat model and senses are test doubles that take no time: this is what a turn costs beside them",),
        ),
    )


def cold_turn() -> Iterator[str]:
    """Import, an agent opened on a new database, the first turn."""
    import asyncio
    import tempfile

    import agent  # noqa: F401

    yield "import"
    with tempfile.TemporaryDirectory(prefix="attune-bench-") as folder, asyncio.Runner() as runner:
        opened = _agent(Path(folder) / "cold.sqlite3")
        held = runner.run(opened.__aenter__())
        yield "load"
        session = runner.run(_begin(held))
        runner.run(_turn(held, session, _message()))
        yield "first_call"
        runner.run(opened.__aexit__(None, None, None))
        yield "_close"


async def _measure(folder: Path, turns: int, meter: Meter, progress: Callable[[int], None]) -> int:
    """Take samples of every turn; gives what the database of the long conversation grew by, in bytes."""
    async with _agent(folder / "bench.sqlite3"):
        pass  # makes the tables
    before = _bytes(folder)
    async with _agent(folder / "fresh.sqlite3") as fresh, _agent(folder / "bench.sqlite3") as agent:
        await _converse(fresh, agent, turns, meter, progress)
    return _bytes(folder) - before


async def _converse(fresh: Agent, agent: Agent, turns: int, meter: Meter, progress: Callable[[int], None]) -> None:
    message, session = _message(), await _begin(fresh)
    for _ in range(WARM_UP):
        await _turn(fresh, session, message)
    session = await _begin(agent)
    for number in range(1, turns + 1):
        last = number > turns - LAST_TURNS
        if last:
            beside = await _begin(fresh)
            meter.gauge()
            with meter.timing(FIRST):
                await _turn(fresh, beside, message)
        if last or number % GAUGED == 1:
            meter.gauge()
        with meter.timing(*((ALL, LAST) if last else (ALL,))):
            await _turn(agent, session, message)
        progress(number)
    meter.gauge()


async def _begin(agent: Agent) -> str:
    from perception import Modality

    session = await agent.start()
    await agent.acknowledge(session.session_id, dict.fromkeys(Modality, True))
    return session.session_id


async def _turn(agent: Agent, session: str, message: TurnInput) -> None:
    async for _ in agent.turn(session, message):
        pass


def _message() -> TurnInput:
    import numpy as np

    from agent.events import TurnInput
    from perception import AudioClip, Frame

    return TurnInput(
        text=WORDS,
        frame=Frame(pixels=np.zeros((48, 48, 3), np.uint8)),
        clip=AudioClip(samples=np.zeros(16_000, np.float32)),
    )


@asynccontextmanager
async def _agent(database: Path) -> AsyncIterator[Agent]:
    from agent import Agent
    from agent.senses import Senses
    from agent.testing import ScriptedChatModel
    from perception import EmotionScores, Modality
    from perception.testing import ScriptedPerceiver, ScriptedTranscriber
    from personas import PersonaBook

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


def _bytes(folder: Path) -> int:
    """Size of all files of the closed database of the long conversation, checkpoints and logs among them."""
    return sum(path.stat().st_size for path in folder.glob("bench*"))


def _ms(value: float) -> float:
    return round(value, 2)
