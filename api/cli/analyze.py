"""`attune analyze`: emotion and sentiment of a whole table of texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.progress import progress


def analyze(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT", help="A table: .csv, .tsv, .jsonl (each also with .gz) or .parquet.", show_default=False
        ),
    ],
    text_column: Annotated[str, typer.Option(help="Column of the words.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The table to write; its ending says its format.", show_default=False)],
    report: Annotated[
        Path | None, typer.Option(help="Folder for report.html and report.json; they quote rows of the table.")
    ] = None,
    label_column: Annotated[
        str | None,
        typer.Option(
            help="Column of what rows should be felt as: happy, sad, angry, fear, surprise, disgust, neutral, or "
            "positive, neutral, negative, or these in Chinese. The report then says how often that is met."
        ),
    ] = None,
    group_column: Annotated[str | None, typer.Option(help="Column to compare by, such as product or channel.")] = None,
    time_column: Annotated[
        str | None,
        typer.Option(help="Column of the time: dates that begin with the year, or seconds since 1970."),
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of the words: auto (told from each row), en or zh.")] = "auto",
    model: Annotated[
        Path | None,
        typer.Option(
            help="A model of labels of your own, as `attune train text --data MY.csv` writes it; it adds columns.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--format", help="Of the input: csv, tsv, jsonl or parquet.", show_default="by its ending"),
    ] = None,
    encoding: Annotated[
        str, typer.Option(help="Of the input: utf-8, or gb18030 (GBK too). The output is always UTF-8.")
    ] = "utf-8",
    batch_size: Annotated[int, typer.Option(min=1, max=65536, help="Rows felt and made safe at a time.")] = 256,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start again: replace the output, and forget what was done.")
    ] = False,
    ui_lang: Annotated[
        str | None,
        typer.Option(help="Of the report and the summary: en or zh.", show_default="ATTUNE_LANG, else of the terminal"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON to standard output.")] = False,
) -> None:
    """Feel every row of a table: its columns come out with emotion, sentiment and scores beside them.

    The columns added are attune_status, attune_emotion, attune_confidence, attune_intensity, attune_sentiment, and the
    seven scores attune_happy to attune_neutral. Trust a row whose status is ok; uncertain is a guess, and any other
    status says why there is none. A row in is a row out, in order.

    With --model, attune_label, attune_label_confidence and attune_label_status follow: ok, uncertain (a guess), or why
    there is none.

    It may be stopped at any time, even killed: the same command goes on where it stopped, and the output is the same to
    the byte. Until it is whole it is called OUT.part, with OUT.progress.json beside it.

    A row that is broken stops nothing. It is written with its status, and what is wrong with it stands in
    OUT.errors.jsonl.

    Examples:
      attune analyze reviews.csv --text-column review --out felt.csv

      attune analyze tweets.jsonl.gz --text-column text --out felt.parquet --report runs/tweets --time-column created_at

      attune analyze survey.csv --text-column 留言 --group-column 城市 --out felt.csv --report runs/survey --ui-lang zh

      attune analyze dev.csv --text-column text --label-column label --out felt.csv --report runs/dev
    """
    from api.analyze import AnalyzePlan
    from api.analyze.values import Columns
    from api.analyzing import analyze_table

    plan = AnalyzePlan(
        source=source,
        out=out,
        columns=Columns(text=text_column, label=label_column, group=group_column, time=time_column),
        report=report,
        lang=None if lang == "auto" else lang,
        kind=kind,  # type: ignore[arg-type]  # the plan is checked before it is used
        encoding=encoding,
        batch_size=batch_size,
        model=model,
        fresh=fresh,
    )
    try:
        with progress("rows") as tell:
            shown = analyze_table(
                plan,
                ui_lang=ui_lang,
                tell=tell,
                resuming=lambda rows: typer.echo(f"going on after row {rows:,}", err=True),
            )
    except KeyboardInterrupt:
        typer.echo("stopped; the same command goes on from here", err=True)
        raise
    typer.echo(shown.json if as_json else "\n".join(shown.summary))
