"""What changed since an earlier evaluation, on the rows that both answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from evals.perception.stored import StoredRow, rounded
from evals.perception.values import MeasuredRow, Plan
from perception import EmotionScores
from perception.metrics import Comparison, Predictions, compare

METRICS: Final = ("accuracy", "uar", "macro_f1", "nll", "brier", "aurc")
"""Those that are compared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Paired:
    """One source, then and now."""

    comparison: Comparison | None
    """On the rows both gave scores for; `a` is then, `b` is now. None where there are no such rows."""
    only_then: int
    """Rows both evaluations have, with scores then only."""
    only_now: int
    """Rows both evaluations have, with scores now only."""
    coverage_then: float
    """Part of the rows compared that it stood by, in [0, 1]."""
    coverage_now: float
    """The same now."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, figures rounded to 4 digits."""
        return {
            "only_then": self.only_then,
            "only_now": self.only_now,
            "coverage_then": round(self.coverage_then, 4),
            "coverage_now": round(self.coverage_now, 4),
            **({"rows": 0} if self.comparison is None else self.comparison.as_dict()),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Since:
    """An evaluation against an earlier one."""

    earlier: str
    """Which, as it was given."""
    rows: int
    """With the same id and the same label in both."""
    other_label: int
    """With the same id and another label: not compared."""
    missing_then: int
    """Of now, not in the earlier one."""
    missing_now: int
    """Of the earlier one, not here."""
    sources: Mapping[str, Paired]
    """By sense, and `FUSED`."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, figures rounded to 4 digits."""
        return {
            "earlier": self.earlier,
            "rows": self.rows,
            "other_label": self.other_label,
            "missing_then": self.missing_then,
            "missing_now": self.missing_now,
            "sources": {name: each.as_dict() for name, each in self.sources.items()},
        }


def compare_with(
    earlier: Sequence[StoredRow], rows: Sequence[MeasuredRow], sources: Iterable[str], plan: Plan, cluster: str | None
) -> Since:
    """Compare by id; where an id occurs more than once, by its first, second, ... occurrence.

    Args:
        earlier: Rows of the earlier evaluation.
        rows: Those of this one.
        sources: Which to compare.
        plan: Says how the bootstrap goes.
        cluster: Column whose rows are drawn whole.
    """
    then, now = _by_id(earlier), _by_id(rows)
    both = [(then[key], row) for key, row in now.items() if key in then]
    pairs = [(a, b) for a, b in both if a.label is b.truth]
    return Since(
        earlier=str(plan.compare),
        rows=len(pairs),
        other_label=len(both) - len(pairs),
        missing_then=len(now) - len(both),
        missing_now=len(then) - len(both),
        sources={
            name: _paired(name, pairs, plan, cluster) for name in sources if any(name in a.answers for a in earlier)
        },
    )


class _HasId(Protocol):
    @property
    def id(self) -> str | int: ...


RowT = TypeVar("RowT", bound=_HasId)


def _by_id(rows: Sequence[RowT]) -> dict[tuple[str, int], RowT]:
    seen: dict[str, int] = {}
    found = {}
    for row in rows:
        key = str(row.id)
        found[key, seen.get(key, 0)] = row
        seen[key] = seen.get(key, 0) + 1
    return found


def _paired(name: str, pairs: Sequence[tuple[StoredRow, MeasuredRow]], plan: Plan, cluster: str | None) -> Paired:
    scored = list(_scored(name, pairs))
    both = [(row, a, b) for row, a, b in scored if a is not None and b is not None]
    return Paired(
        comparison=_compare(both, plan, cluster) if both else None,
        only_then=sum(b is None for _, a, b in scored if a is not None),
        only_now=sum(a is None for _, a, b in scored if b is not None),
        coverage_then=_share(a.answers[name].status == "ok" for a, _ in pairs if name in a.answers),
        coverage_now=_share(b.answers[name].stood_by for _, b in pairs if name in b.answers),
    )


def _scored(
    name: str, pairs: Sequence[tuple[StoredRow, MeasuredRow]]
) -> Iterator[tuple[MeasuredRow, EmotionScores | None, EmotionScores | None]]:
    for a, b in pairs:
        then, now = a.answers.get(name), b.answers.get(name)
        # rounded as those that were stored, or nothing would equal itself
        after = EmotionScores.normalised(rounded(now.scores)) if now and now.scores else None
        yield b, then.emotions() if then else None, after


def _compare(
    both: Sequence[tuple[MeasuredRow, EmotionScores, EmotionScores]], plan: Plan, cluster: str | None
) -> Comparison:
    truth = [row.truth for row, _, _ in both]
    groups = [row.cells[cluster] or "" for row, _, _ in both] if cluster else None
    a = Predictions.of(truth, [then for _, then, _ in both], groups=groups)
    b = Predictions.of(truth, [now for _, _, now in both], groups=groups)
    return compare(a, b, metrics=METRICS, resamples=plan.resamples or 1000, seed=plan.seed)


def _share(kept: Iterable[bool]) -> float:
    found = list(kept)
    return sum(found) / len(found) if found else 0.0
