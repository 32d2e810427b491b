"""`attune train`: the models of the senses, trained again from their corpora."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from perception.training.report import Figures, TrainingReport

train_app = typer.Typer(
    name="train",
    help=(
        "Train the models of the senses again, measure them on rows they never saw, and write weights and cards.\n\n"
        "The corpora are not part of Attune: each has a licence of its own, and its card lists those that were used. "
        "Text needs no PyTorch; audio and vision need: pip install 'attune-agent[train]'.\n\n"
        "Example: attune train text --data ~/corpora --budget-minutes 10"
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)

Data = Annotated[
    Path,
    typer.Option(
        "--data",
        help="Folder of the corpora; those of each sense may be in its folder text/, voice/ or face/.",
        exists=True,
        file_okay=False,
        show_default=False,
    ),
]
Minutes = Annotated[
    float, typer.Option("--budget-minutes", min=0.0, help="Wall time to spend; more finds better settings.")
]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for what is written.", show_default="runs/<sense>")]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        help="Of all that is random. The clock still decides how many settings, members and steps fit the budget, so "
        "another run gives slightly other weights.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the figures as JSON to standard output.")]

Progress = Callable[[float, str], None]


@train_app.command()
def text(data: Data, minutes: Minutes = 10.0, out: Out = None, seed: Seed = 0, as_json: AsJson = False) -> None:
    """Train the English and Chinese text models (GoEmotions, SMP2020-EWECT and whatever else is there)."""
    from perception.training.text import train_text

    folder = out or Path("runs/text")
    with _progress("text") as progress:
        reports = train_text(data, folder, minutes=minutes, seed=seed, progress=progress)
    _finish(reports, folder, as_json=as_json)


@train_app.command()
def audio(data: Data, minutes: Minutes = 30.0, out: Out = None, seed: Seed = 0, as_json: AsJson = False) -> None:
    """Train the voice model (RAVDESS, EmoDB, nEMO), speakers kept apart."""
    from perception.training.audio import train_audio

    folder = out or Path("runs/audio")
    with _progress("audio") as progress:
        report = train_audio(data, folder, minutes=minutes, seed=seed, progress=progress)
    _finish((report,), folder, as_json=as_json)


@train_app.command()
def vision(data: Data, minutes: Minutes = 40.0, out: Out = None, seed: Seed = 0, as_json: AsJson = False) -> None:
    """Train the face model (FER+), exact duplicates dropped first."""
    from perception.training.vision import train_vision

    folder = out or Path("runs/vision")
    with _progress("vision") as progress:
        report = train_vision(data, folder, minutes=minutes, seed=seed, progress=progress)
    _finish((report,), folder, as_json=as_json)


@contextmanager
def _progress(sense: str) -> Iterator[Progress]:
    """A bar with the time left on a terminal, else a line for each new message; always on standard error."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(bar_width=24), TaskProgressColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    message = TextColumn("{task.description}", markup=False)
    with Bar(*columns, message, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(sense, total=1.0)
        yield lambda fraction, words: bar.update(task, completed=fraction, description=words)


def _lines() -> Progress:
    last = ""

    def tell(fraction: float, message: str) -> None:
        nonlocal last
        if message != last:
            typer.echo(f"{fraction:4.0%} {message}", err=True)
        last = message

    return tell


def _finish(reports: Sequence[TrainingReport], folder: Path, *, as_json: bool) -> None:
    from perception.training.card import write_card

    written = [path for report in reports for path in (*report.weights, write_card(report, folder))]
    if as_json:
        typer.echo(json.dumps([_as_dict(report) for report in reports], ensure_ascii=False, indent=2))
        return
    for report in reports:
        _table(report)
    for path in written:
        typer.echo(f"wrote {path}")


def _as_dict(report: TrainingReport) -> dict[str, Any]:
    return {
        "model": report.model,
        "licence": report.licence,
        "seconds": round(report.seconds, 1),
        "weights": [str(path) for path in report.weights],
        "figures": [_figures_dict(figures) for figures in report.figures],
        "notes": dict(report.notes),
    }


def _figures_dict(figures: Figures) -> dict[str, Any]:
    return {
        "name": figures.name,
        "rows": figures.rows,
        "accuracy": round(figures.accuracy, 4),
        "uar": round(figures.uar, 4),
        "macro_f1": round(figures.macro_f1, 4),
        "majority": figures.majority.value,
        "majority_accuracy": round(figures.majority_accuracy, 4),
        "recall": {emotion.value: round(recall, 4) for emotion, recall in figures.recall.items()},
    }


def _table(report: TrainingReport) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=report.model, title_justify="left")
    table.add_column("held-out rows", overflow="fold")
    for name in ("rows", "accuracy", "UAR", "macro-F1", "majority"):
        table.add_column(name, justify="right", no_wrap=True)
    for f in report.figures:
        numbers = (f.accuracy, f.uar, f.macro_f1, f.majority_accuracy)
        table.add_row(f.name, f"{f.rows:,}", *(f"{number:.3f}" for number in numbers))
    Console().print(table)
