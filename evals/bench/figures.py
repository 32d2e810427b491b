"""What comes out of a bench. One shape of JSON for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

import numpy as np

from evals.bench.case import Outcome, Unit
from evals.bench.meter import Meter, Series
from evals.bench.statistics import median_interval, ratio_interval, spread

QUIET: Final = 0.05
"""Part of its time that the yardstick may wait on a machine that counts as quiet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseFigures:
    """The cost of one warm case."""

    unit: Unit
    """Of `median`, `p95`, `min` and `cpu_median`."""
    median: float
    """Of the samples."""
    p95: float
    """Of the sample that 95 % of the others were as fast as: the slow end, also where more is better."""
    min: float
    """Of the sample that took the least time: what other programs disturbed least."""
    runs: int
    """Samples."""
    calls: int
    """Calls in each; a short call is repeated, and its sample is the mean."""
    spread: float
    """Distance between the quartiles of wall time, as a part of its median."""
    cpu_median: float
    """Processor time of all threads, told in the same unit. Far below wall time, the case waited for something."""
    cpu_spread: float
    """As `spread`, of processor time. Where it is much the smaller of the two, the machine was busy with others."""
    ratio_to_yardstick: float
    """Median wall time of a piece of work in yardsticks measured around it. Lower is faster, whatever the unit."""
    ratio_low: float
    """Lower end of its 95 % bootstrap interval."""
    ratio_high: float
    """Upper end."""
    cpu_ratio_to_yardstick: float
    """The same in processor time, which other programs disturb far less; blind for waiting."""
    cpu_ratio_low: float
    """Lower end of its interval."""
    cpu_ratio_high: float
    """Upper end."""
    outcome: str | None = None
    """What the call answered, where it says."""
    judged: bool | None = None
    """Whether it did the work in full. False: this is the price of abstaining, not of a judgement."""
    note: str = ""
    """What a reader must know."""

    @classmethod
    def of(cls, series: Series, *, unit: Unit = Unit.MS, outcome: Outcome | None = None, note: str = "") -> Self:
        """Sum up samples."""
        return cls(
            unit=unit,
            median=unit.of(float(np.median(series.wall))),
            p95=unit.of(float(np.percentile(series.wall, 95))),
            min=unit.of(float(series.wall.min())),
            runs=len(series),
            calls=series.calls,
            spread=spread(series.wall),
            cpu_median=unit.of(float(np.median(series.cpu))),
            cpu_spread=spread(series.cpu),
            **to_yardstick(series),
            outcome=outcome.said if outcome else None,
            judged=outcome.judged if outcome else None,
            note=note,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RatioFigures:
    """How much longer one case takes than another, measured in turns."""

    median: float
    """Median time of the first by that of the second."""
    low: float
    """Lower end of its 95 % bootstrap interval."""
    high: float
    """Upper end."""
    cpu_median: float
    """The same ratio in processor time, which other programs disturb far less."""
    cpu_low: float
    """Lower end of its interval."""
    cpu_high: float
    """Upper end."""
    runs: int
    """Samples of the first."""

    @classmethod
    def of(cls, first: Series, second: Series) -> Self:
        """Compare samples."""
        low, high = ratio_interval(first.wall, second.wall)
        cpu_low, cpu_high = ratio_interval(first.cpu, second.cpu)
        return cls(
            median=float(np.median(first.wall) / np.median(second.wall)),
            low=low,
            high=high,
            cpu_median=float(np.median(first.cpu) / np.median(second.cpu)),
            cpu_low=cpu_low,
            cpu_high=cpu_high,
            runs=len(first),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ColdFigures:
    """The first time, in fresh processes; the files may be in the page cache of the system."""

    runs: int
    """Processes."""
    stages_ms: Mapping[str, float]
    """Median wall time of each stage in order, in milliseconds."""
    total_ms: float
    """Median of all counted stages together, in milliseconds."""
    cpu_ms: float
    """The same in processor time, in milliseconds."""
    ratio_to_yardstick: float
    """Median of the total in yardsticks measured around it."""
    ratio_low: float
    """Lower end of its 95 % bootstrap interval."""
    ratio_high: float
    """Upper end."""
    cpu_ratio_to_yardstick: float
    """The same in processor time, which other programs disturb far less; blind for waiting."""
    cpu_ratio_low: float
    """Lower end of its interval."""
    cpu_ratio_high: float
    """Upper end."""
    peak_memory_mb: float | None
    """Most memory resident at once in such a process, in MiB, median; None where the system does not tell."""
    growth_mb: float | None
    """The same beyond what an interpreter with NumPy (and the light harness) takes, in MiB."""


@dataclass(frozen=True, kw_only=True, slots=True)
class YardstickFigures:
    """The work that the figures are set against."""

    median_ms: float
    """Geometric mean of its parts, median of all readings, in milliseconds."""
    min_ms: float
    """The fastest reading, in milliseconds."""
    p95_ms: float
    """95th percentile, in milliseconds."""
    spread: float
    """Distance between the quartiles, as a part of the median."""
    waited: float
    """Part of its wall time that it had no processor, in [0, 1]."""
    readings: int
    """How many."""
    parts_ms: Mapping[str, float]
    """Median of each part, in milliseconds."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What to believe on a machine that others kept busy."""
        if self.waited <= QUIET:
            return ()
        return (f"others kept the processors busy (the yardstick waited {self.waited:.0%}): believe processor time",)

    @classmethod
    def of(cls, meter: Meter) -> Self:
        """Sum up all readings."""
        readings = meter.yardstick * 1000
        return cls(
            median_ms=float(np.median(readings)),
            min_ms=float(readings.min()),
            p95_ms=float(np.percentile(readings, 95)),
            spread=spread(readings),
            waited=max(0.0, 1 - float(np.median(meter.yardstick_cpu) / np.median(meter.yardstick))),
            readings=len(readings),
            parts_ms={name: float(np.median(part)) * 1000 for name, part in meter.parts.items()},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class BenchResult:
    """Everything one command measured."""

    bench: str
    """Name of the command."""
    machine: Mapping[str, Any]
    """What it ran on, with the load at the start and at the end."""
    yardstick: YardstickFigures
    """What the ratios refer to."""
    cases: Mapping[str, CaseFigures] = field(default_factory=dict)
    """Warm, in one process."""
    ratios: Mapping[str, RatioFigures] = field(default_factory=dict)
    """By `first / second`."""
    cold: Mapping[str, ColdFigures] = field(default_factory=dict)
    """In fresh processes."""
    notes: tuple[str, ...] = ()
    """What a reader must know; those of the yardstick are told beside them."""

    @property
    def peak_memory_mb(self) -> float | None:
        """The most that any of the cold cases took, in MiB."""
        return max((each.peak_memory_mb for each in self.cold.values() if each.peak_memory_mb), default=None)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, numbers rounded to what they are worth."""
        shown = {
            "bench": self.bench,
            "machine": dict(self.machine),
            "yardstick": asdict(self.yardstick),
            "cases": {name: asdict(each) for name, each in self.cases.items()},
            "ratios": {name: asdict(each) for name, each in self.ratios.items()},
            "cold": {name: asdict(each) for name, each in self.cold.items()},
            "peak_memory_mb": self.peak_memory_mb,
            "notes": [*self.notes, *self.yardstick.notes],
        }
        rounded: dict[str, Any] = _rounded(shown)
        return rounded


def to_yardstick(series: Series) -> dict[str, float]:
    """Both ratios to the yardstick and their intervals, by the names of the fields."""
    told: dict[str, float] = {}
    for name, ratio in (("ratio", series.ratio), ("cpu_ratio", series.cpu_ratio)):
        low, high = median_interval(ratio)
        told |= {f"{name}_to_yardstick": float(np.median(ratio)), f"{name}_low": low, f"{name}_high": high}
    return told


def _rounded(value: Any) -> Any:
    """Five significant digits."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value
