"""`attune eval fusion`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.progress import progress


def fusion(
    data: Annotated[Path, typer.Option(help="Folder of the corpora: face, voice and text.", show_default=False)],
    weights: Annotated[
        Path | None, typer.Option(help="A gated network of attune train fusion, to compare with.")
    ] = None,
    cache: Annotated[Path, typer.Option(help="Folder where what the senses say is kept.")] = Path("runs/cache"),
    out: Annotated[Path | None, typer.Option(help="File for the report as JSON.")] = None,
    pairs: Annotated[int, typer.Option(min=70, help="Of each condition.")] = 1050,
    resamples: Annotated[int, typer.Option(min=1, help="Of the bootstrap.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of pairing and bootstrap.")] = 0,
    lang: Annotated[
        str | None, typer.Option(help="en or zh.", show_default="ATTUNE_LANG, else of the terminal")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """What fusing the senses is worth, on synthetic pairs: a face, a voice and a sentence of one label.

    Late fusion against each sense alone, the log-linear pool against the linear one, and a gated network against late
    fusion: clean, and with each sense corrupted, missing or in conflict. Paired bootstrap intervals, all pairs of a
    face drawn together. Nobody felt a pair, so the figures say which way is better, not how good it is.

    Example:
      attune eval fusion --data ~/corpora --weights runs/fusion-gated/seed0/fusion-gated-1.onnx
    """
    import json

    from api.evaluating import shown_language
    from api.settings import load_settings
    from api.single import write_or_print
    from evals.fusion import evaluate_fusion, summary_lines

    shown_in = shown_language(lang, load_settings())
    with progress("items", lines="changes") as tell:
        found = evaluate_fusion(data, cache, weights=weights, pairs=pairs, resamples=resamples, seed=seed, tell=tell)
    report = json.dumps(found.as_dict(), indent=2)
    if out is not None:
        write_or_print(report, out)
    typer.echo(report if as_json else "\n".join(summary_lines(found, shown_in)))
