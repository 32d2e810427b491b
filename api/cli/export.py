"""`attune export`: everything that is kept of a person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    user: Annotated[str, typer.Argument(help="Whose; local is who talks in this terminal.")] = "local",
    out: Annotated[
        Path | None, typer.Option(help="A file ending in .jsonl, .csv or .json; with --json it may be left out.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Only from then on: 90d, 12h, 2w, or a day (2026-03-01).")] = None,
    until: Annotated[str | None, typer.Option(help="Only before then.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the rows as JSON; with --out, what was written instead.")
    ] = False,
    corrections: Annotated[
        bool,
        typer.Option(
            "--corrections", help="Only turns with the emotion the person said they felt, where they agreed to that."
        ),
    ] = False,
    db: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The database; by default that of the settings.")
    ] = None,
) -> None:
    """Write every row of a person: sessions with their receipts of consent, turns, affect and observations.

    For example:

      attune export --out mine.jsonl

      attune export ann --out ann.csv --since 30d

      attune export --corrections --out labels.jsonl
    """
    import json
    import sys

    from api.errors import InputInvalid
    from api.exporting import export_file, export_labelled, export_stream
    from api.moments import moment_of
    from api.settings import load_settings

    if out is None and not as_json:
        raise InputInvalid("an export needs a file: attune export --out mine.jsonl (or --json to print it)")
    database = db or load_settings().database
    if corrections:
        if since or until:
            raise InputInvalid("--corrections takes no --since and no --until; choose among its rows by `at`")
        labels = export_labelled(database, user, out, sys.stdout.buffer)
        if out is not None:
            shown = {"user_id": user, "out": str(out), "rows": {"label": labels}}
            typer.echo(json.dumps(shown, ensure_ascii=False) if as_json else f"{out}: {labels:,} labelled turns")
        return
    first = moment_of(since, "--since") if since else None
    last = moment_of(until, "--until") if until else None
    if out is None:
        export_stream(database, user, sys.stdout.buffer, since=first, until=last)
        return
    rows = export_file(database, user, out, since=first, until=last).rows
    if as_json:
        typer.echo(json.dumps({"user_id": user, "out": str(out), "rows": rows}, ensure_ascii=False))
    else:
        typer.echo(f"{out}: {rows.get('session', 0):,} sessions, {rows.get('turn', 0):,} turns")
