"""Work in a fresh process: what the first time costs, and how much memory it takes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from evals.bench.case import ColdCase
from evals.bench.figures import ColdFigures, to_yardstick
from evals.bench.meter import Meter
from evals.bench.threads import one_thread
from evals.errors import BenchFailed

PATIENCE: Final = 600.0
"""Seconds that a process may take."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ColdRun:
    """What one fresh process measured."""

    stages: Mapping[str, float]
    """Wall time of each stage, in seconds."""
    cpu: float
    """Processor time of all of them, in seconds."""
    base_mb: float | None
    """Peak memory once NumPy was imported, in MiB."""
    peak_mb: float | None
    """Peak memory at the end, in MiB."""

    @property
    def seconds(self) -> float:
        """Wall time of all stages."""
        return sum(self.stages.values())

    @property
    def growth_mb(self) -> float | None:
        """Peak memory beyond the interpreter and NumPy, in MiB."""
        return None if self.peak_mb is None or self.base_mb is None else self.peak_mb - self.base_mb


def run_cold(case: ColdCase) -> ColdRun:
    """Run the stages of a case once, in a fresh process on one thread of BLAS.

    Raises:
        BenchFailed: the process failed, or took longer than `PATIENCE`.
    """
    import json
    import subprocess

    order = {"path": sys.path, "stages": case.stages, "arguments": dict(case.arguments)}
    # -P: the folder of the program must not stand before the packages, since its files are named like some
    command = [sys.executable, "-P", str(Path(__file__).with_name("child.py"))]
    try:
        done = subprocess.run(  # noqa: S603
            command, input=json.dumps(order), capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BenchFailed(f"{case.name!r} took longer than {PATIENCE:.0f} s in a fresh process") from error
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise BenchFailed(f"{case.name!r} failed in a fresh process: {reason}")
    return ColdRun(**_answer(done.stdout, case))


def _answer(printed: str, case: ColdCase) -> dict[str, Any]:
    import json

    try:
        answer: dict[str, Any] = json.loads(printed)
    except json.JSONDecodeError as error:
        raise BenchFailed(f"{case.name!r} ended its process before it was measured ({case.stages})") from error
    return {
        "stages": answer["stages"],
        "cpu": answer["cpu"],
        "base_mb": answer["base_mb"],
        "peak_mb": answer["peak_mb"],
    }


def measure_cold(
    cases: Sequence[ColdCase], meter: Meter, *, runs: int, progress: Callable[[str], None] = lambda _: None
) -> dict[str, ColdFigures]:
    """Run every case several times, in turns, with the yardstick between them.

    Raises:
        BenchFailed: as in `run_cold`.
    """
    taken: dict[str, list[ColdRun]] = {case.name: [] for case in cases}
    with one_thread():
        meter.gauge()
        for case in (case for _ in range(runs) for case in cases):
            progress(f"{case.name}, fresh process")
            run = run_cold(case)
            meter.record(_key(case.name), wall=run.seconds, cpu=run.cpu)
            meter.gauge()
            taken[case.name].append(run)
    return {name: _figures(each, meter, name) for name, each in taken.items() if each}


def _figures(runs: Sequence[ColdRun], meter: Meter, name: str) -> ColdFigures:
    return ColdFigures(
        runs=len(runs),
        stages_ms={stage: 1000 * _median([run.stages[stage] for run in runs]) for stage in runs[0].stages},
        total_ms=1000 * _median([run.seconds for run in runs]),
        cpu_ms=1000 * _median([run.cpu for run in runs]),
        **to_yardstick(meter.series(_key(name))),
        peak_memory_mb=_known([run.peak_mb for run in runs]),
        growth_mb=_known([run.growth_mb for run in runs]),
    )


def _key(name: str) -> str:
    return f"cold:{name}"


def _median(values: Sequence[float]) -> float:
    return float(np.median(values))


def _known(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _median(known) if known else None
