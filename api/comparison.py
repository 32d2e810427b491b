"""Runs side by side, for people: a table and pictures; and for programs: JSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

if TYPE_CHECKING:
    from perception.training.experiments.comparing import ComparedRun, ComparedRuns

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "run": "run",
        "status": "status",
        "epochs": "epochs",
        "settings": "settings that differ",
        "majority": "majority",
        "best": "best",
        "against": "vs best",
        "chance": "may be chance",
        "real": "more than chance",
        "other": "other rows",
        "title": "Runs by {metric} on their development rows",
    },
    "zh": {
        "run": "运行",
        "status": "状态",
        "epochs": "轮数",
        "settings": "不同的设置",
        "majority": "多数类",
        "best": "最好",
        "against": "与最好相比",
        "chance": "可能是偶然",
        "real": "并非偶然",
        "other": "数据不同",
        "title": "各次运行在开发集上的 {metric}",
    },
}
_CHANCE: Final = 0.05
_SHORT: Final[Mapping[str, str]] = {"accuracy": "acc"}


def comparison_table(found: ComparedRuns, *, lang: str) -> None:
    """Print the runs, the best first."""
    from rich.console import Console
    from rich.table import Table

    texts = _TEXTS[lang]
    shown = [found.metric, *(m for m in ("uar", "accuracy", "ece") if m != found.metric)]
    table = Table(title=texts["title"].format(metric=found.metric), title_justify="left")
    table.add_column(texts["run"], overflow="fold")
    for name in (*shown, texts["majority"], texts["epochs"]):
        table.add_column(_SHORT.get(name, name), justify="right", no_wrap=True)
    table.add_column(texts["against"])
    for place, each in enumerate(found.runs):
        figures = [_figure(each, metric, with_interval=metric == found.metric) for metric in shown]
        against = _against(each, found.metric, texts, best=place == 0)
        majority = _figure(each, "majority_accuracy", with_interval=False)
        table.add_row(each.name, *figures, majority, _epochs(each), against)
    Console().print(table)
    if found.differing:
        typer.echo(f"{texts['settings']}:")
    for each in found.runs:
        told = [
            f"{n.removeprefix('recipe.')} {each.run.settings[n]}" for n in found.differing if n in each.run.settings
        ]
        if told:
            typer.echo(f"  {each.name}  {', '.join(told)}")


def comparison_dict(found: ComparedRuns) -> dict[str, Any]:
    """JSON-ready."""
    return {
        "metric": found.metric,
        "differing": list(found.differing),
        "runs": [
            {
                "run": each.name,
                "status": each.run.status,
                "folder": str(each.run.folder),
                "settings": dict(each.run.settings),
                "figures": dict(each.run.figures),
                "interval": each.interval(found.metric),
                "against_best": each.against_best.as_dict() if each.against_best else None,
            }
            for each in found.runs
        ],
    }


def draw_comparison(found: ComparedRuns, out: Path, *, lang: str) -> tuple[Path, ...]:
    """Write pictures into a folder: the figure of each run with its interval, and learning curves.

    Raises:
        InputInvalid: the folder cannot be written.
    """
    from api.errors import InputInvalid
    from perception.metrics import Interval, plots
    from perception.training.experiments.comparing import LOWER_IS_BETTER

    values: dict[str, tuple[float, Interval | None]] = {}
    for each in found.runs:
        if (value := each.figure(found.metric)) is not None:
            ends = each.interval(found.metric)
            values[each.name] = (value, Interval(low=ends[0], high=ends[1]) if ends else None)
    lower = found.metric in LOWER_IS_BETTER
    drawn = {f"{found.metric}.png": plots.plot_runs(values, metric=found.metric, lower_is_better=lower, lang=lang)}
    curves = {each.name: each.run.curves["dev/score"] for each in found.runs if "dev/score" in each.run.curves}
    if curves:
        drawn["learning.png"] = plots.plot_learning(curves, lang=lang)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, picture in drawn.items():
            plots.save(picture, out / name)
    except OSError as error:
        raise InputInvalid(f"cannot draw into {str(out)!r} ({error.strerror}); choose another --out") from error
    return tuple(out / name for name in drawn)


def _figure(each: ComparedRun, metric: str, *, with_interval: bool) -> str:
    value = each.figure(metric)
    if value is None:
        return "–"
    ends = each.interval(metric) if with_interval else None
    return f"{value:.3f} ({ends[0]:.2f}–{ends[1]:.2f})" if ends else f"{value:.3f}"


def _epochs(each: ComparedRun) -> str:
    if each.report is None:
        return each.run.status.lower()
    stopped = each.report["stopped"]
    return f"{each.report['epochs']}" + (f" {stopped}" if stopped != "done" else "")


def _against(each: ComparedRun, metric: str, texts: Mapping[str, str], *, best: bool) -> str:
    if best:
        return texts["best"]
    if each.against_best is None:
        return texts["other"] if each.report else "–"
    found = each.against_best.differences[metric]
    if found.p is None:
        return f"{found.difference:+.3f}"
    return f"{found.difference:+.3f}, p {found.p:.3f}: {texts['real' if found.p < _CHANCE else 'chance']}"
