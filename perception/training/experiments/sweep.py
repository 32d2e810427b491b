"""Sweeps: the experiments that a grid or a random draw makes of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perception.training.errors import ExperimentInvalid
from perception.training.experiments.config import Experiment, Range


def trials(experiment: Experiment) -> tuple[tuple[Mapping[str, Any], Experiment], ...]:
    """What each trial changes, and the experiment it makes; the draw follows from the seed.

    Raises:
        ExperimentInvalid: there is no sweep, a grid has a range, or a value is none that its field can have.
    """
    sweep = experiment.sweep
    if sweep is None:
        raise ExperimentInvalid(
            f"{experiment.experiment} has no sweep; add to its YAML, for example: "
            "sweep: {kind: random, runs: 8, over: {recipe.rate: {low: 0.001, high: 0.01, log: true}}}"
        )
    changes = _grid(experiment, sweep.over) if sweep.kind == "grid" else _drawn(experiment, sweep.over, sweep.runs)
    return tuple((change, experiment.changed(change)) for change in changes)


def _grid(experiment: Experiment, over: Mapping[str, list[Any] | Range]) -> list[dict[str, Any]]:
    from sklearn.model_selection import ParameterGrid

    for name, values in over.items():
        if isinstance(values, Range):
            raise ExperimentInvalid(
                f"{experiment.experiment}: a grid cannot try the range of {name}; list its values, or make it random"
            )
    return [dict(point) for point in ParameterGrid(dict(over))]


def _drawn(experiment: Experiment, over: Mapping[str, list[Any] | Range], runs: int) -> list[dict[str, Any]]:
    from scipy.stats import loguniform, uniform
    from sklearn.model_selection import ParameterGrid, ParameterSampler

    spaces: dict[str, Any] = {}
    for name, values in over.items():
        if isinstance(values, list):
            spaces[name] = values
        elif not values.low < values.high or (values.log and values.low <= 0):
            low, high = values.low, values.high
            raise ExperimentInvalid(
                f"{experiment.experiment}: {name} has no range from {low:g} to {high:g}; low must be below high, "
                "and above 0 where log is true"
            )
        else:
            make = loguniform if values.log else lambda low, high: uniform(low, high - low)
            spaces[name] = make(values.low, values.high)
    if all(isinstance(values, list) for values in over.values()):
        runs = min(runs, len(ParameterGrid(spaces)))  # a draw without replacement has no more
    sampler = ParameterSampler(spaces, n_iter=runs, random_state=experiment.seed)
    return [{name: _rounded(value) for name, value in point.items()} for point in sampler]


def _rounded(value: Any) -> Any:
    """Four digits are as good as sixteen, and can be read."""
    return float(f"{value:.4g}") if isinstance(value, float) else value
