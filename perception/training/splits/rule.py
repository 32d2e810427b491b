"""Which part a group goes to, decided by a hash: the same whatever else is in the corpus, and for everybody."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Part = Literal["train", "dev", "test"]
PARTS: Final[tuple[Part, ...]] = ("train", "dev", "test")
"""From what is trained on to what is measured on: a row that could be in two belongs in the later."""

_SALT: Final = "attune-split-1"


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitRule:
    """How groups are parted: speakers, dialogues, or rows that are independent."""

    salt: str = _SALT
    """Another salt is another split; figures of two salts cannot be compared."""
    dev: float = 0.1
    """Share of the groups that develop, in [0, 1)."""
    test: float = 0.1
    """Share of the groups that test, in [0, 1)."""
    quota: bool = False
    """Whether groups are ranked by hash and counted off, where there are too few to leave the shares to chance."""

    def __post_init__(self) -> None:
        if not (self.dev >= 0 and self.test >= 0 and self.dev + self.test < 1):
            raise ValueError(f"dev and test are shares that leave some to train on, got {self.dev!r} and {self.test!r}")

    def assign(self, group: str) -> Part:
        """The part of a group, by hash alone: SHA-256 of salt and group, read as a number in [0, 1)."""
        place = int.from_bytes(_hash(self.salt, group)[:8], "big") / 2**64
        if place < self.test:
            return "test"
        return "dev" if place < self.test + self.dev else "train"

    def parts(self, groups: Iterable[str], *, cut: Collection[Part] = ("dev", "test")) -> dict[str, Part]:
        """The part of each group of one corpus.

        With `quota`, each part that is cut gets its share of the groups, rounded, and one at least, once there are more
        groups than parts to cut; with fewer all train. A new group can then move others.

        Args:
            groups: of one corpus; again and again is once.
            cut: the held-out parts wanted; a group that falls in another trains.
        """
        if self.quota:
            return self._counted_off(groups, cut)
        assigned = {group: self.assign(group) for group in groups}
        return {group: part if part in cut else "train" for group, part in assigned.items()}

    def _counted_off(self, groups: Iterable[str], cut: Collection[Part]) -> dict[str, Part]:
        ranked = ranked_groups(groups, salt=self.salt)
        wanted: list[tuple[Part, float]] = [("test", self.test), ("dev", self.dev)]
        shares = {part: share for part, share in wanted if share and part in cut}
        order: list[Part] = []
        if len(ranked) > len(shares):
            for part, share in shares.items():
                # each part that is still to come needs one, and so does train
                room = len(ranked) - len(order) - (len(shares) - len(set(order)))
                order += [part] * min(max(1, round(share * len(ranked))), room)
        order += ["train"] * (len(ranked) - len(order))
        return dict(zip(ranked, order, strict=True))


def ranked_groups(groups: Iterable[str], *, salt: str = _SALT) -> list[str]:
    """Each group once, in the order of its hash."""
    return sorted(set(groups), key=lambda group: (_hash(salt, group), group))


def grouped_folds(groups: Sequence[str], corpora: Sequence[str], k: int, *, salt: str = _SALT) -> tuple[int, ...]:
    """The fold of each row, 0 to k - 1, for cross-validation: no group in two, each corpus spread evenly.

    Groups of a corpus are counted off in the order of their hash; the next corpus goes on where the last one stopped.
    (scikit-learn's `StratifiedGroupKFold` balances rows: one row more can move any group.)

    Args:
        groups: speaker or dialogue of each row.
        corpora: corpus of each row; the same name in two corpora is two groups.
        k: how many folds, 2 or more, at most as many as groups.
        salt: of the hash; another salt is other folds.

    Raises:
        ValueError: columns of different lengths, or too few groups.
    """
    keys = [group_key(corpus, group) for corpus, group in zip(corpora, groups, strict=True)]
    ranked = [key for name in sorted(set(corpora)) for key in _ranked_of(name, keys, corpora, salt)]
    if not 2 <= k <= len(ranked):
        raise ValueError(f"{k} folds need 2 or more, and as many groups; there are {len(ranked)}: take fewer folds")
    fold = {key: place % k for place, key in enumerate(ranked)}
    return tuple(fold[key] for key in keys)


def _ranked_of(corpus: str, keys: Sequence[str], corpora: Sequence[str], salt: str) -> list[str]:
    return ranked_groups((key for key, of in zip(keys, corpora, strict=True) if of == corpus), salt=salt)


def group_key(corpus: str, group: str) -> str:
    """A group's name among all corpora."""
    return f"{corpus}/{group}"


def _hash(salt: str, group: str) -> bytes:
    return hashlib.sha256(f"{salt}/{group}".encode()).digest()
