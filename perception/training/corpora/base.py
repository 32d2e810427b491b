"""What a corpus is: where it comes from, what may be done with it, and how its rows are read."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Final, Literal

from perception.training.corpora.example import Example
from perception.training.errors import TrainingDataMissing

Reason = Literal["name", "label", "mixed", "missing", "unlabelled", "row", "duplicate", "twin", "silent"]
"""Why something is no row: see `REASONS`."""

REASONS: Final[tuple[Reason, ...]] = (
    "name",  # the name of a file breaks the rule of the corpus
    "label",  # its label is none of the seven
    "mixed",  # its labels, or its votes, differ
    "missing",  # a table names a file that is not there
    "unlabelled",  # nobody says what it shows
    "row",  # a line of a table cannot be read
    "duplicate",  # the same recording or row again
    "twin",  # the film of a take whose recording is there
    "silent",  # a film without sound
)

_GLANCE: Final = 500
"""Rows looked at to tell whether a folder holds a corpus."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """Something in a folder that becomes no example."""

    reason: Reason
    detail: str = ""
    """Such as the label that is none of the seven."""

    @property
    def key(self) -> str:
        """What it is counted under: the reason, and the detail after a colon."""
        return f"{self.reason}:{self.detail}" if self.detail else self.reason


Row = Example | LeftOut


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """All of a corpus that is in a folder."""

    corpus: Corpus
    examples: tuple[Example, ...]
    """In a fixed order."""
    left_out: Mapping[str, int]
    """How many were left out, by reason and detail (see `LeftOut.key`), the most frequent first."""


class Corpus(ABC):
    """A corpus and its layouts on disk. Making one reads nothing."""

    name: ClassVar[str]
    """What it is asked for by."""
    title: ClassVar[str]
    """As its authors call it."""
    modalities: ClassVar[tuple[str, ...]]
    """What its labels are about: of `text`, `audio`, `vision`. Prompted words of actors are no `text`."""
    languages: ClassVar[tuple[str, ...]] = ()
    """ISO 639-1 codes."""
    licence: ClassVar[str]
    """SPDX identifier, or what its authors say."""
    commercial: ClassVar[bool] = False
    """Whether weights trained on it may be used commercially; False where that is not known."""
    citation: ClassVar[str] = ""
    """The paper to cite."""
    url: ClassVar[str] = ""
    """Its official home."""
    layout: ClassVar[str]
    """What a folder of it looks like."""
    crops: ClassVar[bool] = False
    """Whether its pictures are face crops, so that no face is to be looked for."""
    takes_file: ClassVar[bool] = False
    """Whether a single table may stand for the folder."""
    generic: ClassVar[bool] = False
    """A layout of people's own data; its ids are taken as they are."""

    @abstractmethod
    def rows(self, root: Path) -> Iterator[Row]:
        """What is in a folder, in a fixed order, with ids as the authors have them.

        Raises:
            TrainingDataMissing: a file that all depends on is not there or cannot be read.
        """

    def recognises(self, root: Path) -> bool:
        """Whether a folder holds this corpus: one of the first rows is an example."""
        if not (root.is_dir() or (self.takes_file and root.is_file())):
            return False
        try:
            return any(isinstance(row, Example) for row in itertools.islice(self.rows(root), _GLANCE))
        except TrainingDataMissing:
            return False

    def examples(self, root: Path) -> Iterator[Example]:
        """The labelled rows, one by one.

        Ids, speakers and dialogues begin with the name of the corpus, so that corpora can be mixed.

        Raises:
            TrainingDataMissing: there is no such folder, or no example in it; that is known only at the end.
        """
        return (row for row in self._checked(root) if isinstance(row, Example))

    def read(self, root: Path) -> Reading:
        """The labelled rows, and the count of what was left out.

        Raises:
            TrainingDataMissing: there is no such folder, or no example in it.
        """
        examples: list[Example] = []
        left_out: Counter[str] = Counter()
        for row in self._checked(root):
            if isinstance(row, Example):
                examples.append(row)
            else:
                left_out[row.key] += 1
        return Reading(corpus=self, examples=tuple(examples), left_out=dict(left_out.most_common()))

    def _checked(self, root: Path) -> Iterator[Row]:
        """The rows, each id once."""
        if not root.exists():
            raise TrainingDataMissing(f"{self.title}: {str(root)!r} is not there; it should look like: {self.layout}")
        if not (root.is_dir() or self.takes_file):
            raise TrainingDataMissing(f"{self.title}: {str(root)!r} is a file; pass the folder of: {self.layout}")
        seen: set[str] = set()
        left_out: Counter[str] = Counter()
        for row in self.rows(root):
            if isinstance(row, Example) and row.id in seen:
                yield LeftOut(reason="duplicate")
            elif isinstance(row, Example):
                seen.add(row.id)
                yield row if self.generic else self._qualified(row)
            else:
                left_out[row.key] += 1
                yield row
        if not seen:
            raise TrainingDataMissing(self._nothing(root, left_out))

    def _qualified(self, row: Example) -> Example:
        def qualified(name: str | None) -> str | None:
            return None if name is None else f"{self.name}/{name}"

        return replace(
            row, id=f"{self.name}/{row.id}", speaker=qualified(row.speaker), dialogue=qualified(row.dialogue)
        )

    def _nothing(self, root: Path, left_out: Counter[str]) -> str:
        most = ", ".join(f"{count} x {key}" for key, count in left_out.most_common(5))
        why = f"; left out: {most}" if most else ""
        return f"{self.title}: no example in {str(root)!r}, which should look like: {self.layout}{why}"
