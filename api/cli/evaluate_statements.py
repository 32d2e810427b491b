"""`attune eval statements`."""

from __future__ import annotations

from typing import Annotated

import typer


def statements(
    split: Annotated[str, typer.Option(help="Of the texts: test, dev (which may be tuned on), or all.")] = "test",
    written_in: Annotated[
        str | None, typer.Option(help="Only texts in this language: en or zh.", show_default="both")
    ] = None,
    failures: Annotated[
        bool, typer.Option("--failures", help="List what was expected and what was found, for each failure.")
    ] = False,
    min_f1: Annotated[float | None, typer.Option(min=0.0, max=1.0, help="Exit with code 1 where F1 is lower.")] = None,
    lang: Annotated[
        str | None, typer.Option(help="Of what is shown: en or zh.", show_default="ATTUNE_LANG, else of the terminal")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome, with every failure, as JSON.")] = False,
) -> None:
    """What people say of their own feeling ("I'm not angry", 我没生气), on texts that ship; no data of yours is needed.

    Half of the texts state or deny a feeling; the others only look so: others' feelings, questions, conditions,
    quotations, the past, set phrases. F1 is micro-averaged over (text, emotion, stated or denied).

    Examples:
      attune eval statements --min-f1 0.90

      attune eval statements --written-in zh --failures
    """
    from api.stating import evaluate_stated

    shown = evaluate_stated(split=split, written_in=written_in, failures=failures, lang=lang)
    typer.echo(shown.json if as_json else "\n".join(shown.summary))
    if min_f1 is not None and shown.f1 < min_f1:
        typer.echo(f"F1 {shown.f1:.3f} is below --min-f1 {min_f1:.3f}", err=True)
        raise typer.Exit(1)
