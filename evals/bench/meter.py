"""Readings of the clocks, with the yardstick between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.bench.clock import Clock, SystemClock
from evals.bench.yardstick import Yardstick, default_yardstick

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Series:
    """Samples of one case, in the order they were taken."""

    wall: Floats
    """Seconds of wall time for each piece of work."""
    cpu: Floats
    """Seconds of processor time for each piece of work, all threads together."""
    yardstick: Floats
    """Seconds of the yardstick around each sample: the mean of the readings before and after."""
    yardstick_cpu: Floats
    """The same in processor time."""
    calls: int = 1
    """Calls in a sample; wall and cpu are those of one."""

    def __len__(self) -> int:
        return len(self.wall)

    @property
    def ratio(self) -> Floats:
        """Wall time of each sample in yardsticks."""
        return np.asarray(self.wall / self.yardstick)

    @property
    def cpu_ratio(self) -> Floats:
        """Processor time of each sample in yardsticks of processor time."""
        return np.asarray(self.cpu / self.yardstick_cpu)


class Meter:
    """Takes samples of cases and readings of the yardstick, in whatever order it is asked to."""

    def __init__(self, *, clock: Clock | None = None, yardstick: Yardstick | None = None) -> None:
        """Start with no samples.

        Args:
            clock: that of this machine when None.
            yardstick: the default one when None.
        """
        self.clock = clock or SystemClock()
        self._yardstick = yardstick or default_yardstick()
        self._readings: dict[str, list[tuple[float, float]]] = {name: [] for name in self._yardstick.parts}
        self._samples: dict[str, list[tuple[float, float, int]]] = {}
        self._calls: dict[str, int] = {}

    def gauge(self) -> None:
        """Measure the yardstick now. Samples are set against the readings next to them."""
        for name, work in self._yardstick.parts.items():
            cpu, wall = self.clock.cpu(), self.clock.wall()
            work()
            took = self.clock.wall() - wall
            self._readings[name].append((took, self.clock.cpu() - cpu))

    @contextmanager
    def timing(self, *names: str, amount: float = 1.0, calls: int = 1) -> Iterator[None]:
        """Take a sample of the cases named: what happens inside, `calls` calls that do `amount` pieces of work each."""
        cpu, wall = self.clock.cpu(), self.clock.wall()
        yield
        took = self.clock.wall() - wall
        spent = self.clock.cpu() - cpu
        for name in names:
            self.record(name, wall=took / calls / amount, cpu=spent / calls / amount, calls=calls)

    def record(self, name: str, *, wall: float, cpu: float, calls: int = 1) -> None:
        """Add a sample that was timed elsewhere, in seconds for each piece of work."""
        self._samples.setdefault(name, []).append((wall, cpu, self._gauged))
        self._calls[name] = calls

    def series(self, name: str) -> Series:
        """The samples of a case. There must be one at least, and one reading of the yardstick."""
        wall, cpu, at = (np.array(column) for column in zip(*self._samples[name], strict=True))
        return Series(
            wall=wall,
            cpu=cpu,
            yardstick=_around(self.yardstick, at),
            yardstick_cpu=_around(self.yardstick_cpu, at),
            calls=self._calls[name],
        )

    @property
    def yardstick(self) -> Floats:
        """All readings of the yardstick in wall time, in seconds: the geometric mean of its parts."""
        return self._mean(0)

    @property
    def yardstick_cpu(self) -> Floats:
        """The same in processor time."""
        return self._mean(1)

    @property
    def parts(self) -> dict[str, Floats]:
        """All readings of each part of the yardstick in wall time, in seconds."""
        return {name: np.array(readings)[:, 0] for name, readings in self._readings.items()}

    def _mean(self, column: int) -> Floats:
        parts = [np.array(readings)[:, column] for readings in self._readings.values()]
        # a coarse clock may say that nothing was spent
        return np.asarray(np.exp(np.mean(np.log(np.maximum(parts, 1e-9)), axis=0)))

    @property
    def _gauged(self) -> int:
        return min(map(len, self._readings.values()))


def _around(readings: Floats, at: NDArray[np.int64]) -> Floats:
    """Mean of the readings before and after each sample; at the ends, the one there is."""
    before = readings[np.clip(at - 1, 0, len(readings) - 1)]
    after = readings[np.clip(at, 0, len(readings) - 1)]
    return np.asarray((before + after) / 2)
