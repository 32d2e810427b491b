"""`attune train text`: the text models, from corpora; or labels of one's own, from one table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from api.cli.progress import progress
from api.cli.train_options import (
    RUNS,
    Again,
    AsJson,
    Changes,
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

_OF_FOLDERS: Final = {
    "experiment": "--experiment",
    "change": "--set",
    "minutes": "--budget-minutes",
    "runs": "--runs",
    "final": "--final",
    "again": "--again",
    "ledger": "--ledger",
}
_OF_TABLES: Final = {
    "text_column": "--text-column",
    "label_column": "--label-column",
    "group_column": "--group-column",
    "lang": "--lang",
    "encoding": "--encoding",
    "risk": "--risk",
    "out": "--out",
}


def text(
    context: typer.Context,
    data: Annotated[
        Path,
        typer.Option(
            "--data",
            help="A table with labels of your own: .csv, .tsv, .jsonl (each also with .gz) or .parquet; or the folder "
            "of the corpora, to train the models of the text sense.",
            exists=True,
            show_default=False,
        ),
    ],
    text_column: Annotated[str, typer.Option(help="Column of the words.")] = "text",
    label_column: Annotated[
        str, typer.Option(help="Column of the labels: 2 to 50 different ones, in any language.")
    ] = "label",
    group_column: Annotated[
        str | None,
        typer.Option(
            help="Column of what rows of one kind come from, such as the author or the product: none is both trained "
            "and measured on.",
        ),
    ] = None,
    lang: Annotated[
        Literal["auto", "en", "zh"],
        typer.Option(help="Language of the words: auto (told from each row), en or zh."),
    ] = "auto",
    encoding: Annotated[str, typer.Option(help="Of the table: utf-8, or gb18030 (GBK too).")] = "utf-8",
    risk: Annotated[
        float,
        typer.Option(
            min=0.01,
            max=0.99,
            help="Part of the answers that may be wrong; the model abstains where it is less sure.",
        ),
    ] = 0.2,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The model to write, .npz; its card (.md), .report.json and .confusion.png come beside it.",
            show_default="TABLE-labels.npz, here",
        ),
    ] = None,
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
    """Learn labels of your own from a table, or train the English and Chinese text models from corpora.

    With a table, the text sense stays as it is, and a calibrated linear model of your labels is learned on what it says
    of each row, and on n-grams: positive and negative, stars, intents, or the seven emotions as you mean them. That
    takes seconds to minutes, and no PyTorch. A label needs 5 different texts; a few hundred a label make it good.
    15 % of the rows are kept apart and measured on; copies are found, and never are in both. It says how good the same
    model is on n-grams alone, so that you see what the text sense brings. --fresh replaces an earlier model.

    With a folder, the experiments of the text sense run on GoEmotions, SMP2020-EWECT and whatever else is there.

    Examples:
      attune train text --data reviews.csv --text-column review --label-column stars --out stars.npz

      attune analyze more.csv --text-column review --model stars.npz --out labelled.csv

      attune train text --data 工单.csv --text-column 内容 --label-column 类别 --group-column 客户 --lang zh

      attune train text --data ~/corpora --experiment text-en-tfidf
    """
    if data.is_dir():
        _refuse(context, _OF_TABLES, f"is for a table, and --data {str(data)!r} is a folder; name a file in it")
        orders = make_orders(data, runs, minutes, policy, fresh=fresh, final=final, again=again, ledger=ledger)
        run_sense("text", orders, experiment, change, seed, as_json=as_json)
        return
    _refuse(context, _OF_FOLDERS, f"is for experiments on a folder of corpora, and --data {str(data)!r} is a table")
    from api.own_labels import OwnPlan, learn_table, print_learned

    plan = OwnPlan(
        data=data,
        text_column=text_column,
        label_column=label_column,
        group_column=group_column,
        lang=None if lang == "auto" else lang,
        encoding=encoding,
        risk=risk,
        seed=seed or 0,
        policy=policy,
        out=out,
        fresh=fresh,
    )
    with progress("labels", lines="changes") as tell:
        learned, files = learn_table(plan, tell)
    print_learned(learned, files, as_json=as_json)


def _refuse(context: Any, options: dict[str, str], why: str) -> None:
    from api.errors import InputInvalid

    typed = [
        option
        for name, option in options.items()
        if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE"
    ]
    if typed:
        raise InputInvalid(f"{typed[0]} {why}")
