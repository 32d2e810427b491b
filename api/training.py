"""Training from the command line: what was typed, what is shown."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
import yaml

from api.errors import InputInvalid

if TYPE_CHECKING:
    from perception.training.cards import TrainingReport
    from perception.training.experiments.comparing import ComparedRuns
    from perception.training.experiments.config import Experiment
    from perception.training.experiments.orders import Orders


def chosen(name: str, changes: Sequence[str], seed: int | None) -> Experiment:
    """The experiment that was asked for, with the values given on the command line.

    Raises:
        InputInvalid: a change is not `field=value`.
        ExperimentInvalid: there is no such experiment, field or value.
    """
    from perception.training.experiments.config import load_experiment

    values: dict[str, Any] = {}
    for change in changes:
        field, equals, value = change.partition("=")
        if not (field and equals):
            raise InputInvalid(f"--set {change!r} is no field=value; write for example: --set recipe.rate=0.01")
        try:
            values[field] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise InputInvalid(f"--set {change!r}: {value!r} is no YAML value; quote it") from error
    experiment = load_experiment(name)
    return experiment.changed(values | ({} if seed is None else {"seed": seed}))


def typed(orders: Orders, sense: str, name: str, changes: Sequence[str], seed: int) -> Orders:
    """The orders with the command that gives the same weights again."""
    told = ["attune", "train", sense, "--data", "DIR", "--experiment", name]
    told += [part for change in changes for part in ("--set", change)]
    told += ["--seed", str(seed)]
    told += ["--weights-policy", "commercial"] if orders.policy == "commercial" else []
    return replace(orders, command=shlex.join(told))


def run_sweep(
    experiment: Experiment, orders: Orders, name: str, progress: Callable[[float, str], None]
) -> tuple[str, ...]:
    """Train each trial that is not finished, as long as there is time; the names of all that are."""
    from perception.training.errors import RunFinished
    from perception.training.experiments.pipeline import run_experiment
    from perception.training.experiments.sweep import trials

    ends = time.monotonic() + orders.seconds
    tried = trials(experiment)
    sense = experiment.trainer.partition("-")[0]
    names: list[str] = []
    for number, (change, trial) in enumerate(tried):
        left = ends - time.monotonic()
        if names and left <= 0:
            break
        told = typed(
            orders, sense, name, [f"{field}={json.dumps(value)}" for field, value in change.items()], trial.seed
        )
        words = ", ".join(f"{field.removeprefix('recipe.')} {value}" for field, value in change.items())

        def tell(part: float, line: str, *, number: int = number, words: str = words) -> None:
            progress((number + part) / len(tried), f"trial {number + 1} of {len(tried)} ({words}): {line}")

        try:
            run_experiment(trial, replace(told, seconds=left), progress=tell)
        except RunFinished:
            tell(1.0, "finished before")
        names.append(trial.run_name)
    return tuple(names)


def print_reports(reports: Sequence[tuple[Experiment, TrainingReport]], runs: Path, *, as_json: bool) -> None:
    """Figures of each set beside the majority class, and where the files are."""
    from perception.training.experiments.report_json import as_dict
    from perception.training.experiments.run import RunFolder

    if as_json:
        typer.echo(json.dumps([as_dict(report) for _, report in reports], ensure_ascii=False, indent=2))
        return
    for experiment, report in reports:
        _table(report)
        if report.touch:
            typer.echo(report.touch)
        folder = RunFolder(root=runs, experiment=experiment).path
        for path in (*report.weights, folder / f"{report.model}.md", folder / "report.json"):
            typer.echo(f"wrote {path}")


def _table(report: TrainingReport) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=report.model, title_justify="left")
    table.add_column("rows", overflow="fold", min_width=26)
    for name in ("n", "acc", "UAR", "F1", "ECE", "majority"):
        table.add_column(name, justify="right", no_wrap=True)
    for part, sets in (("dev", report.dev), ("test", report.test)):
        for f in sets:
            numbers = (f.accuracy, f.uar, f.macro_f1, f.ece, f.majority_accuracy)
            table.add_row(f"{part}: {f.name}", f"{f.rows:,}", *(f"{number:.3f}" for number in numbers))
    Console().print(table)


def print_comparison(found: ComparedRuns, *, out: Path | None, as_json: bool, lang: str | None = None) -> None:
    """The table, and pictures where a folder is given."""
    from api.comparison import comparison_dict, comparison_table, draw_comparison
    from api.settings import load_settings

    lang = lang or load_settings().lang or "en"
    drawn = draw_comparison(found, out, lang=lang) if out else ()
    if as_json:
        typer.echo(json.dumps(comparison_dict(found), ensure_ascii=False, indent=2))
        return
    comparison_table(found, lang=lang)
    for path in drawn:
        typer.echo(f"wrote {path}")
