"""`attune fit-fusion`: how far to trust each sense, fitted to labelled rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from api.cli.progress import progress


def fit_fusion(
    data: Annotated[
        Path,
        typer.Argument(
            help="JSON lines of scores as attune perceive --batch writes them, with a label in each row; or a manifest "
            "of evidence with labels; or the folder of a corpus, such as MELD.",
            show_default=False,
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Folder.", show_default="runs/fit-fusion/<name>")] = None,
    labels: Annotated[
        Path | None, typer.Option(help="A manifest with id and label, where the rows of scores have no label.")
    ] = None,
    label_column: Annotated[str, typer.Option(help="Column of the label in --labels.")] = "label",
    group: Annotated[
        str | None,
        typer.Option(
            help="Column of what rows depend on: its groups are kept whole.", show_default="speaker, else dialogue"
        ),
    ] = None,
    corpus: Annotated[
        str | None, typer.Option(help="Layout of a folder, as attune train corpora lists them.", show_default="found")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Of a corpus: train, dev, test or all.", show_default="dev, if there is one")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many rows of evidence at most.")] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Folder where what the senses said is kept.", show_default="that of --out")
    ] = None,
    pooling: Annotated[Literal["linear", "log"], typer.Option(help="How weighted scores become one.")] = "log",
    metric: Annotated[
        Literal["accuracy", "macro_f1"], typer.Option(help="What to make as high as it goes.")
    ] = "macro_f1",
    step: Annotated[float, typer.Option(min=0.005, max=0.5, help="Between trusts.")] = 0.02,
    stacking: Annotated[
        bool, typer.Option("--stacking", help="Fit a model on top of the senses too, to see what that would bring.")
    ] = False,
    resamples: Annotated[int, typer.Option(min=0, help="Of the bootstrap; 0 leaves the intervals out.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
    lang: Annotated[
        str | None, typer.Option(help="en or zh.", show_default="ATTUNE_LANG, else of the terminal")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Find the trust in face, voice and words that answers best on labelled rows, by trying every one.

    Where rows are evidence, the senses are asked once and their answers kept: a run that is stopped goes on from there,
    and the next one only searches. All ways to share out trust, in steps of 0.02, are tried on all rows.
    The folder gets trust.yaml (its block goes into a persona's file as it is), report.json, simplex.png (every
    combination) and confusion.png.

    Examples:
      attune fit-fusion scores.jsonl

      attune perceive --batch rows.jsonl --out scores.jsonl && attune fit-fusion scores.jsonl --labels rows.jsonl

      attune fit-fusion ~/corpora/MELD.Raw --split dev --out runs/meld --stacking
    """
    from api.fitting import FitOrders, run_fit

    orders = FitOrders(
        data=data,
        out=out,
        labels=labels,
        label_column=label_column,
        group=group,
        corpus=corpus,
        split=split,
        limit=limit,
        cache=cache,
        pooling=pooling,
        metric=metric,
        step=step,
        stacking=stacking,
        resamples=resamples,
        seed=seed,
        lang=lang,
    )
    with progress("rows") as tell:
        shown = run_fit(orders, tell=tell)
    typer.echo(shown.json if as_json else "\n".join(shown.summary))
