"""A load bench from its beginning to its end."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from api.load.child import Child, running
from api.load.figures import LoadBench, Spread, StormFigures, Tally
from api.load.server import ServerPlan
from api.load.talker import Talker

STORM_S: Final = 5.0
"""Within which all clients of a storm come back."""

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadPlan:
    """What a bench does."""

    sessions: int = 200
    """Text sessions at the same time."""
    live: int = 0
    """Sessions beside them that send a picture a second."""
    seconds: float = 60.0
    """Of talking."""
    think_s: float = 8.0
    """Mean pause of a person between a reply and the next message: to read 30 words and type 15."""
    senses: tuple[str, ...] = ()
    """Those with their models: vision, audio, text. The others are test doubles that take no time."""
    storm: bool = False
    """In the end all clients drop in mid-turn and come back."""


async def bench_load(plan: LoadPlan, progress: Progress = lambda _done, _of, _now: None) -> LoadBench:
    """Start a server in a process of its own and talk to it with many clients.

    Args:
        plan: How many, how long.
        progress: Told seconds done, of how many, and what comes now.

    Raises:
        InputInvalid: the server did not start.
    """
    from evals.bench.machine import describe_machine, load_average

    load, tally = load_average(), Tally()
    with tempfile.TemporaryDirectory(prefix="attune-load-") as folder:
        server = ServerPlan(folder=folder, senses=plan.senses)
        async with running(server) as child:
            progress(0, 1, "opening sessions")
            talkers = [Talker(child.host, server, tally, seed=number) for number in range(plan.sessions)]
            cameras = [Talker(child.host, server, tally, seed=plan.sessions + number) for number in range(plan.live)]
            await _in_groups([talker.begin for talker in talkers])
            await _in_groups([partial(camera.begin, live=True) for camera in cameras])
            child.cpu()
            began = time.monotonic()
            memory = await _run(plan, child, talkers, cameras, tally, progress)
            seconds, cpu = time.monotonic() - began, child.cpu()
            storm = await _storm(talkers) if plan.storm else None
            await asyncio.gather(*(talker.close() for talker in (*talkers, *cameras)))
    return LoadBench(
        sessions=plan.sessions,
        live=plan.live,
        seconds=seconds,
        real_senses=plan.senses,
        think_s=plan.think_s,
        overhead_ms=Spread.of(tally.overhead_s),
        first_ms=Spread.of(tally.first_s),
        live_age_ms=Spread.of(tally.live_age_s),
        tally=tally,
        memory_mb=memory,
        server_cpu=cpu,
        storm=storm,
        machine=describe_machine(load_at_start=load),
    )


async def _in_groups(begin: Sequence[Callable[[], Coroutine[Any, Any, None]]], size: int = 20) -> None:
    """Some at a time: a machine of two cores greets twenty at once, and is measured after that."""
    for start in range(0, len(begin), size):
        await asyncio.gather(*(each() for each in begin[start : start + size]))


async def _run(
    plan: LoadPlan,
    child: Child,
    talkers: Sequence[Talker],
    cameras: Sequence[Talker],
    tally: Tally,
    progress: Progress,
) -> tuple[float, ...]:
    until = time.monotonic() + plan.seconds
    picture = _picture() if cameras else b""
    watching = asyncio.create_task(_watch(child, until, plan.seconds, progress))
    jobs = [_guarded(talker.talk(until, plan.think_s), tally) for talker in talkers]
    jobs += [_guarded(camera.show(until, picture), tally) for camera in cameras]
    await asyncio.gather(*jobs)
    return await watching


async def _guarded(job: Coroutine[Any, Any, None], tally: Tally) -> None:
    """One client that breaks is counted; the others go on."""
    try:
        await job
    except Exception as error:  # whatever broke it is the figure
        tally.failed(type(error).__name__)


async def _watch(child: Child, until: float, seconds: float, progress: Progress) -> tuple[float, ...]:
    """Resident memory of the server at the end of each minute, and of the run."""
    found: list[float] = []
    began = until - seconds
    while (now := time.monotonic()) < until:
        progress(round(now - began), round(seconds), "talking")
        await asyncio.sleep(min(1.0, until - now))
        if (time.monotonic() - began) // 60 > len(found) and (memory := child.memory_mb()) is not None:
            found.append(memory)
    if seconds % 60 and (memory := child.memory_mb()) is not None:
        found.append(memory)
    return tuple(found)


async def _storm(talkers: Sequence[Talker]) -> StormFigures:
    """Everybody says something, loses the connection in mid-turn, and comes back within five seconds."""
    for talker in talkers:
        talker.greetings = 0
    await asyncio.gather(*(talker.say() for talker in talkers))
    await asyncio.sleep(0.3)
    await asyncio.gather(*(talker.drop() for talker in talkers))
    began = time.monotonic()

    async def back(talker: Talker, place: int) -> bool:
        await asyncio.sleep(STORM_S * place / len(talkers))
        return await talker.resume()

    resumed = await asyncio.gather(*(back(*each) for each in zip(talkers, range(len(talkers)), strict=True)))
    seconds = time.monotonic() - began
    ended = await asyncio.gather(*(talker.ending() for talker in talkers))
    return StormFigures(
        clients=len(talkers),
        resumed=sum(resumed),
        greeted_again=sum(talker.greetings > 0 for talker in talkers),
        hanging=ended.count(False),
        seconds=round(seconds, 2),
    )


def _picture() -> bytes:
    import io

    from PIL import Image

    from evals.bench.portrait import drawn_face

    held = io.BytesIO()
    Image.fromarray(drawn_face()).save(held, "JPEG", quality=85)
    return held.getvalue()
