"""`attune train`: the models of the senses, trained again from their corpora, and their runs compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from api.cli.corpora import corpora
from api.cli.progress import progress
from api.cli.train_options import (
    RUNS,
    Again,
    AsJson,
    Changes,
    Data,
    Fresh,
    Ledger,
    Minutes,
    Named,
    OnTest,
    Policy,
    Runs,
    Seed,
)
from api.cli.train_runs import make_orders, run_sense
from api.cli.train_text import text

train_app = typer.Typer(
    name="train",
    help=(
        "Train the models of the senses, measure them, and write weights, cards, figures and pictures into runs/.\n\n"
        "An experiment is a YAML file: which trainer, which settings. `attune train experiments` lists those there "
        "are. "
        "The corpora are not part of Attune: each has a licence of its own, and the card lists those "
        "used. Needs: pip install 'attune-agent[train]'. Labels of your own, out of one table, need nothing more.\n\n"
        "Examples:\n\n"
        "attune train text --data reviews.csv --text-column review --label-column stars --out stars.npz\n\n"
        "attune train vision --data ~/corpora --budget-minutes 40\n\n"
        "attune train vision --data ~/corpora --set recipe.rate=0.01 --seed 1\n\n"
        "attune train compare --experiment vision-cnn"
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)

train_app.command()(corpora)


def _sense(sense: str, does: str) -> None:
    """Add `attune train <sense>`; they differ in which experiments they run when told no other."""

    @train_app.command(sense, help=does)
    def run(
        data: Data,
        experiment: Named = None,
        change: Changes = None,
        minutes: Minutes = None,
        runs: Runs = RUNS,
        seed: Seed = None,
        policy: Policy = None,
        final: OnTest = False,
        again: Again = "",
        ledger: Ledger = None,
        fresh: Fresh = False,
        as_json: AsJson = False,
    ) -> None:
        orders = make_orders(data, runs, minutes, policy, fresh=fresh, final=final, again=again, ledger=ledger)
        run_sense(sense, orders, experiment, change, seed, as_json=as_json)


train_app.command()(text)
_sense("audio", "Train the voice model (RAVDESS, EmoDB, nEMO), speakers kept apart.")
_sense("fusion", "Train the gated network over all three senses, on synthetic pairs by label; late fusion needs none.")
_sense("vision", "Train the face model (FER+), copies dropped first.")


@train_app.command()
def sweep(
    experiment: Annotated[str, typer.Argument(help="Name of one that ships, or a YAML file, with a field `sweep`.")],
    data: Data,
    change: Changes = None,
    minutes: Minutes = None,
    runs: Runs = RUNS,
    seed: Seed = None,
    policy: Policy = None,
    as_json: AsJson = False,
) -> None:
    """Try the values of a sweep, a run each, and compare them. Runs that are finished are not trained again.

    The test split is never touched: settings are chosen on the development rows.

    Example:
      attune train sweep vision-cnn --data ~/corpora --budget-minutes 240
    """
    from api.training import chosen, print_comparison, run_sweep
    from perception.training.experiments.comparing import compare_runs

    wanted = chosen(experiment, change or (), seed)
    orders = make_orders(data, runs, minutes, policy)
    with progress(wanted.experiment, lines="changes") as tell:
        names = run_sweep(wanted, orders, experiment, tell)
    print_comparison(compare_runs(runs, experiments=[wanted.experiment], names=names), out=None, as_json=as_json)


@train_app.command()
def compare(
    names: Annotated[
        list[str] | None, typer.Argument(help="Runs: experiment/run, or how a run's name begins.", show_default="all")
    ] = None,
    experiment: Annotated[list[str] | None, typer.Option("--experiment", help="Runs of this experiment.")] = None,
    metric: Annotated[
        str, typer.Option("--metric", help="What to sort by: uar, accuracy, macro_f1, ece, aurc …")
    ] = "uar",
    runs: Runs = RUNS,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for pictures: figures with intervals, learning curves.")
    ] = None,
    lang: Annotated[Literal["en", "zh"] | None, typer.Option("--lang", help="Language of table and pictures.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show runs side by side, the best first: settings that differ, figures with 95 % intervals.

    Each is compared with the best on the same development rows: paired bootstrap, is the distance more than chance?

    Example:
      attune train compare --experiment vision-cnn --metric macro_f1 --out pictures
    """
    from api.training import print_comparison
    from perception.training.experiments.comparing import compare_runs

    found = compare_runs(runs, experiments=experiment or (), names=names or (), metric=metric)
    print_comparison(found, out=out, as_json=as_json, lang=lang)


@train_app.command()
def experiments(
    name: Annotated[str | None, typer.Argument(help="Show this one, as YAML to start your own from.")] = None,
) -> None:
    """List the experiments that ship, or print one."""
    from perception.training.experiments.config import RECIPES, load_experiment, recipe_names

    if name:
        load_experiment(name)  # says what is wrong with the name
        typer.echo((RECIPES / f"{name}.yaml").read_text(encoding="utf-8"), nl=False)
        return
    width = max(map(len, recipe_names()))
    for each in recipe_names():
        first = (RECIPES / f"{each}.yaml").read_text(encoding="utf-8").splitlines()[0]
        typer.echo(f"{each:{width}}  {first.removeprefix('# ')}")
