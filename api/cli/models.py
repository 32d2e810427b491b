"""`attune models`: the models that can be downloaded, and those that are here."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from perception.models import ModelStore, StoredModel

models_app = typer.Typer(
    help="Models that are downloaded: list them, get them, verify them, find them.", no_args_is_help=True
)

Names = Annotated[list[str], typer.Argument(help="Names of models, as `attune models list` shows them.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Report = Callable[[int, int], None]


@models_app.command("list")
def list_models(as_json: Json = False) -> None:
    """Show every model: what it is for, whether it is here, its size and licence."""
    models = _store().list()
    if as_json:
        import json

        typer.echo(json.dumps([_as_dict(model) for model in models], indent=2))
    else:
        _print_table(models)


@models_app.command("get")
def get_models(
    names: Names, yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the download.")] = False
) -> None:
    """Download models. An interrupted download goes on where it stopped."""
    store = _store()
    wanted = [store.entry(name) for name in names]
    for entry in wanted:
        use = "" if entry.commercial else ", not for commercial use"
        typer.echo(f"{entry.name}: {entry.title}, {_megabytes(entry.size)}, licence {entry.licence}{use}", err=True)
    if not yes and sys.stdin.isatty() and not all(store.has(entry.name) for entry in wanted):
        typer.confirm("Download?", default=True, abort=True, err=True)
    fetch(store, names)
    for name in names:
        typer.echo(store.path(name))


@models_app.command("verify")
def verify_models(
    names: Annotated[list[str] | None, typer.Argument(help="Names of models; all that are here when left out.")] = None,
) -> None:
    """Hash the files again and compare them with the manifest."""
    store = _store()
    here = [model.entry.name for model in store.list() if model.state in {"present", "damaged"}]
    for name in names or here:
        typer.echo(f"{name}: {store.verify(name)} is what the manifest says")


@models_app.command("path")
def model_path(name: Annotated[str, typer.Argument(help="Name of a model.")]) -> None:
    """Print where a model is: its file, or its folder when it has several files."""
    typer.echo(_store().path(name))


def fetch(store: ModelStore, names: Sequence[str]) -> None:
    """Download models with a progress bar on standard error; those that are here cost nothing.

    Raises:
        DownloadFailed: no source could deliver one of them.
        ModelRefused: the weights policy forbids one of them.
    """
    for name in names:
        if not store.has(name):
            with _progress_bar(name) as (report, notice):
                store.get(name, progress=report, notice=notice)


@contextmanager
def _progress_bar(name: str) -> Iterator[tuple[Report, Callable[[str], None]]]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    hidden = not console.is_terminal
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=hidden) as progress:
        task = progress.add_task(name, total=None)

        def report(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        def notice(line: str) -> None:
            console.print(f"{line}; trying the next source", markup=False, highlight=False, soft_wrap=True)

        yield report, notice


def _store() -> ModelStore:
    from api.settings import load_settings
    from perception.models import ModelStore

    return ModelStore(weights_policy=load_settings().weights_policy)


def _as_dict(model: StoredModel) -> dict[str, object]:
    entry = model.entry
    return {
        "name": entry.name,
        "title": entry.title,
        "kind": entry.kind,
        "state": model.state,
        "size": entry.size,
        "licence": entry.licence,
        "commercial": entry.commercial,
        "languages": list(entry.languages),
    }


def _print_table(models: Sequence[StoredModel]) -> None:
    for model in models:
        entry = model.entry
        size = f"{_megabytes(entry.size):>9}"
        typer.echo(f"{entry.name:20} {entry.kind:7} {model.state:8} {size}  {entry.licence:12} {entry.title}")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size < 10e6 else f"{size / 1e6:,.0f} MB"
