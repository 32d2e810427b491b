"""`attune train`: the models of the senses, trained again from their corpora, and their runs compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli.corpora import corpora
from api.cli.progress import progress

if TYPE_CHECKING:
    from perception.training.experiments.orders import Orders

train_app = typer.Typer(
    name="train",
    help=(
        "Train the models of the senses, measure them, and write weights, cards, figures and pictures into runs/.\n\n"
        "An experiment is a YAML file: which trainer, which settings. `attune train experiments` lists those there "
        "are. "
        "The corpora are not part of Attune: each has a licence of its own, and the card lists those "
        "used. Needs: pip install 'attune-agent[train]'.\n\n"
        "Examples:\n\n"
        "attune train vision --data ~/corpora --budget-minutes 40\n\n"
        "attune train vision --data ~/corpora --set recipe.rate=0.01 --seed 1\n\n"
        "attune train compare --experiment vision-cnn"
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)

train_app.command()(corpora)

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
Named = Annotated[
    list[str] | None,
    typer.Option(
        "--experiment", help="Name of one that ships, or a YAML file; may be repeated.", show_default="the sense's own"
    ),
]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", help="Another value for a field, such as recipe.rate=0.01; may be repeated."),
]
Minutes = Annotated[
    float | None,
    typer.Option(
        "--budget-minutes",
        min=0.0,
        help="Time for the epochs; a run that it ends goes on when it is given more.",
        show_default="no limit",
    ),
]
Runs = Annotated[Path, typer.Option("--runs", help="Folder of all runs.", file_okay=False)]
Seed = Annotated[
    int | None, typer.Option("--seed", min=0, help="Of all that is random.", show_default="the experiment's")
]
Policy = Annotated[
    Literal["any", "commercial"] | None,
    typer.Option(
        "--weights-policy",
        help="`commercial` leaves out data that does not allow commercial use.",
        show_default="ATTUNE_WEIGHTS_POLICY",
    ),
]
Final = Annotated[
    bool,
    typer.Option("--final", help="Measure on the test split too. Once a release: a ledger keeps who did, and when."),
]
Again = Annotated[str, typer.Option("--again", help="Why the test split is touched again in this release; recorded.")]
Ledger = Annotated[
    Path | None,
    typer.Option("--ledger", help="Where touches of the test split are kept.", show_default="RUNS/test-touches.jsonl"),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Forget what an earlier attempt at this run left.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the reports as JSON to standard output.")]


def _sense(sense: str, does: str) -> None:
    """Add `attune train <sense>`; the three differ in which experiments they run when told no other."""

    @train_app.command(sense, help=does)
    def run(
        data: Data,
        experiment: Named = None,
        change: Changes = None,
        minutes: Minutes = None,
        runs: Runs = Path("runs"),
        seed: Seed = None,
        policy: Policy = None,
        final: Final = False,
        again: Again = "",
        ledger: Ledger = None,
        fresh: Fresh = False,
        as_json: AsJson = False,
    ) -> None:
        from api.training import chosen, print_reports, typed
        from perception.training.experiments.pipeline import run_experiment
        from perception.training.trainers import DEFAULTS

        orders = _orders(data, runs, minutes, policy, fresh=fresh, final=final, again=again, ledger=ledger)
        reports = []
        for name in experiment or DEFAULTS[sense]:
            wanted = chosen(name, change or (), seed)
            with progress(wanted.experiment, lines="changes") as tell:
                told = typed(orders, sense, name, change or (), wanted.seed)
                reports.append((wanted, run_experiment(wanted, told, progress=tell)))
        print_reports(reports, runs, as_json=as_json)


_sense("text", "Train the English and the Chinese text model (GoEmotions, SMP2020-EWECT and whatever else is there).")
_sense("audio", "Train the voice model (RAVDESS, EmoDB, nEMO), speakers kept apart.")
_sense("vision", "Train the face model (FER+), copies dropped first.")


@train_app.command()
def sweep(
    experiment: Annotated[str, typer.Argument(help="Name of one that ships, or a YAML file, with a field `sweep`.")],
    data: Data,
    change: Changes = None,
    minutes: Minutes = None,
    runs: Runs = Path("runs"),
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
    orders = _orders(data, runs, minutes, policy)
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
    runs: Runs = Path("runs"),
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


def _orders(data: Path, runs: Path, minutes: float | None, policy: Any, **more: Any) -> Orders:
    import math

    from api.settings import load_settings
    from perception.training.experiments.orders import Orders

    seconds = math.inf if minutes is None else minutes * 60
    return Orders(data=data, runs=runs, seconds=seconds, policy=policy or load_settings().weights_policy, **more)
