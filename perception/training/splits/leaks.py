"""Whether a held-out row was seen in training: the same person, the same conversation, the same content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from perception.training.errors import LeakFound
from perception.training.splits.duplicates import find_twins
from perception.training.splits.items import Item
from perception.training.splits.rule import PARTS, Part

_SHOWN: Final = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Leak:
    """Two rows that must not be in two parts."""

    a: str
    """Id of the row in the later part, nearer to test."""
    a_part: Part
    """That part."""
    b: str
    """Id of the other."""
    b_part: Part
    """Its part."""
    because: str
    """What they share: `the same speaker`."""

    def __str__(self) -> str:
        return f"{self.b!r} in {self.b_part} and {self.a!r} in {self.a_part}: {self.because}"


def check_leaks(parts: Mapping[Part, Sequence[Item]]) -> None:
    """Refuse parts that share a row, a group, or content. They may come from anywhere, such as a column of a manifest.

    A leaking group counts once for each earlier part it is in. Copies are compared with one of their kind
    (`find_twins`), so the count is of rows to look at, not of all pairs.

    Raises:
        LeakFound: with each leak in `leaks`; the message names the first ten.
    """
    rows = [(row, part) for part in reversed(PARTS) for row in parts.get(part, ())]
    leaks = (*_of_names(rows), *_of_content(rows))
    if leaks:
        raise LeakFound(_message(leaks), leaks=leaks)


Placed = tuple[Item, Part]


def _of_names(rows: Sequence[Placed]) -> Iterator[Leak]:
    yield from _shared((row.id, row, part, "the same id") for row, part in rows)
    yield from _shared((row.key, row, part, f"the same {row.unit}") for row, part in rows)


def _shared(named: Iterable[tuple[str, Item, Part, str]]) -> Iterator[Leak]:
    first: dict[str, Placed] = {}
    told: set[tuple[str, Part]] = set()
    for name, row, part, because in named:
        other, its_part = first.setdefault(name, (row, part))
        # a row that is in two parts is told of by its id, not by its group again
        if part != its_part and (name, part) not in told and (name == row.id or other.id != row.id):
            told.add((name, part))
            yield Leak(a=other.id, a_part=its_part, b=row.id, b_part=part, because=because)


def _of_content(rows: Sequence[Placed]) -> Iterator[Leak]:
    part_of: dict[str, Part] = {}
    once = [row for row, part in rows if part_of.setdefault(row.id, part) == part]
    for twin in find_twins(once):
        if part_of[twin.a] != part_of[twin.b]:
            yield Leak(a=twin.a, a_part=part_of[twin.a], b=twin.b, b_part=part_of[twin.b], because=twin.because)


def _message(leaks: Sequence[Leak]) -> str:
    more = [f"and {len(leaks) - _SHOWN:,} more"] if len(leaks) > _SHOWN else []
    what_to_do = (
        f"{len(leaks):,} leaks between parts: figures measured so are too good. Drop the rows of the earlier part, or "
        "part the rows with perception.training.splits.make_splits, which does it:"
    )
    return "\n  ".join([what_to_do, *map(str, leaks[:_SHOWN]), *more])
