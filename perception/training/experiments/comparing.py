"""Runs side by side: what was set, what came out, and whether a difference is more than chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from perception.metrics import Comparison, Predictions, compare
from perception.training.errors import RunsMissing
from perception.training.experiments.tracker import TrackedRun, Tracker


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparedRun:
    """One run in the table."""

    run: TrackedRun
    """As it was recorded."""
    report: Mapping[str, Any] | None
    """Its report; None where it is not finished."""
    against_best: Comparison | None
    """The best run and this one on the same development rows; None for the best, and where the rows differ."""

    @property
    def name(self) -> str:
        """As people call it."""
        return f"{self.run.experiment}/{self.run.name}"

    def figure(self, metric: str) -> float | None:
        """A figure on the development rows, such as `uar`."""
        return self.run.figures.get(f"final/dev/{metric}")

    def interval(self, metric: str) -> tuple[float, float] | None:
        """Its 95 % interval, where the report has one."""
        found = self.report["dev"][0]["intervals"].get(metric) if self.report else None
        return (found["low"], found["high"]) if found else None


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparedRuns:
    """Runs, the best first."""

    metric: str
    """What they are sorted by, a field of `Figures`."""
    runs: tuple[ComparedRun, ...]
    """Finished ones first."""

    @property
    def differing(self) -> tuple[str, ...]:
        """Settings, by dotted name, that are not the same in all runs."""
        names = sorted({name for each in self.runs for name in each.run.settings})
        return tuple(
            n for n in names if n != "experiment" and len({each.run.settings.get(n) for each in self.runs}) > 1
        )


LOWER_IS_BETTER = frozenset({"ece", "nll", "brier", "aurc"})


def compare_runs(
    root: Path, *, experiments: Sequence[str] = (), names: Sequence[str] = (), metric: str = "uar"
) -> ComparedRuns:
    """Sort runs by a figure on their development rows, and compare each with the best, row by row.

    Args:
        root: folder of all runs.
        experiments: whose runs; all where there is none.
        names: of runs, `experiment/run` or the run alone, or a beginning of it; all where there is none.
        metric: a field of `Figures`.

    Raises:
        RunsMissing: there is none of those.
        TrainingExtraMissing: MLflow is not installed.
    """
    if not (root / "mlflow.db").is_file():
        raise RunsMissing(f"no run was ever trained into {str(root)!r}; train one, or name the folder with --runs")
    known = Tracker(root).runs()
    wanted = [run for run in known if _wanted(run, experiments, names)]
    if not wanted:
        what = ", ".join((*experiments, *names)) or "any"
        there = ", ".join(f"{run.experiment}/{run.name}" for run in known) or "none"
        raise RunsMissing(f"no run in {str(root)!r} is called {what}; there is {there}")
    sign = 1 if metric in LOWER_IS_BETTER else -1
    key = f"final/dev/{metric}"
    if not any(key in run.figures for run in wanted) and any(run.status == "FINISHED" for run in wanted):
        measured = sorted(
            {name.removeprefix("final/dev/") for r in wanted for name in r.figures if "final/dev" in name}
        )
        raise RunsMissing(f"no run has a figure {metric!r}; there are {', '.join(measured) or 'none'}")
    wanted.sort(key=lambda run: sign * run.figures[key] if key in run.figures else float("inf"))
    best = wanted[0]
    return ComparedRuns(
        metric=metric,
        runs=tuple(
            ComparedRun(
                run=run, report=_report(run), against_best=_against(best, run, metric) if run is not best else None
            )
            for run in wanted
        ),
    )


def _wanted(run: TrackedRun, experiments: Sequence[str], names: Sequence[str]) -> bool:
    if experiments and run.experiment not in experiments:
        return False
    return not names or any(
        n in (run.experiment, f"{run.experiment}/{run.name}") or run.name.startswith(n) for n in names
    )


def _report(run: TrackedRun) -> Mapping[str, Any] | None:
    import json

    path = run.folder / "report.json"
    try:
        told: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told


def _against(best: TrackedRun, run: TrackedRun, metric: str) -> Comparison | None:
    ours, theirs = _dev(best), _dev(run)
    if ours is None or theirs is None or ours[0] != theirs[0] or not np.array_equal(ours[1].truth, theirs[1].truth):
        return None
    names = dict.fromkeys((metric, "accuracy", "uar"))
    return compare(ours[1], theirs[1], metrics=tuple(names))


def _dev(run: TrackedRun) -> tuple[tuple[str, ...], Predictions] | None:
    """Ids and predictions of the development rows."""
    try:
        with np.load(run.folder / "dev.npz", allow_pickle=False) as kept:
            groups = tuple(kept["groups"].tolist()) or None
            told = Predictions(truth=kept["truth"], probabilities=kept["probabilities"], groups=groups)
            return tuple(kept["ids"].tolist()), told
    except (OSError, ValueError, KeyError):
        return None
