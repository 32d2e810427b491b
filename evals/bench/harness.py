"""One way to measure for all bench commands.

Every case is called once in each round, in the order given (A B A B ...), with a reading of the yardstick between any
two: whatever else the machine does meets all of them alike, and shows in the yardstick.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from evals.bench.case import Bench, Case, Outcome
from evals.bench.cold import measure_cold
from evals.bench.figures import BenchResult, CaseFigures, RatioFigures, YardstickFigures
from evals.bench.machine import describe_machine, load_average
from evals.bench.meter import Meter
from evals.bench.threads import one_thread
from evals.errors import BenchFailed

RUNS: Final = 20
"""Samples of each warm case."""

COLD_RUNS: Final = 5
"""Fresh processes for each cold case."""

LEAST: Final = 0.005
"""Seconds that a sample lasts at least: a shorter call is repeated."""

Progress = Callable[[int, int, str], None]
"""Told how many steps are done, of how many, and what comes now."""


def silent(_done: int, _total: int, _what: str, /) -> None:
    """Progress that nobody watches."""


def run_bench(
    bench: Bench,
    *,
    runs: int = RUNS,
    cold_runs: int = COLD_RUNS,
    meter: Meter | None = None,
    progress: Progress | None = None,
) -> BenchResult:
    """Measure everything a bench names.

    Args:
        bench: What to measure.
        runs: Samples of each warm case.
        cold_runs: Fresh processes for each cold case; none when 0.
        meter: Takes the samples; one on the clocks of this machine when None.
        progress: Told of each step.

    Raises:
        BenchFailed: a case raised; it says which.
    """
    meter = meter or Meter()
    load = load_average()
    steps = _Steps(progress or silent, len(bench.cases) * runs + len(bench.cold) * cold_runs)
    # the fresh processes come first: what this one warms up must not be theirs
    cold = measure_cold(bench.cold, meter, runs=cold_runs, progress=steps.next) if cold_runs else {}
    outcomes = measure_warm(bench.cases, meter, runs=runs, progress=steps.next)
    abstained = {name for name, outcome in outcomes.items() if outcome is not None and not outcome.judged}
    return BenchResult(
        bench=bench.name,
        machine=describe_machine(load_at_start=load),
        yardstick=YardstickFigures.of(meter),
        cases={case.name: _figures(case, meter, outcomes) for case in bench.cases},
        ratios=ratios([pair for pair in bench.pairs if not abstained & {*pair}], meter),
        cold=cold,
        notes=(
            *bench.notes,
            *(f"{name} abstained: its figures are not those of a judgement" for name in sorted(abstained)),
        ),
    )


def measure_warm(
    cases: Sequence[Case], meter: Meter, *, runs: int = RUNS, progress: Callable[[str], None] = lambda _: None
) -> dict[str, Outcome | None]:
    """Warm every case up, then take samples of all of them in turns, on one thread of BLAS, OpenMP and OpenCV.

    Returns:
        What each case answered when it was warm.

    Raises:
        BenchFailed: a case raised.
    """
    outcomes: dict[str, Outcome | None] = {}
    calls: dict[str, int] = {}
    for case in cases:
        answer = _call(case)
        outcomes[case.name] = case.outcome(answer) if case.outcome else None
        calls[case.name] = _calls(case, meter)
    with one_thread():
        meter.gauge()
        for _ in range(runs):
            for case in cases:
                progress(case.name)
                with meter.timing(case.name, amount=case.amount, calls=calls[case.name]):
                    for _ in range(calls[case.name]):
                        _call(case)
                meter.gauge()
    return outcomes


def ratios(pairs: Sequence[tuple[str, str]], meter: Meter) -> dict[str, RatioFigures]:
    """How much longer the first case of each pair takes than the second."""
    return {
        f"{first} / {second}": RatioFigures.of(meter.series(first), meter.series(second)) for first, second in pairs
    }


def _calls(case: Case, meter: Meter) -> int:
    """How many calls last `LEAST`: by the fastest of three, since a disturbed one would say too few."""
    took = []
    for _ in range(3):
        began = meter.clock.wall()
        _call(case)
        took.append(meter.clock.wall() - began)
        if took[0] > 10 * LEAST:
            return 1
    return max(1, math.ceil(LEAST / max(min(took), 1e-7)))


def _call(case: Case) -> Any:
    try:
        return case.call()
    except Exception as error:
        raise BenchFailed(f"the case {case.name!r} failed: {type(error).__name__}: {error}") from error


def _figures(case: Case, meter: Meter, outcomes: Mapping[str, Outcome | None]) -> CaseFigures:
    return CaseFigures.of(meter.series(case.name), unit=case.unit, outcome=outcomes[case.name], note=case.note)


class _Steps:
    """Counts the steps for whoever watches."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def next(self, what: str) -> None:
        self._progress(self._done, self._total, what)
        self._done += 1
