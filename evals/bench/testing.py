"""Test doubles of the harness. They never run for a user."""

from __future__ import annotations

from collections.abc import Callable

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

    def taking(self, *walls: float, cpu: float | None = None, log: list[str] | None = None, name: str = "") -> Callable:  # type: ignore[type-arg]
        """A call that takes these seconds in turn, over and over, and writes its name to a log."""
        left = list(walls)

        def call() -> None:
            if log is not None:
                log.append(name)
            self.pass_time(left[0], cpu)
            left.append(left.pop(0))

        return call


def fake_yardstick(clock: FakeClock, *walls: float, log: list[str] | None = None) -> Yardstick:
    """A yardstick of one part that takes these seconds in turn."""
    return Yardstick(parts={"scripted": clock.taking(*walls, log=log, name="yardstick")})
