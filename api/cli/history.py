"""`attune history`: what was said and felt, conversation by conversation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def history(
    session: Annotated[
        str | None, typer.Argument(help="A conversation: its id, the beginning of its id, or last.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    plot: Annotated[bool, typer.Option("--plot", help="Draw the conversation (by default the last one).")] = False,
    out: Annotated[Path | None, typer.Option(help="Where --plot draws: a file ending in .png, .svg or .pdf.")] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="How many of the latest; by default 20 conversations, or all turns."),
    ] = None,
    db: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The database; by default that of the settings.")
    ] = None,
) -> None:
    """List the conversations, or show one of them turn by turn.

    For example:

      attune history

      attune history last --json

      attune history 3f2a --plot --out mood.png
    """
    from api.errors import InputInvalid
    from api.past import show_sessions, show_turns

    if plot != (out is not None):
        raise InputInvalid("--plot and --out belong together: attune history last --plot --out mood.png")
    path = db or _database()
    if session is None and out is None:
        show_sessions(path, limit=limit or 20, as_json=as_json)
    else:
        show_turns(path, session or "last", limit=limit, as_json=as_json, plot=out)


def _database() -> Path:
    from api.settings import load_settings

    return load_settings().database
