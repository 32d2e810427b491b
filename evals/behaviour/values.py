"""What a behavioural test is, and how it went (Ribeiro et al. 2020, "Beyond Accuracy: CheckList", ACL)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from perception import Emotion, Observation, Status

Change = Literal["up", "not_down", "not_up"]
"""How a variant may move the probability of an emotion."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """Minimum functionality: what may be said of a text."""

    top: tuple[Emotion, ...] = ()
    """The likeliest emotion is one of these; any when empty."""
    unlike: tuple[Emotion, ...] = ()
    """The likeliest emotion is none of these."""
    status: tuple[Status, ...] = ()
    """The status is one of these. When empty, any that has scores: an uncertain answer is still an answer."""
    kind: Literal["mft"] = "mft"

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, in the words of the files."""
        named = {"top": self.top, "not": self.unlike, "status": self.status}
        return {key: [each.value for each in given] for key, given in named.items() if given}


@dataclass(frozen=True, kw_only=True, slots=True)
class Unchanged:
    """Invariance: each variant has the likeliest emotion of the text, or neither has scores."""

    variants: tuple[str, ...]
    """The same thing said with something else that must not matter."""
    kind: Literal["inv"] = "inv"

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"same": "top"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Moves:
    """Directional expectation: each variant moves a probability the right way, seen from the text."""

    variants: tuple[str, ...]
    """The text with more, or less, of something."""
    emotions: tuple[Emotion, ...]
    """Whose probability moves; that of several together."""
    change: Change
    """Which way."""
    kind: Literal["dir"] = "dir"

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, in the words of the files."""
        return {"emotion": [each.value for each in self.emotions], "change": self.change}


Expected = Answers | Unchanged | Moves


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One test."""

    id: str
    """Unique over all files."""
    category: str
    """What is tested, such as `negation`: the name of the file."""
    lang: str
    """ISO 639 code of the text; `und` where there is no language. The sense is not told."""
    text: str
    """What is said."""
    expected: Expected
    """Of the text, or of its variants."""

    @property
    def texts(self) -> tuple[str, ...]:
        """All that must be felt to judge it: the text, then its variants."""
        variants = () if isinstance(self.expected, Answers) else self.expected.variants
        return (self.text, *variants)


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A text, or a variant, that was not felt as expected."""

    text: str
    """The one that failed."""
    said: Observation
    """Of it."""
    base: Observation | None = None
    """Of the text that it is a variant of; None where it is the text."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        base = {"base": _said(self.base)} if self.base else {}
        return {"text": self.text, "said": _said(self.said), **base}


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A test, done. It passes when its text and all of its variants do."""

    item: Item
    """The test."""
    failures: tuple[Failure, ...]
    """Empty when it passed."""
    models: Sequence[str]
    """Names of the models that answered."""

    @property
    def passed(self) -> bool:
        """Whether all was as expected."""
        return not self.failures

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        item = self.item
        return {
            "id": item.id,
            "category": item.category,
            "kind": item.expected.kind,
            "lang": item.lang,
            "text": item.text,
            "expected": item.expected.as_dict(),
            "failures": [each.as_dict() for each in self.failures],
        }


def _said(observation: Observation) -> dict[str, Any]:
    scores = observation.scores
    return {"status": observation.status.value, "scores": scores.as_dict() if scores else None}
