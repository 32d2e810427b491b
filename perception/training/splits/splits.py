"""Train, dev and test of a corpus, or of several, with no copy and no group in two of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from perception.training.errors import SplitImpossible
from perception.training.splits.duplicates import find_twins
from perception.training.splits.items import Item
from perception.training.splits.leaks import check_leaks
from perception.training.splits.rule import PARTS, Part, SplitRule


@dataclass(frozen=True, kw_only=True, slots=True)
class Dropped:
    """A row that is in no part."""

    id: str
    """Which."""
    because: str
    """What it shares with its twin: `nearly the same image`, `the same speaker`."""
    twin: str
    """Id of the row that was kept."""
    part: Part
    """Where it would have been."""
    kept_in: Part
    """Where its twin is."""


@dataclass(frozen=True, kw_only=True)
class Splits:
    """Which row is in which part."""

    parts: Mapping[Part, tuple[str, ...]]
    """Ids of each part, in the order the rows came in."""
    dropped: tuple[Dropped, ...]
    """Rows left out."""
    groups: Mapping[Part, int]
    """How many groups each part has: speakers, dialogues, or independent rows."""
    corpora: Mapping[str, Mapping[Part, int]]
    """How many rows of each corpus each part has."""
    rule: SplitRule = field(default_factory=SplitRule)
    """By which they were parted."""

    def of(self, id: str) -> Part | None:  # noqa: A002  (named as the field of an item)
        """The part of a row; None when it was dropped.

        Raises:
            KeyError: no such row was split.
        """
        return self._part_of[id]

    @cached_property
    def digest(self) -> str:
        """SHA-256, hex, over ids and parts in the order of the ids: equal for equal splits."""
        lines = sorted(f"{id}\t{part}\n" for part in PARTS for id in self.parts[part])  # noqa: A001
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def summary(self) -> dict[str, Any]:
        """What a model card says of it, JSON-ready."""
        return {
            "digest": self.digest,
            "rule": {
                "salt": self.rule.salt,
                "dev": self.rule.dev,
                "test": self.rule.test,
                "quota": self.rule.quota,
            },
            "rows": {part: len(self.parts[part]) for part in PARTS},
            "groups": dict(self.groups),
            "corpora": {name: dict(rows) for name, rows in self.corpora.items()},
            "dropped": [
                {"because": because, "from": part, "kept_in": kept_in, "rows": rows}
                for (because, part, kept_in), rows in self._drops()
            ],
        }

    def text(self) -> str:
        """The summary in a few lines of plain English."""
        lines = [f"split {self.digest[:12]}: " + ", ".join(self._size(part) for part in PARTS)]
        lines += [
            f"dropped {rows:,} from {part}: {why} is kept in {kept_in}" for (why, part, kept_in), rows in self._drops()
        ]
        return "\n".join(lines)

    def _size(self, part: Part) -> str:
        rows, groups = len(self.parts[part]), self.groups[part]
        return f"{part} {rows:,} rows" + (f" of {groups:,} groups" if groups != rows else "")

    def _drops(self) -> list[tuple[tuple[str, Part, Part], int]]:
        return sorted(Counter((each.because, each.part, each.kept_in) for each in self.dropped).items())

    @cached_property
    def _part_of(self) -> Mapping[str, Part | None]:
        gone: dict[str, Part | None] = dict.fromkeys((each.id for each in self.dropped), None)
        return gone | {id: part for part, ids in self.parts.items() for id in ids}  # noqa: A001


def make_splits(items: Iterable[Item], rule: SplitRule) -> Splits:
    """Part rows.

    1. Every row gets the part wanted for it. Official `test` and `dev` stay what they are. Of a corpus, what its
       authors did not set apart is cut from the rest by the rule, by group.
    2. Of rows with the same or nearly the same content one stays: the one in test before one in dev or train, an
       official one before others, then the one whose id sorts first. So held-out sets stay whole.
    3. Where authors part a group all the same, its rows in the earlier part are dropped.
    4. What is left is checked for leaks.

    Raises:
        SplitImpossible: an id comes twice, or no row is left to train on although authors did not set all apart.
        LeakFound: never, unless step 2 or 3 is wrong.
    """
    rows = list(items)
    _check_ids(rows)
    wanted = _wanted(rows, rule)
    dropped = _copies(rows, wanted)
    dropped |= _parted(rows, wanted, gone=dropped)
    kept = {part: [row for row in rows if row.id not in dropped and wanted[row.id] == part] for part in PARTS}
    if not kept["train"] and any(row.official not in PARTS[1:] for row in rows):
        raise SplitImpossible(_nothing_left(rows, dropped))
    check_leaks(kept)
    return Splits(
        parts=MappingProxyType({part: tuple(row.id for row in kept[part]) for part in PARTS}),
        dropped=tuple(dropped[row.id] for row in rows if row.id in dropped),
        groups={part: len({row.key for row in kept[part]}) for part in PARTS},
        corpora={
            name: {part: sum(row.corpus == name for row in kept[part]) for part in PARTS}
            for name in sorted({row.corpus for row in rows})
        },
        rule=rule,
    )


def _check_ids(rows: Sequence[Item]) -> None:
    twice = [id for id, times in Counter(row.id for row in rows).items() if times > 1]  # noqa: A001
    if twice:
        raise SplitImpossible(
            f"{len(twice)} ids come more than once, the first is {twice[0]!r}; put the corpus before the id, as in "
            f"{'corpus/' + twice[0]!r}"
        )


def _wanted(rows: Sequence[Item], rule: SplitRule) -> dict[str, Part]:
    wanted: dict[str, Part] = {}
    for name in sorted({row.corpus for row in rows}):
        own = [row for row in rows if row.corpus == name]
        held_out = {row.official for row in own} & {"dev", "test"}
        free = [row for row in own if row.official not in held_out]
        claimed = {row.key for row in own if row.official in held_out}
        cut = [part for part in PARTS[1:] if part not in held_out]
        by_group = rule.parts((row.key for row in free if row.key not in claimed), cut=cut)
        wanted |= {row.id: row.official for row in own if row.official is not None and row.official in held_out}
        wanted |= {row.id: by_group.get(row.key, "train") for row in free}
    return wanted


def _copies(rows: Sequence[Item], wanted: Mapping[str, Part]) -> dict[str, Dropped]:
    ranked = sorted(rows, key=lambda row: (-PARTS.index(wanted[row.id]), row.official is None, row.id))
    dropped: dict[str, Dropped] = {}
    for twin in find_twins(ranked):
        if twin.b in dropped:
            continue
        kept, because = twin.a, twin.because
        if twin.a in dropped:
            # the same as a row that nearly is another; a row that is nearly one that is gone may stay
            if twin.kind == "near":
                continue
            kept, because = dropped[twin.a].twin, dropped[twin.a].because
        dropped[twin.b] = Dropped(id=twin.b, because=because, twin=kept, part=wanted[twin.b], kept_in=wanted[kept])
    return dropped


def _parted(rows: Sequence[Item], wanted: Mapping[str, Part], *, gone: Mapping[str, Dropped]) -> dict[str, Dropped]:
    """Rows of a group that is in a later part too."""
    left = sorted((row for row in rows if row.id not in gone), key=lambda row: PARTS.index(wanted[row.id]))
    last = {row.key: row for row in left}
    return {
        row.id: Dropped(
            id=row.id,
            because=f"the same {row.unit}",
            twin=last[row.key].id,
            part=wanted[row.id],
            kept_in=wanted[last[row.key].id],
        )
        for row in left
        if wanted[row.id] != wanted[last[row.key].id]
    }


def _nothing_left(rows: Sequence[Item], dropped: Mapping[str, Dropped]) -> str:
    because = Counter(each.because for each in dropped.values()).most_common(1)
    why = f"{len(dropped)} are dropped, most for {because[0][0]}" if because else "all are held out"
    return (
        f"of {len(rows)} rows none is left to train on: {why}; leave `official` out to part them by the rule, "
        "group by dialogue where speakers are in every part, or bring more groups"
    )
