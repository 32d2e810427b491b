"""`attune eval`: how good perception is, on data of your own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.progress import progress

eval_app = typer.Typer(
    name="eval",
    help=(
        "Measure on labelled data, through the same path a turn takes, and write a report that can be believed.\n\n"
        "attune eval list says what can be evaluated.\n\n"
        "Example: attune eval perception --manifest rows.jsonl --by gender"
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@eval_app.command("list")
def list_suites(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """What can be evaluated here, and which perceiver each sense is set to."""
    import json

    from api.evaluating import describe_suites

    suites = describe_suites()
    if as_json:
        typer.echo(json.dumps(suites, indent=2))
        return
    for suite in suites:
        typer.echo(f"{suite['name']:<12} {suite['what']}")
        typer.echo(f"{'':<12} senses: " + ", ".join(f"{sense}={name}" for sense, name in suite["senses"].items()))
        typer.echo(f"{'':<12} {suite['example']}")


@eval_app.command()
def perception(
    manifest: Annotated[
        Path,
        typer.Option(
            help="JSON lines: id, label (an emotion: happy, sad, angry, fear, surprise, disgust, neutral), and any of "
            "text (with context), audio (with start and end in seconds), image (with crop), lang, transcribe; other "
            "columns may be used by --by and --cluster. Paths are relative to the manifest.",
            show_default=False,
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Folder of the report.", show_default="runs/eval/<manifest>")] = None,
    label_column: Annotated[str, typer.Option(help="Column of the true emotion.")] = "label",
    label_map: Annotated[
        str | None,
        typer.Option(
            help="Labels that are no emotion names: joy=happy,anger=angry, a JSON object, or a file of one. Nothing is "
            "taken for a synonym that is not in it.",
        ),
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option(help="The figures for each value of this column too; may be given again.")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Column of what rows depend on: its groups are drawn whole for the intervals.",
            show_default="speaker, else dialogue, where all rows have it",
        ),
    ] = None,
    sense: Annotated[
        list[str] | None, typer.Option(help="Ask only this sense: vision, audio or text; may be given again.")
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(
            "--compare", "--baseline", help="An earlier report, or its folder: what changed on the rows of both."
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="So many rows at most, drawn at random and kept in order.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the drawing and of the bootstrap.")] = 0,
    resamples: Annotated[int, typer.Option(min=0, help="Of the bootstrap; 0 leaves the intervals out.")] = 1000,
    lang: Annotated[
        str | None, typer.Option(help="Of the report: en or zh.", show_default="ATTUNE_LANG, else of the terminal")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON to standard output too.")] = False,
) -> None:
    """Any labelled manifest through the senses, thresholds applied: figures, intervals, cuts, mistakes.

    The folder of the report gets report.html for people, report.json for programs, and rows.jsonl with what was said of
    each row, which --compare of a later run reads. A row that is broken is counted and listed, and stops nothing.

    Beside every figure stand the number of rows and the accuracy of always answering the commonest label: an accuracy
    without them says nothing.

    Examples:
      attune eval perception --manifest dev.jsonl

      attune eval perception --manifest meld.jsonl --label-map joy=happy,sadness=sad,anger=angry --cluster dialogue

      attune eval perception --manifest dev.jsonl --out runs/eval/new --compare runs/eval/old --by gender --by lang
    """
    from api.evaluating import evaluate_manifest, modalities
    from evals.perception import Plan, parse_label_map

    plan = Plan(
        manifest=manifest,
        label_column=label_column,
        label_map=parse_label_map(label_map) if label_map else {},
        senses=modalities(sense or ()),
        cluster=cluster,
        by=tuple(dict.fromkeys(by or ())),
        limit=limit,
        seed=seed,
        resamples=resamples,
        compare=compare,
    )
    with progress("rows") as tell:
        shown = evaluate_manifest(
            plan,
            out=out,
            lang=lang,
            progress=lambda done, total: tell(done / max(1, total), f"{done:,} of {total:,} rows"),
        )
    if as_json:
        typer.echo(shown.json)
    else:
        typer.echo("\n".join(shown.summary))
