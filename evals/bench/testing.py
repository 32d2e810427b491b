"""Test doubles of the harness. They never run for a user."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from evals.bench.yardstick import Yardstick


class FakeClock:
    """A clock that stands still until it is told how much time has passed."""

    def __init__(self) -> None:
        self._wall = 0.0
        self._cpu = 0.0

    def wall(self) -> float:
        return self._wall

    def cpu(self) -> float:
        return self._cpu

    def pass_time(self, wall: float, cpu: float | None = None) -> None:
        """Let seconds go by; all of them on a processor unless told otherwise."""
        self._wall += wall
        self._cpu += wall if cpu is None else cpu

    def taking(
        self, *walls: float, cpu: float | None = None, log: list[str] | None = None, name: str = ""
    ) -> Callable[[], None]:
        """A call that takes these seconds in turn, over and over, and writes its name to a log."""
        left = list(walls)

        def call() -> None:
            if log is not None:
                log.append(name)
            self.pass_time(left[0], cpu)
            left.append(left.pop(0))

        return call


def fake_yardstick(
    clock: FakeClock, *walls: float, cpu: float | None = None, log: list[str] | None = None
) -> Yardstick:
    """A yardstick of one part that takes these seconds in turn."""
    return Yardstick(parts={"scripted": clock.taking(*walls, cpu=cpu, log=log, name="yardstick")})


def hoarding_stages(mebibytes: int, pause: float = 0.0) -> Iterator[str]:
    """Stages for a fresh process: takes that much memory and lets it go, then pauses uncounted, then does nothing."""
    hoard = bytearray(b"x") * (mebibytes * 2**20)
    yield "hoard"
    hoard.clear()
    time.sleep(pause)
    yield "_pause"
    # what the work prints must not be taken for what was measured
    print("done")  # noqa: T201
    yield "rest"


def failing_stages() -> Iterator[str]:
    """Stages of which the second fails."""
    yield "first"
    raise RuntimeError("the weights are gone")


def leaving_stages() -> Iterator[str]:
    """Stages that end their process."""
    yield "first"
    raise SystemExit(0)
