"""What is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Unit(StrEnum):
    """How the time of a case is told."""

    MS = "ms"
    """Milliseconds for each piece of work (an utterance, a frame, a turn)."""
    RTF = "rtf"
    """Real-time factor: seconds of work for each second of sound; below 1 keeps up."""
    ROWS = "rows/min"
    """Rows a minute; the more the better."""

    def of(self, seconds: float) -> float:
        """Seconds for one piece of work, in this unit."""
        match self:
            case Unit.MS:
                return seconds * 1000
            case Unit.RTF:
                return seconds
            case Unit.ROWS:
                return 60 / seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a measured call answered."""

    said: str
    """Such as the status of an observation."""
    judged: bool
    """Whether the work was done in full; a sense that abstains costs less than one that judges."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A call whose cost, once it is warm, is measured in this process."""

    name: str
    """Key of its figures, such as `clip_3s`."""
    call: Callable[[], Any]
    """The work."""
    unit: Unit = Unit.MS
    """Of its figures."""
    amount: float = 1.0
    """Pieces of work in one call: utterances, frames, rows, or seconds of sound."""
    outcome: Callable[[Any], Outcome] | None = None
    """Reads the answer of the last warm-up call; None when every answer is full work."""
    note: str = ""
    """What a reader must know of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ColdCase:
    """Work whose first time, in a fresh process, is measured: import, load, first call, peak memory."""

    name: str
    """Key of its figures."""
    stages: str
    """`module:function` of a generator function that does the work and yields the name of each stage as it ends.

    The time of a stage whose name begins with `_` is not counted.
    """
    arguments: Mapping[str, str | int | float | None] = field(default_factory=dict)
    """Keyword arguments of the function; JSON-ready."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """All that one `attune bench` command measures."""

    name: str
    """Of the command."""
    cases: Sequence[Case] = ()
    """Measured in turns, so that each meets the same weather."""
    pairs: Sequence[tuple[str, str]] = ()
    """Names of two cases whose ratio, first to second, is told."""
    cold: Sequence[ColdCase] = ()
    """Measured in fresh processes."""
    notes: Sequence[str] = ()
    """What a reader must know, such as what was left out and why."""
