"""Two results of the same bench, case by case.

Times are compared in yardsticks, so that a slower or busier machine does not pass for slower code. Processor time
decides; wall time, which waits for others too, has a say only where nobody kept either machine busy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evals.bench.figures import QUIET
from evals.errors import ResultUnreadable

if TYPE_CHECKING:
    from evals.bench.files import CaseRead, ColdRead, Costs, ResultRead

TOLERANCE: Final = 0.15
"""Change that counts as none where both machines were quiet."""

BUSY_TOLERANCE: Final = 0.25
"""The same where one was not. The same code, measured again beside seven busy programs on two cores, moved by up to a
fifth: caches and memory are shared too, and no yardstick knows how much a case needs of them."""


class Verdict(StrEnum):
    """What became of a case."""

    SAME = "same"
    SLOWER = "slower"
    FASTER = "faster"
    MORE = "more memory"
    LESS = "less memory"
    INCOMPARABLE = "cannot be compared"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One case in two results. Changes are second by first: above 1 it became slower, or larger."""

    name: str
    """Of the case."""
    unit: str
    """Of `first` and `second`."""
    first: float
    """Its median in the first result, as it was measured there."""
    second: float
    """In the second."""
    verdict: Verdict
    """Whether it changed by more than noise and the tolerance."""
    cpu: float | None = None
    """Change of processor time, in yardsticks."""
    cpu_low: float | None = None
    """Lower end of its interval."""
    cpu_high: float | None = None
    """Upper end."""
    wall: float | None = None
    """Change of wall time, in yardsticks."""
    note: str = ""
    """Why it cannot be compared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two results of one bench."""

    bench: str
    """Which."""
    changes: tuple[Change, ...]
    """Case by case."""
    notes: tuple[str, ...]
    """What a reader must know: other machines, other versions, cases that are in one result only."""

    @property
    def changed(self) -> tuple[Change, ...]:
        """Those beyond noise."""
        return tuple(each for each in self.changes if each.verdict not in {Verdict.SAME, Verdict.INCOMPARABLE})

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"bench": self.bench, "changes": [asdict(each) for each in self.changes], "notes": list(self.notes)}


def compare_results(first: Path, second: Path, *, tolerance: float | None = None) -> Comparison:
    """Compare the second result with the first.

    Args:
        first: File that a bench wrote.
        second: Another of the same bench.
        tolerance: Change that counts as none, as a part; `TOLERANCE` or `BUSY_TOLERANCE` when None.

    Raises:
        ResultUnreadable: a file is no result, or they are of different benches.
    """
    from evals.bench.files import read_result

    a, b = read_result(first), read_result(second)
    if a.bench != b.bench:
        raise ResultUnreadable(
            f"{str(first)!r} is of bench {a.bench!r} and {str(second)!r} of {b.bench!r}; compare two of the same"
        )
    quiet = max(a.yardstick.waited, b.yardstick.waited) <= QUIET
    if tolerance is None:
        tolerance = TOLERANCE if quiet else BUSY_TOLERANCE
    judge = _Judge(tolerance=tolerance, quiet=quiet)
    changes = [judge.case(name, a.cases[name], b.cases[name]) for name in a.cases if name in b.cases]
    for name in (name for name in a.cold if name in b.cold):
        changes += judge.cold(name, a.cold[name], b.cold[name])
    return Comparison(bench=a.bench, changes=tuple(changes), notes=tuple(_notes(a, b, quiet=quiet)))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Judge:
    tolerance: float
    quiet: bool

    def case(self, name: str, a: CaseRead, b: CaseRead) -> Change:
        if a.unit != b.unit or a.judged != b.judged:
            note = f"{a.unit} ({a.outcome}) there, {b.unit} ({b.outcome}) here: not the same work"
            verdict = Verdict.INCOMPARABLE
            return Change(name=name, unit=b.unit, first=a.median, second=b.median, verdict=verdict, note=note)
        return self._timed(name, a.unit, a, b, a.median, b.median)

    def cold(self, name: str, a: ColdRead, b: ColdRead) -> Iterator[Change]:
        yield self._timed(f"{name}, cold", "ms", a, b, a.total_ms, b.total_ms)
        if a.peak_memory_mb and b.peak_memory_mb:
            grown = b.peak_memory_mb / a.peak_memory_mb
            yield Change(
                name=f"{name}, peak",
                unit="MiB",
                first=a.peak_memory_mb,
                second=b.peak_memory_mb,
                verdict=self._verdict(grown, grown, Verdict.MORE, Verdict.LESS),
            )

    def _timed(self, name: str, unit: str, a: Costs, b: Costs, first: float, second: float) -> Change:
        cpu = _change(_cpu(a), _cpu(b))
        wall = _change(_wall(a), _wall(b))
        verdict = self._verdict(cpu[1], cpu[2], Verdict.SLOWER, Verdict.FASTER)
        if verdict is Verdict.SAME and self.quiet:
            verdict = self._verdict(wall[1], wall[2], Verdict.SLOWER, Verdict.FASTER)
        return Change(
            name=name,
            unit=unit,
            first=first,
            second=second,
            verdict=verdict,
            cpu=round(cpu[0], 3),
            cpu_low=round(cpu[1], 3),
            cpu_high=round(cpu[2], 3),
            wall=round(wall[0], 3),
        )

    def _verdict(self, low: float, high: float, above: Verdict, below: Verdict) -> Verdict:
        """Whether a whole interval lies beyond the tolerance."""
        if low > 1 + self.tolerance:
            return above
        return below if high < 1 / (1 + self.tolerance) else Verdict.SAME


def _cpu(costs: Costs) -> tuple[float, float, float]:
    return costs.cpu_ratio_to_yardstick, costs.cpu_ratio_low, costs.cpu_ratio_high


def _wall(costs: Costs) -> tuple[float, float, float]:
    return costs.ratio_to_yardstick, costs.ratio_low, costs.ratio_high


def _change(a: tuple[float, float, float], b: tuple[float, float, float]) -> tuple[float, float, float]:
    """Quotient of two medians, and its interval out of theirs, whose errors are independent and add up in squares."""
    (x, x_low, x_high), (y, y_low, y_high) = (tuple(max(end, 1e-9) for end in each) for each in (a, b))
    down = ((y / y_low - 1) ** 2 + (x_high / x - 1) ** 2) ** 0.5
    up = ((y_high / y - 1) ** 2 + (x / x_low - 1) ** 2) ** 0.5
    return y / x, y / x / (1 + down), y / x * (1 + up)


def _notes(a: ResultRead, b: ResultRead, *, quiet: bool) -> Iterator[str]:
    for key in ("processor", "cores", "system", "python"):
        if (there := a.machine.get(key)) != (here := b.machine.get(key)):
            yield f"{key}: {there} there, {here} here"
    yield from _versions(a.machine.get("libraries") or {}, b.machine.get("libraries") or {})
    for there, others, which in ((a.cases, b.cases, "first"), (b.cases, a.cases, "second")):
        if alone := [name for name in there if name not in others]:
            yield f"only in the {which}: {', '.join(alone)}"
    if not quiet:
        yield (
            f"other programs kept the processors busy (the yardstick waited {a.yardstick.waited:.0%} and "
            f"{b.yardstick.waited:.0%} of its time), so wall time was not judged"
        )


def _versions(there: Mapping[str, str], here: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*there, *here}):
        if there.get(name) != here.get(name):
            yield f"{name}: {there.get(name, 'absent')} there, {here.get(name, 'absent')} here"
