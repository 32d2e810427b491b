"""A server that is killed again and again while clients talk to it: what they were told must be true afterwards."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from api.load.child import Child, start
from api.load.figures import Tally
from api.load.server import REPLY, ServerPlan
from api.load.talker import Talker

BETWEEN_S: Final = (0.1, 2.0)
"""Seconds that a server lives, at least and at most: a turn takes about one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KillFigures:
    """What became of it."""

    turns: int
    """Messages that the clients sent and saw the end of."""
    kills: int
    """Times that the server was killed."""
    whole: int
    """Replies that came whole."""
    interrupted: int
    """Replies that came as interrupted."""
    unheard: int
    """Messages that the server had not taken when it was killed; it says so, and the client sends again."""
    lost: int
    """Whole replies that a client got and that the database does not have, or has otherwise."""
    halves_as_whole: int
    """Half replies that a client or the database took for whole ones."""
    sessions_lost: int
    """Sessions that could not be taken up."""
    greeted_again: int
    """Clients that were greeted a second time."""
    hanging: int
    """Clients that waited for longer than a minute on an open connection."""
    seconds: float
    """Of the run."""

    @property
    def kept(self) -> bool:
        """Nothing was lost, nobody was told what is not true, and nobody waited in vain."""
        return not any((self.lost, self.halves_as_whole, self.sessions_lost, self.greeted_again, self.hanging))

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"bench": "kills", **asdict(self), "seconds": round(self.seconds, 1), "kept": self.kept}

    def lines(self) -> Sequence[str]:
        """For a person to read."""
        ended = f"{self.whole} whole, {self.interrupted} interrupted, {self.unheard} sent again"
        return (
            f"{self.turns} turns under {self.kills} kills in {self.seconds:.0f} s: {ended}",
            f"lost: {self.lost} replies, {self.sessions_lost} sessions; halves taken for whole: {self.halves_as_whole}",
            f"greeted again: {self.greeted_again}; left hanging: {self.hanging}",
        )


async def bench_kills(
    turns: int,
    kills: int,
    *,
    clients: int = 8,
    seed: int = 0,
    progress: Callable[[int, int, str], None] = lambda _done, _of, _now: None,
) -> KillFigures:
    """Talk until so many turns have ended and the server was killed so often, then look into the database.

    Args:
        turns: in all, at least.
        kills: at random moments.
        clients: that talk at the same time.
        seed: of the moments.
        progress: told how many kills are done, of how many, and how many turns.

    Raises:
        InputInvalid: the server did not start.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="attune-kills-") as folder:
        plan = ServerPlan(folder=folder, first_s=0.1, piece_s=0.01)
        child = await start(plan)
        plan = replace(plan, port=int(child.host.rpartition(":")[2]))
        survivors = [Survivor(child.host, plan, Tally(), seed=number) for number in range(clients)]
        try:
            await asyncio.gather(*(survivor.begin() for survivor in survivors))
            goal = Goal(turns)
            talking = [asyncio.create_task(survivor.live_through(goal)) for survivor in survivors]
            child = await _kill(child, plan, kills, seed, lambda done: progress(done, kills, f"{goal.turns} turns"))
            goal.killing = False
            hanging = sum(await asyncio.gather(*talking))
        finally:
            await child.kill()
        lost, halves = await _look(Path(folder) / "attune.sqlite3", survivors)
    ended = [frame for survivor in survivors for frame in survivor.ended]
    whole = sum(not frame["interrupted"] for frame in ended)
    return KillFigures(
        turns=goal.turns,
        kills=kills,
        whole=whole,
        interrupted=len(ended) - whole,
        unheard=sum(survivor.unheard for survivor in survivors),
        lost=lost,
        halves_as_whole=halves,
        sessions_lost=sum(survivor.sessions_lost for survivor in survivors),
        greeted_again=sum(survivor.greetings > 1 for survivor in survivors),
        hanging=hanging,
        seconds=time.monotonic() - began,
    )


@dataclass(slots=True)
class Goal:
    """When the clients may stop."""

    wanted: int
    """Turns."""
    turns: int = 0
    """That have ended."""
    killing: bool = True
    """The server is still being killed."""

    @property
    def reached(self) -> bool:
        """All is done."""
        return self.turns >= self.wanted and not self.killing


class Survivor(Talker):
    """A client that comes back whenever the server goes away."""

    unheard = 0
    """Messages that the server had not taken."""
    sessions_lost = 0
    """Sessions that could not be taken up."""

    async def live_through(self, goal: Goal) -> bool:
        """Talk until the goal is reached; tells whether it was left hanging."""
        try:
            while not goal.reached:
                await self._turn_of_many_lives()
                goal.turns += 1
        except TimeoutError:
            return True
        except LookupError:
            self.sessions_lost += 1
        return False

    async def _turn_of_many_lives(self) -> None:
        """Say something until a turn has come of it."""
        told = len(self.ended)
        while len(self.ended) == told:
            try:
                if not self._waits:
                    await self.say()
                while self._waits:
                    await self._receive()
            except (OSError, EOFError, _closed()):
                await self._come_back()

    async def _come_back(self) -> None:
        """Take the session up, however often the server goes away meanwhile."""
        while True:
            try:
                started = await self.take_up()
            except (OSError, EOFError, _closed()):
                await asyncio.sleep(0.1)
                continue
            if self._waits and started.get("running") is None:
                self._waits, self.unheard = False, self.unheard + 1
            return


def _closed() -> type[Exception]:
    from websockets.exceptions import WebSocketException

    return WebSocketException


async def _kill(child: Child, plan: ServerPlan, kills: int, seed: int, progress: Callable[[int], None]) -> Child:
    """Kill a server again and again; gives the one that lives."""
    random = np.random.default_rng(seed)
    for number in range(1, kills + 1):
        await asyncio.sleep(random.uniform(*BETWEEN_S))
        await child.kill()
        child = await start(plan)
        progress(number)
    return child


async def _look(database: Path, survivors: Sequence[Survivor]) -> tuple[int, int]:
    """Whole replies that are not in the database, and half ones that somebody took for whole."""
    from memory import AffectMemory

    lost = halves = 0
    async with await AffectMemory.open(database) as memory:
        for survivor in survivors:
            kept = {turn.number: turn for turn in await memory.history(survivor.session_id)}
            halves += sum(not turn.interrupted and turn.reply != REPLY for turn in kept.values())
            for frame in survivor.ended:
                if frame["interrupted"]:
                    continue
                halves += frame["text"] != REPLY
                turn = kept.get(frame["number"])
                lost += turn is None or turn.interrupted or turn.reply != frame["text"]
    return lost, halves
