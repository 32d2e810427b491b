"""The thread of a session: one turn at a time, and a short queue behind it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.wire.client import Busy

if TYPE_CHECKING:
    from api.live.rules import Rules
    from api.live.turn import LiveTurn

STOP_S = 3.0
"""Seconds that a turn gets to write down what was delivered of it when the server stops."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """Something that has the thread for itself: a turn, or a change of persona that waits for one."""

    start: Callable[[bool], tuple[LiveTurn | None, Coroutine[Any, Any, None]]]
    """Told whether it waited; gives the turn, if it is one, and what does it to its end and must not fail."""
    size: int = 0
    """Bytes that it holds while it waits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What became of a job that found the thread busy."""

    policy: Busy
    """`reject`: it was not taken; `queue`: it waits; `interrupt`: it waits, and the turn was stopped."""
    position: int | None
    """In the queue, from 1; None where it was not taken."""


class Thread:
    """Runs jobs one after the other. Nothing here waits, so that two connections cannot both find it free."""

    def __init__(self, rules: Rules) -> None:
        """Begin with nothing to do."""
        self._rules = rules
        self._waiting: deque[Job] = deque()
        self._task: asyncio.Task[None] | None = None
        self._stopped = False
        self.turn: LiveTurn | None = None
        """The turn that runs now."""

    @property
    def busy(self) -> bool:
        """Whether something runs."""
        return self._task is not None

    def take(self, job: Job, policy: Busy) -> Taken | None:
        """Run a job now, where the thread is free; else do as the policy says.

        A turn that was interrupted, or has sent its last frame, is over for the client: what follows first waits for
        what little is left of it, whatever the policy.

        Returns:
            None where the job runs, or is the first after a turn that is over.
        """
        if not self.busy:
            self._start(job, waited=False)
            return None
        closing = self.turn is None or self.turn.over
        room = len(self._waiting) < self._rules.waiting
        room = room and sum(one.size for one in self._waiting) + job.size <= self._rules.waiting_bytes
        if not room or (policy == "reject" and not (closing and not self._waiting)):
            return Taken(policy="reject", position=None)
        self._waiting.append(job)
        if closing and len(self._waiting) == 1:
            return None
        if policy == "interrupt" and self.turn is not None and len(self._waiting) == 1:
            self.interrupt(None, by="message")
            return Taken(policy="interrupt", position=1)
        return Taken(policy="queue", position=len(self._waiting))

    def interrupt(self, delivered: int | None, *, by: str) -> bool:
        """Stop the turn that runs, at once; says whether there was one.

        Args:
            delivered: Characters of the reply that reached the person; None for all.
            by: Who or what; a code.
        """
        if self.turn is None or self._task is None or self.turn.ended:
            return False
        self.turn.interrupt(self._task, delivered, by=by)
        return True

    async def stop(self) -> None:
        """End what runs, keeping what was delivered of it, and forget what waits."""
        self._stopped = True
        self._waiting.clear()
        self.interrupt(None, by="shutdown")
        if (task := self._task) is None:
            return
        await asyncio.wait([task], timeout=STOP_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def _start(self, job: Job, *, waited: bool) -> None:
        self.turn, work = job.start(waited)
        self._task = asyncio.create_task(self._work(work))

    async def _work(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        finally:
            self.turn = self._task = None
            # here and now, so that nothing gets in between
            if self._waiting and not self._stopped:
                self._start(self._waiting.popleft(), waited=True)
