"""`attune eval vision`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.progress import progress


def vision(
    root: Annotated[Path, typer.Option("--root", help="Folder of the corpus.", show_default=False)],
    layout: Annotated[
        str,
        typer.Option(
            help="How its authors laid it out: raf-db, ferplus (tables, folders, or the npz files that attune train "
            "reads), affectnet, sfew, fer2013, or folders (one a class, also below train, val, test).",
            show_default=False,
        ),
    ],
    group: Annotated[
        list[str] | None,
        typer.Option(
            help="Accuracy and UAR for each value of this column, and the largest gap; may be given again. RAF-DB has "
            "gender, race and age, FER+ agreement and each vote, all have split where the authors made one.",
        ),
    ] = None,
    attributes: Annotated[
        Path | None,
        typer.Option(
            help="A CSV or TSV with more columns to group by; its first column is the id or file name of a face."
        ),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Only this split of the authors: train, dev or test.", show_default="all")
    ] = None,
    degraded: Annotated[
        bool,
        typer.Option("--degraded", help="Make the crops worse in 13 ways, and tell how much accuracy each costs."),
    ] = False,
    strength: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="How much worse: 1 is the worst that training shows.")
    ] = 0.5,
    crops: Annotated[
        bool | None,
        typer.Option(
            "--crops/--no-crops",
            help="Whether the pictures are face crops, so that no face is to be looked for.",
            show_default="as the layout tells; else pictures up to 64 pixels",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Column of what faces depend on, such as the person: drawn whole for the intervals.",
            show_default="film for sfew",
        ),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            help="A face network of attune train vision (.onnx).", show_default="the sense as the settings want it"
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the report.", show_default="runs/eval/vision-<layout>")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="So many faces at most, drawn at random and kept in order.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the drawing, the degradations and the bootstrap.")] = 0,
    resamples: Annotated[int, typer.Option(min=0, help="Of the bootstrap; 0 leaves the intervals out.")] = 1000,
    lang: Annotated[
        str | None, typer.Option(help="Of the report: en or zh.", show_default="ATTUNE_LANG, else of the terminal")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON to standard output.")] = False,
) -> None:
    """A corpus of faces as its authors laid it out: figures by emotion, by group, and of faces made worse.

    Faces whose label is none of the seven, such as contempt, are excluded and counted by name. Where the sense finds no
    face, or is not sure, it is silent: accuracy is told of all with scores, of those answered, and with silence wrong.
    The folder gets report.html, report.json, rows.jsonl, confusion.png, and degraded.png where asked.

    Examples:
      attune eval vision --root ~/corpora/RAF-DB/basic --layout raf-db --split test --group gender --group race

      attune eval vision --root ~/corpora/ferplus --layout ferplus --split dev --degraded --strength 0.7

      attune eval vision --root faces --layout folders --attributes people.csv --group age
    """
    from api.seeing import evaluate_faces, vision_layout
    from evals.vision import VisionPlan

    plan = VisionPlan(
        root=root.expanduser(),
        layout=vision_layout(layout),
        split=split,
        groups=tuple(dict.fromkeys(group or ())),
        attributes=attributes,
        crops=crops,
        cluster=cluster,
        limit=limit,
        seed=seed,
        resamples=resamples,
        degraded=strength if degraded else None,
    )
    with progress("faces") as tell:
        shown = evaluate_faces(plan, model=model, out=out, lang=lang, progress=tell)
    typer.echo(shown.json if as_json else "\n".join(shown.summary))
