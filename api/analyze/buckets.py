"""Tallies by group and over time, of which there are only ever so many."""

from __future__ import annotations

from typing import Any, Final

from api.analyze.rows import sound
from api.analyze.tally import Tally
from api.analyze.times import GRAINS, bucket, day_of
from api.analyze.values import Verdict

GROUPS: Final = 1000
"""Groups that are told apart: the first ones that come; the others count as one."""
BUCKETS: Final = 180
"""Days; where there are more, they become weeks, then months, then years."""
NAME: Final = 200
"""Characters of a group, or of a label, that are kept."""
EXAMPLES: Final = 10
"""Times that could not be read, as examples."""


def short(text: str) -> str:
    """A name out of the data, of a length that can be kept."""
    return sound(text[:NAME])


class Groups:
    """A tally for each group."""

    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = {}
        """By group; the empty name is of the rows without one."""
        self.others = Tally()
        """Of all groups that came after the first thousand."""

    def add(self, name: str | None, verdict: Verdict) -> None:
        """Count a row."""
        key = short((name or "").strip())
        tally = self.tallies.get(key)
        if tally is None:
            tally = self.others if len(self.tallies) >= GROUPS else self.tallies.setdefault(key, Tally())
        tally.add(verdict)

    def state(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"tallies": [[name, each.state()] for name, each in self.tallies.items()], "others": self.others.state()}

    @classmethod
    def of(cls, state: dict[str, Any]) -> Groups:
        """The inverse of `state`."""
        found = cls()
        found.tallies = {name: Tally.of(each) for name, each in state["tallies"]}
        found.others = Tally.of(state["others"])
        return found


class Timeline:
    """A tally for each stretch of time."""

    def __init__(self) -> None:
        self.grain = GRAINS[0]
        """How wide a stretch is."""
        self.tallies: dict[str, Tally] = {}
        """By the first day of each, in ISO form."""
        self.unread = Tally()
        """Of rows whose time is missing or cannot be read."""
        self.examples: list[str] = []
        """Some of those times."""

    def add(self, time: str | None, verdict: Verdict) -> None:
        """Count a row."""
        day = day_of(time) if time else None
        if day is None:
            self._unread(time, verdict)
            return
        key = bucket(day.isoformat(), self.grain)
        if key not in self.tallies and len(self.tallies) >= BUCKETS and not self._coarsen():
            self._unread(time, verdict)
            return
        self.tallies.setdefault(bucket(key, self.grain), Tally()).add(verdict)

    def _unread(self, time: str | None, verdict: Verdict) -> None:
        self.unread.add(verdict)
        if time and len(self.examples) < EXAMPLES and short(time) not in self.examples:
            self.examples.append(short(time))

    def _coarsen(self) -> bool:
        """Make the stretches wider until there is room; whether there is."""
        while len(self.tallies) >= BUCKETS and self.grain != GRAINS[-1]:
            self.grain = GRAINS[GRAINS.index(self.grain) + 1]
            wider: dict[str, Tally] = {}
            for key, tally in self.tallies.items():
                wider.setdefault(bucket(key, self.grain), Tally()).merge(tally)
            self.tallies = wider
        return len(self.tallies) < BUCKETS

    def state(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "grain": self.grain,
            "tallies": [[key, each.state()] for key, each in self.tallies.items()],
            "unread": self.unread.state(),
            "examples": self.examples,
        }

    @classmethod
    def of(cls, state: dict[str, Any]) -> Timeline:
        """The inverse of `state`."""
        found = cls()
        found.grain = state["grain"]
        found.tallies = {key: Tally.of(each) for key, each in state["tallies"]}
        found.unread = Tally.of(state["unread"])
        found.examples = state["examples"]
        return found
