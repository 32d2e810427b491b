"""`attune history`: what was said and felt, conversation by conversation or over time, and what of it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from datetime import datetime

Database = Annotated[
    Path | None,
    typer.Option("--db", exists=True, dir_okay=False, help="The database; by default that of the settings."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class _ShowUnlessTold(TyperGroup):
    """`attune history last` is `attune history show last`: a conversation may be named without a word before it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        told = bool(args) and args[0] in self.commands
        return super().parse_args(ctx, args if told else ["show", *args])


history_app = typer.Typer(
    cls=_ShowUnlessTold, help="What was said and felt, one conversation or over time.", rich_markup_mode=None
)


@history_app.command("show")
def history(
    session: Annotated[
        str | None, typer.Argument(help="A conversation: its id, the beginning of its id, or last.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    plot: Annotated[bool, typer.Option("--plot", help="Draw the conversation (by default the last one).")] = False,
    out: Annotated[Path | None, typer.Option(help="Where --plot draws: a file ending in .png, .svg or .pdf.")] = None,
    user: Annotated[str | None, typer.Option(help="Whose conversations; with --plot, drawn over time.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Over time, across conversations, from then on: 90d, 12h, 2w, or 2026-03-01.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Before then.")] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="How many of the latest; by default 20 conversations, or all turns."),
    ] = None,
    db: Database = None,
) -> None:
    """List the conversations, show one of them turn by turn, or a person over time.

    For example:

      attune history

      attune history last --json

      attune history 3f2a --plot --out mood.png

      attune history --user local --since 30d --plot --out month.png

      attune history prune --older-than 90d
    """
    from api.errors import InputInvalid
    from api.past import show_sessions, show_turns

    if plot != (out is not None):
        raise InputInvalid("--plot and --out belong together: attune history last --plot --out mood.png")
    over_time = bool(since or until or (user and plot))
    if session is not None and (user or over_time):
        raise InputInvalid(
            f"a conversation ({session!r}) has one person and one time: leave out --user, --since, --until"
        )
    path = db or _database()
    if over_time:
        from api.lifetime import Stretch, show_life

        asked = Stretch(
            user_id=user or "local", since=_moment(since, "--since"), until=_moment(until, "--until"), limit=limit
        )
        show_life(path, asked, as_json=as_json, plot=out, lang=_lang())
    elif session is None and out is None:
        show_sessions(path, user_id=user, limit=limit or 20, as_json=as_json)
    else:
        show_turns(path, session or "last", limit=limit, as_json=as_json, plot=out)


@history_app.command("prune")
def prune(
    older_than: Annotated[
        str, typer.Option("--older-than", help="Delete turns that began before then: 90d, 12h, 2w, or 2026-03-01.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how much that is.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
    db: Database = None,
) -> None:
    """Delete old turns for good, and the conversations and people of whom nothing is left; the files shrink.

    A setting does it every day: ATTUNE_RETAIN_DAYS.

    Example: attune history prune --older-than 90d --dry-run
    """
    from api.lifetime import prune as delete
    from api.moments import moment_of

    moment = moment_of(older_than, "--older-than")
    delete(db or _database(), moment, dry_run=dry_run, as_json=as_json, yes=yes, lang=_lang())


def _moment(text: str | None, option: str) -> datetime | None:
    from api.moments import moment_of

    return moment_of(text, option) if text else None


def _database() -> Path:
    from api.settings import load_settings

    return load_settings().database


def _lang() -> str:
    from api.settings import load_settings
    from api.terminal.texts import terminal_language

    return load_settings().lang or terminal_language()
