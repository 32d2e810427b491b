"""Which rows of a user's table train, develop and test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from perception.training.errors import LabelsInvalid, SplitImpossible
from perception.training.splits import PARTS, Item, Part, SplitRule, Splits, make_splits, text_fingerprint
from perception.training.text.own.rows import OwnRow

RULE: Final = SplitRule(dev=0.15, test=0.15, quota=True)
"""Counted off in the order of hashes, since a label may have few rows and a table few groups."""
_FEWEST_GROUPS: Final = 3
_FEWEST_TRAINED: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """Rows in their parts; no copy, and no group, in two."""

    rows: Mapping[Part, tuple[OwnRow, ...]]
    """In the order of the table."""
    splits: Splits
    """How they were parted; a label is a corpus of its own where rows are independent."""
    grouped: bool
    """Whether groups were kept whole."""
    untrained: Mapping[str, int]
    """Labels left out since almost all of their rows are in groups that are held out, with the rows they had."""

    @property
    def near_copies(self) -> int:
        """Rows dropped because another differs from them in marks and case alone."""
        return len(self.splits.dropped)


def part_labels(rows: Sequence[OwnRow]) -> Parts:
    """Part rows: 70 % train, 15 % develop, 15 % test.

    Where rows are independent, each label is parted so; where there are groups, the groups are, and a label can be rare
    in a part. Near copies stay in the last part only.

    Raises:
        SplitImpossible: there are fewer than three groups.
        LabelsInvalid: fewer than two labels have rows to train on.
    """
    grouped = any(row.group for row in rows)
    groups = {row.group or row.id for row in rows}
    if grouped and len(groups) < _FEWEST_GROUPS:
        raise SplitImpossible(
            f"there are only the groups {', '.join(map(repr, sorted(groups)))}, and groups are kept whole: it takes "
            f"{_FEWEST_GROUPS} to train, develop and test; name another column, or none where rows are independent"
        )
    splits = make_splits([_item(row, grouped=grouped) for row in rows], RULE)
    by_id = {row.id: row for row in rows}
    parted = {part: [by_id[i] for i in splits.parts[part]] for part in PARTS}
    trained = Counter(row.label for row in parted["train"])
    held = Counter(row.label for part in PARTS for row in parted[part] if trained[row.label] < _FEWEST_TRAINED)
    kept = {part: tuple(row for row in parted[part] if row.label not in held) for part in PARTS}
    if len({row.label for row in kept["train"]}) < 2:
        raise LabelsInvalid(
            f"fewer than two labels have rows to train on: {', '.join(map(repr, sorted(held)))} are in groups that are "
            "held out; bring more groups, or name no column of groups where rows are independent"
        )
    _check_parts(kept, grouped=grouped)
    return Parts(rows=kept, splits=splits, grouped=grouped, untrained=dict(sorted(held.items())))


def _check_parts(kept: Mapping[Part, Sequence[OwnRow]], *, grouped: bool) -> None:
    """Rows may have gone from a part as copies, or with their label."""
    learning = {row.group or row.id for row in (*kept["train"], *kept["dev"])}
    if kept["dev"] and kept["test"] and len(learning) > 1:
        return
    told = ", ".join(f"{part} {len(kept[part])}" for part in PARTS)
    raise SplitImpossible(
        f"too little is left in one of the parts ({told} rows); bring more {'groups' if grouped else 'rows'}"
    )


def _item(row: OwnRow, *, grouped: bool) -> Item:
    made = text_fingerprint(row.text)
    return Item(
        id=row.id,
        corpus="table" if grouped else row.label,
        group=(row.group or f"row {row.id}") if grouped else made.exact,
        fingerprint=made,
        unit="dialogue" if grouped else "row",
    )
