"""Rows of a user's table: which can be learned from, and why the others cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from perception.perceiver import Utterance
from perception.text.language import Language
from perception.text.reading import read
from perception.training.errors import LabelsInvalid
from perception.training.experiments.trials import at_most
from perception.training.splits import text_fingerprint

FEWEST: Final = 5
"""Different texts that a label needs."""
MOST_LABELS: Final = 50
"""Labels that can be learned."""
MOST_ROWS: Final = 100_000
"""Rows learned from; of more, those are kept whose texts hash lowest."""
_SHOWN: Final = 5
_LONGEST: Final = 24

Reason = Literal["unreadable", "unlabelled", "empty", "contradicting", "copy", "rare label", "beyond the limit"]
"""Why a row is left out, in the order in which it is asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """A row as it stands in the table."""

    number: int
    """From 1, without the header."""
    text: str | None
    """The words; None where they cannot be read."""
    label: str | None
    """Its label; None where there is none."""
    group: str | None = None
    """What must not be parted, such as an author; None where the row is independent."""
    fault: str = ""
    """Why it cannot be read, for a person; empty where it can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOutRow:
    """A row that is not learned from."""

    number: int
    """From 1, without the header."""
    reason: Reason
    """Why."""
    detail: str = ""
    """More of it, for a person: what is broken, or which labels contradict each other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnRow:
    """A row to learn from."""

    number: int
    """From 1, without the header."""
    text: str
    """Normalised."""
    label: str
    """Of at least `FEWEST` different texts."""
    group: str | None
    """As in the table; None where it is independent."""
    language: Language
    """The one it is in, as far as can be told."""

    @property
    def id(self) -> str:
        """Unique in the table, and sorts as the rows do."""
        return f"{self.number:09}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """A table, looked through."""

    rows: tuple[OwnRow, ...]
    """In order; each text once."""
    left_out: tuple[LeftOutRow, ...]
    """In order."""
    total: int
    """Rows of the table."""
    rare: Mapping[str, int]
    """Labels left out for want of texts, with how many different ones they have."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Sorted."""
        return tuple(sorted({row.label for row in self.rows}))

    @property
    def reasons(self) -> Mapping[str, int]:
        """Rows left out, by reason."""
        return dict(sorted(Counter(row.reason for row in self.left_out).items()))


def gather_labels(table: Iterable[Labelled], lang: str | None) -> Gathered:
    """Look through a table.

    Texts that are the same once normalised are one row: the first. Where their labels contradict each other, nobody can
    say which is right, and all are left out.

    Args:
        table: its rows.
        lang: ISO 639-1 code of every text; told from each when None.

    Raises:
        LabelsInvalid: fewer than two labels, or more than fifty, are left.
    """
    looked_at = [_looked_at(row, lang) for row in table]
    readable = [row for row in looked_at if isinstance(row, OwnRow)]
    once, repeated = _once(readable)
    counts = _different_texts(once)
    rare = {label: count for label, count in counts.items() if count < FEWEST}
    _check(counts, rare, len(looked_at))
    common = [row for row in once if row.label not in rare]
    keep = at_most([row.text for row in common], MOST_ROWS).tolist()
    left_out = (
        *(row for row in looked_at if isinstance(row, LeftOutRow)),
        *repeated,
        *(LeftOutRow(number=row.number, reason="rare label", detail=row.label) for row in once if row.label in rare),
        *(
            LeftOutRow(number=row.number, reason="beyond the limit")
            for row, kept in zip(common, keep, strict=True)
            if not kept
        ),
    )
    return Gathered(
        rows=tuple(row for row, kept in zip(common, keep, strict=True) if kept),
        left_out=tuple(sorted(left_out, key=lambda row: row.number)),
        total=len(looked_at),
        rare=rare,
    )


def _looked_at(row: Labelled, lang: str | None) -> OwnRow | LeftOutRow:
    if row.fault:
        return LeftOutRow(number=row.number, reason="unreadable", detail=row.fault)
    if not all(_is_text(each or "") for each in (row.text, row.label, row.group)):
        return LeftOutRow(number=row.number, reason="unreadable", detail="not all of it is characters: which encoding?")
    label = " ".join((row.label or "").split())
    if not label:
        return LeftOutRow(number=row.number, reason="unlabelled")
    reading = read(Utterance(text=row.text or "", lang=lang))
    if not reading.clean:
        return LeftOutRow(number=row.number, reason="empty", detail=label)
    group = (row.group or "").strip() or None
    return OwnRow(number=row.number, text=reading.clean, label=label, group=group, language=reading.language)


def _is_text(value: str) -> bool:
    """Whether it can be written as UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _once(rows: Sequence[OwnRow]) -> tuple[list[OwnRow], list[LeftOutRow]]:
    """The first row of each text whose rows agree, and all others."""
    same: dict[str, list[OwnRow]] = {}
    for row in rows:
        same.setdefault(row.text, []).append(row)
    kept: list[OwnRow] = []
    left_out: list[LeftOutRow] = []
    for first, *others in same.values():
        labels = sorted({first.label, *(row.label for row in others)})
        if len(labels) > 1:
            told = " and ".join(map(repr, labels))
            left_out += [LeftOutRow(number=r.number, reason="contradicting", detail=told) for r in (first, *others)]
            continue
        kept.append(first)
        detail = f"of row {first.number}"
        left_out += [LeftOutRow(number=row.number, reason="copy", detail=detail) for row in others]
    return kept, left_out


def _different_texts(rows: Sequence[OwnRow]) -> dict[str, int]:
    """By label, how many texts differ in more than a mark; a split keeps only one of those that do not."""
    texts: dict[str, set[str]] = {}
    for row in rows:
        texts.setdefault(row.label, set()).add(text_fingerprint(row.text).near)
    return {label: len(texts[label]) for label in sorted(texts)}


def _check(counts: Mapping[str, int], rare: Mapping[str, int], total: int) -> None:
    common = len(counts) - len(rare)
    if common > MOST_LABELS or (common < 2 and len(counts) > MOST_LABELS):
        raise LabelsInvalid(
            f"there are {len(counts):,} labels, such as {_named(counts)}, and at most {MOST_LABELS} can be learned; is "
            "it a column of numbers, or of free text? Name the one with labels, or put what it holds into a few classes"
        )
    if common < 2:
        why = (
            f"of {total:,} rows none has both a text and a label"
            if not counts
            else f"every row has the label {next(iter(counts))!r}"
            if len(counts) == 1
            else f"of {len(counts)} labels only {common} has {FEWEST} different texts or more, and there is "
            + ", ".join(f"{label!r} with {count}" for label, count in [*rare.items()][:_SHOWN])
        )
        raise LabelsInvalid(f"there are no two labels to tell apart: {why}; name the right columns, or add rows")


def _named(counts: Mapping[str, int]) -> str:
    return ", ".join(repr(label if len(label) <= _LONGEST else f"{label[:_LONGEST]}…") for label in [*counts][:_SHOWN])
