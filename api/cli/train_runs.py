"""Experiments, run from the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli.progress import progress

if TYPE_CHECKING:
    from perception.training.experiments.orders import Orders


def run_sense(
    sense: str,
    orders: Orders,
    experiments: Sequence[str] | None,
    changes: Sequence[str] | None,
    seed: int | None,
    *,
    as_json: bool,
) -> None:
    """Run experiments of a sense, its own ones where none is named, and print what came out."""
    from api.training import chosen, print_reports, typed
    from perception.training.experiments.pipeline import run_experiment
    from perception.training.trainers import DEFAULTS

    reports = []
    for name in experiments or DEFAULTS[sense]:
        wanted = chosen(name, changes or (), seed)
        with progress(wanted.experiment, lines="changes") as tell:
            told = typed(orders, sense, name, changes or (), wanted.seed)
            reports.append((wanted, run_experiment(wanted, told, progress=tell)))
    print_reports(reports, orders.runs, as_json=as_json)


def make_orders(data: Path, runs: Path, minutes: float | None, policy: Any, **more: Any) -> Orders:
    """What a run needs to know beside its experiment; the policy of the settings where none is given."""
    import math

    from api.settings import load_settings
    from perception.training.experiments.orders import Orders

    seconds = math.inf if minutes is None else minutes * 60
    return Orders(data=data, runs=runs, seconds=seconds, policy=policy or load_settings().weights_policy, **more)
