"""What a split needs to know of a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from perception.training.splits.fingerprints import Fingerprint
from perception.training.splits.rule import Part, group_key

Unit = Literal["row", "speaker", "dialogue"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A row to be put in a part."""

    id: str
    """Unique among all rows that are split together."""
    corpus: str
    """Which corpus it is from."""
    group: str
    """What must never be parted: its speaker or dialogue; for an independent row its id or the hash of its content."""
    fingerprint: Fingerprint | None
    """By which copies are found; None looks for none."""
    official: Part | None = None
    """The part its authors put it in, where they did."""
    unit: Unit = "row"
    """What `group` names."""

    @property
    def key(self) -> str:
        """Its group among all corpora: speaker 1 of two corpora is two people."""
        return group_key(self.corpus, self.group)
