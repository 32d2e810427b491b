"""How the tests went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evals.behaviour.values import Judged
from perception.metrics import Interval

_SPELLED: Final = ("en", "zh")


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Tests that are counted together."""

    name: str
    """Of the category, of the language, of the kind, or `all`."""
    items: int
    """How many; at least one."""
    passed: int
    """How many went as expected."""

    @property
    def rate(self) -> float:
        """Part that passed, in [0, 1]."""
        return self.passed / self.items

    @property
    def interval(self) -> Interval:
        """95 % interval of the rate (Wilson 1927), which holds for few tests and near 0 and 1 too."""
        from scipy.stats import binomtest

        found = binomtest(self.passed, self.items).proportion_ci(method="wilson")
        return Interval(low=float(found.low), high=float(found.high))

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, rounded to 4 digits."""
        span = [round(self.interval.low, 4), round(self.interval.high, 4)]
        return {
            "name": self.name,
            "items": self.items,
            "passed": self.passed,
            "rate": round(self.rate, 4),
            "interval": span,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class BehaviourEvaluation:
    """All tests, judged."""

    judged: tuple[Judged, ...]
    """In the order of the tests; at least one."""
    sha256: str
    """Of the tests."""

    @property
    def overall(self) -> Group:
        """All tests; each counts the same, however many its category has."""
        return _group("all", self.judged)

    @property
    def categories(self) -> tuple[Group, ...]:
        """In the order of the tests."""
        return self._by(lambda each: each.item.category)

    @property
    def kinds(self) -> tuple[Group, ...]:
        """Minimum functionality, invariance, directional expectation."""
        return self._by(lambda each: each.item.expected.kind)

    @property
    def languages(self) -> tuple[Group, ...]:
        """English, Chinese, and all others together."""
        return self._by(lambda each: each.item.lang if each.item.lang in _SPELLED else "other")

    def cells(self, category: str) -> tuple[Group, ...]:
        """A category by language, as `languages`."""
        inside = tuple(each for each in self.judged if each.item.category == category)
        return BehaviourEvaluation(judged=inside, sha256=self.sha256).languages

    @property
    def failures(self) -> tuple[Judged, ...]:
        """Tests that did not go as expected."""
        return tuple(each for each in self.judged if not each.passed)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, with every failure."""
        return {
            "models": sorted({name for each in self.judged for name in each.models}),
            "items_sha256": self.sha256,
            "overall": self.overall.as_dict(),
            "categories": [
                {**each.as_dict(), "languages": [cell.as_dict() for cell in self.cells(each.name)]}
                for each in self.categories
            ],
            "kinds": [each.as_dict() for each in self.kinds],
            "languages": [each.as_dict() for each in self.languages],
            "failures": [each.as_dict() for each in self.failures],
        }

    def _by(self, key: Callable[[Judged], str]) -> tuple[Group, ...]:
        names = dict.fromkeys(key(each) for each in self.judged)
        return tuple(_group(name, [each for each in self.judged if key(each) == name]) for name in names)


def _group(name: str, judged: Sequence[Judged]) -> Group:
    return Group(name=name, items=len(judged), passed=sum(each.passed for each in judged))
