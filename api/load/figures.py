"""What a load bench found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """Percentiles of many times, in milliseconds."""

    p50: float
    """Median."""
    p95: float
    """95 % are below."""
    p99: float
    """99 % are below."""
    max: float
    """The worst."""
    count: int
    """How many there are."""

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Self | None:
        """Of times in seconds; None of none."""
        if not seconds:
            return None
        p50, p95, p99, most = (round(1000 * float(np.percentile(seconds, p)), 2) for p in (50, 95, 99, 100))
        return cls(p50=p50, p95=p95, p99=p99, max=most, count=len(seconds))


@dataclass(kw_only=True, slots=True)
class Tally:
    """What the clients of a run saw, all together. Filled while it runs."""

    overhead_s: list[float] = field(default_factory=list)
    """Of each turn: from the message sent to the whole reply, less what the chat model took."""
    first_s: list[float] = field(default_factory=list)
    """Of each turn: from the message sent to the first piece of the reply, less what the chat model took."""
    live_age_s: list[float] = field(default_factory=list)
    """Of each live observation: from the picture sent to the observation received."""
    frames: int = 0
    """Frames received."""
    lost: int = 0
    """Values of `seq` that never came."""
    doubled: int = 0
    """Frames whose `seq` had come before."""
    pictures: int = 0
    """Live pictures sent."""
    errors: dict[str, int] = field(default_factory=dict)
    """`error` frames and broken connections, by code."""

    def failed(self, code: str) -> None:
        """Count an error."""
        self.errors[code] = self.errors.get(code, 0) + 1


@dataclass(frozen=True, kw_only=True, slots=True)
class StormFigures:
    """Every client dropped at once and came back."""

    clients: int
    """How many there were."""
    resumed: int
    """Got `session.started` with `resumed`, and every frame they had missed, once and in order."""
    greeted_again: int
    """Got a second greeting."""
    hanging: int
    """Were in a turn, and never saw it end."""
    seconds: float
    """From the drop to the last one that was back."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadBench:
    """One run."""

    sessions: int
    """Text sessions at the same time."""
    live: int
    """Sessions that send a picture a second."""
    seconds: float
    """Measured, without the time in which the sessions began."""
    real_senses: tuple[str, ...]
    """Senses with their models; the others are test doubles that take no time."""
    think_s: float
    """Mean pause of a person between a reply and the next message, seconds."""
    overhead_ms: Spread | None
    """Of a whole turn, less what the scripted chat model takes by its timetable."""
    first_ms: Spread | None
    """Until the first piece of the reply, likewise."""
    live_age_ms: Spread | None
    """From a picture sent to its observation received."""
    tally: Tally
    """Counts."""
    memory_mb: tuple[float, ...]
    """Resident memory of the server at the end of each minute, megabytes; empty where the system does not tell."""
    server_cpu: float | None
    """Processor time of the server by wall time; 1 is a whole core."""
    storm: StormFigures | None
    """Of the reconnect storm at the end, where one was asked for."""
    machine: Mapping[str, Any]
    """It was measured on."""

    def lines(self) -> Iterator[str]:
        """For a person to read."""
        tally = self.tally
        yield f"{self.sessions} sessions for {self.seconds:.0f} s: {len(tally.overhead_s)} turns"
        told = (("overhead a turn", self.overhead_ms), ("first piece", self.first_ms), ("live", self.live_age_ms))
        for name, spread in told:
            if spread is not None:
                yield f"{name}: p50 {spread.p50:.0f} ms, p95 {spread.p95:.0f} ms, p99 {spread.p99:.0f} ms"
        yield f"{tally.frames} frames, {tally.lost} lost, {tally.doubled} doubled"
        if tally.errors:
            yield "errors: " + ", ".join(f"{code} {count}" for code, count in sorted(tally.errors.items()))
        if self.memory_mb:
            yield f"memory of the server: {self.memory_mb[0]:.0f} MB at first, {self.memory_mb[-1]:.0f} MB at the end"
        if self.server_cpu is not None:
            yield f"processor: {self.server_cpu:.2f} cores by the server"
        if storm := self.storm:
            yield (
                f"storm: {storm.resumed} of {storm.clients} came back whole in {storm.seconds:.1f} s, "
                f"{storm.greeted_again} greeted again, {storm.hanging} left hanging"
            )

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        spreads = {"overhead_ms": self.overhead_ms, "first_ms": self.first_ms, "live_age_ms": self.live_age_ms}
        return {
            "bench": "load",
            "sessions": self.sessions,
            "live": self.live,
            "seconds": round(self.seconds, 1),
            "real_senses": list(self.real_senses),
            "think_s": self.think_s,
            "turns": len(self.tally.overhead_s),
            **{name: spread and asdict(spread) for name, spread in spreads.items()},
            "frames": self.tally.frames,
            "seq_lost": self.tally.lost,
            "seq_doubled": self.tally.doubled,
            "live_pictures": self.tally.pictures,
            "errors": dict(self.tally.errors),
            "memory_mb": [round(each, 1) for each in self.memory_mb],
            "server_cpu": self.server_cpu and round(self.server_cpu, 3),
            "storm": self.storm and asdict(self.storm),
            "machine": dict(self.machine),
        }
