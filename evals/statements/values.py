"""Texts with what they state and deny, and how well that was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from perception import Emotion
from perception.metrics import Interval
from perception.text.statements import Polarity


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Claim:
    """A feeling that the person who writes states or denies to have."""

    emotion: Emotion
    """Which feeling."""
    polarity: Polarity
    """Stated or denied."""

    def as_dict(self) -> dict[str, str]:
        return {"emotion": self.emotion.value, "polarity": self.polarity.value}


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """One text of the set."""

    id: str
    """Such as `zh-042`."""
    lang: str
    """`en` or `zh`; that of most words where both are mixed."""
    kind: str
    """What is hard about it, such as `double_negation`, or `plain`."""
    text: str
    """As a person would type it."""
    expected: frozenset[Claim]
    """What it states and denies; often nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A text with what was found in it."""

    text: Text
    """The text."""
    found: frozenset[Claim]
    """What the detector finds."""

    @property
    def passed(self) -> bool:
        return self.found == self.text.expected


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Claims of some texts: found and there, found and not there, there and not found."""

    name: str
    """Of the group: `all`, a language, a polarity, a kind."""
    texts: int
    """How many texts."""
    hits: int
    """Claims found that are there."""
    false: int
    """Claims found that are not there."""
    missed: int
    """Claims there that are not found."""
    interval: Interval | None = None
    """Of F1, 95 %, from a bootstrap over texts; None where nothing went wrong."""

    @classmethod
    def of(cls, name: str, judged: Iterable[Judged], *, polarity: Polarity | None = None) -> Self:
        """Count, of one polarity or of both."""
        pairs = [tuple(_only(claims, polarity) for claims in (each.text.expected, each.found)) for each in judged]
        return cls(
            name=name,
            texts=len(pairs),
            hits=sum(len(expected & found) for expected, found in pairs),
            false=sum(len(found - expected) for expected, found in pairs),
            missed=sum(len(expected - found) for expected, found in pairs),
        )

    @property
    def precision(self) -> float:
        """Part of what is found that is there, in [0, 1]; 1 where nothing is found."""
        return self.hits / (self.hits + self.false) if self.hits + self.false else 1.0

    @property
    def recall(self) -> float:
        """Part of what is there that is found, in [0, 1]; 1 where there is nothing."""
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else 1.0

    @property
    def f1(self) -> float:
        """Micro-F1 over (text, emotion, polarity), in [0, 1]; 1 where nothing is there and nothing is found."""
        both = 2 * self.hits + self.false + self.missed
        return 2 * self.hits / both if both else 1.0

    def as_dict(self) -> dict[str, Any]:
        interval = {"low": round(self.interval.low, 4), "high": round(self.interval.high, 4)} if self.interval else None
        figures = {name: round(getattr(self, name), 4) for name in ("precision", "recall", "f1")}
        counts = {name: getattr(self, name) for name in ("texts", "hits", "false", "missed")}
        return {"name": self.name, **counts, **figures, "f1_interval": interval}


@dataclass(frozen=True, kw_only=True, slots=True)
class StatementsEvaluation:
    """The outcome."""

    split: str
    """`dev`, `test`, or `all`."""
    overall: Counts
    """Of all texts."""
    parts: Mapping[str, tuple[Counts, ...]]
    """By `language`, `polarity` and `kind`."""
    failures: tuple[Judged, ...]
    """Texts in which not exactly what is there was found."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "split": self.split,
            "overall": self.overall.as_dict(),
            "by": {name: [each.as_dict() for each in part] for name, part in self.parts.items()},
            "failures": [
                {
                    "id": each.text.id,
                    "kind": each.text.kind,
                    "text": each.text.text,
                    "expected": [claim.as_dict() for claim in sorted(each.text.expected)],
                    "found": [claim.as_dict() for claim in sorted(each.found)],
                }
                for each in self.failures
            ],
        }


def _only(claims: frozenset[Claim], polarity: Polarity | None) -> frozenset[Claim]:
    return frozenset(claim for claim in claims if polarity in (None, claim.polarity))
