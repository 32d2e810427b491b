"""Rows that are the same, or nearly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from perception.training.splits.fingerprints import (
    AudioFingerprint,
    Fingerprint,
    ImageFingerprint,
    Medium,
    TextFingerprint,
)
from perception.training.splits.fingerprints.audio import near_audio
from perception.training.splits.fingerprints.image import near_images
from perception.training.splits.fingerprints.text import near_texts
from perception.training.splits.items import Item

_NOUNS: Final[dict[Medium, str]] = {"image": "image", "text": "sentence", "audio": "recording"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Twin:
    """Two rows with the same content."""

    a: str
    """Id of the row that came first."""
    b: str
    """Id of the other."""
    kind: Literal["exact", "near"]
    """Whether they are the same, or nearly."""
    medium: Medium
    """In which medium."""
    distance: float
    """0 when exact; else for images 1 - correlation, for recordings the part of different bits; 0 for texts."""

    @property
    def because(self) -> str:
        """In words: `nearly the same image`."""
        return f"{'nearly ' if self.kind == 'near' else ''}the same {_NOUNS[self.medium]}"


def find_twins(items: Sequence[Item]) -> tuple[Twin, ...]:
    """Rows with the same or nearly the same content, in the order of the second of each pair.

    Of many that are the same, each is paired with the first alone, and only that first one is compared for nearness: a
    hundred copies are 99 pairs. Rows of different media are not compared.

    Time grows about as the rows do, since only rows that share a hash are compared.
    """
    rows = [(place, item.fingerprint) for place, item in enumerate(items) if item.fingerprint is not None]
    found = [
        (first, second, Twin(a=items[first].id, b=items[second].id, kind=kind, medium=medium, distance=distance))
        for medium in _NOUNS
        for first, second, kind, distance in _pairs([row for row in rows if row[1].medium == medium])
    ]
    return tuple(twin for _, _, twin in sorted(found, key=lambda pair: (pair[1], pair[0])))


_Pair = tuple[int, int, Literal["exact", "near"], float]


def _pairs(rows: Iterable[tuple[int, Fingerprint]]) -> Iterator[_Pair]:
    first: dict[str, tuple[int, Fingerprint]] = {}
    for place, made in rows:
        if (leader := first.setdefault(made.exact, (place, made))[0]) != place:
            yield leader, place, "exact", 0.0
    leaders = list(first.values())
    for a, b, distance in _near([made for _, made in leaders]):
        yield leaders[a][0], leaders[b][0], "near", distance


def _near(prints: Sequence[Fingerprint]) -> Iterator[tuple[int, int, float]]:
    """Of prints of one medium."""
    yield from near_images([made for made in prints if isinstance(made, ImageFingerprint)])
    yield from near_texts([made for made in prints if isinstance(made, TextFingerprint)])
    yield from near_audio([made for made in prints if isinstance(made, AudioFingerprint)])
