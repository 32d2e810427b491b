"""Past conversations, read from memory and shown in a terminal, as JSON or as a picture."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from memory import AffectMemory, SessionRecord, SessionUnknown, TurnRecord
from perception import Affect

if TYPE_CHECKING:
    from rich.table import Table

_ID_SHOWN: Final = 8
_SAID_SHOWN: Final = 48


def show_sessions(path: Path, *, limit: int, as_json: bool, user_id: str | None = None) -> None:
    """List the latest conversations of everybody, or of one person, newest first."""
    found = asyncio.run(_sessions(path, user_id, limit)) if path.exists() else []
    if as_json:
        _print_json([session.as_dict() for session, _ in found])
    elif found:
        _print(_sessions_table(found))
    else:
        typer.echo("No conversations yet. Begin one with: attune chat")


def show_turns(path: Path, name: str, *, limit: int | None, as_json: bool, plot: Path | None) -> None:
    """Show one conversation: a picture and JSON where they were asked for, otherwise a table.

    Raises:
        SessionUnknown: no conversation is called like that.
        SessionAmbiguous: several are.
        InputInvalid: the picture cannot be written.
    """
    # looking must not leave an empty database behind
    if not path.exists():
        raise SessionUnknown(name)
    session, turns = asyncio.run(_turns(path, name, limit))
    if plot is not None:
        from api.plots import plot_history

        plot_history(turns, plot, lang=session.lang or "en")
    if as_json:
        _print_json([turn.as_dict() for turn in turns])
    elif plot is not None:
        typer.echo(str(plot))
    else:
        _print(_turns_table(session, turns))


async def _sessions(path: Path, user_id: str | None, limit: int) -> list[tuple[SessionRecord, tuple[TurnRecord, ...]]]:
    """Sessions, each with its last turn."""
    async with await AffectMemory.open(path) as memory:
        sessions = await memory.sessions(user_id=user_id, limit=limit)
        return [(session, await memory.recent_turns(session.session_id, 1)) for session in sessions]


async def _turns(path: Path, name: str, limit: int | None) -> tuple[SessionRecord, tuple[TurnRecord, ...]]:
    async with await AffectMemory.open(path) as memory:
        session = await memory.find_session(name)
        return session, await memory.history(session.session_id, limit=limit)


def _sessions_table(found: Sequence[tuple[SessionRecord, tuple[TurnRecord, ...]]]) -> Table:
    table = _table("session", "started", "persona", "turns", "last emotion")
    table.columns[3].justify = "right"
    # as much of each id as tells them apart, so that what is read here can be typed
    shown = _shown_ids([session.session_id for session, _ in found])
    for (session, last), session_id in zip(found, shown, strict=True):
        turns = str(last[0].number) if last else "0"
        feeling = _feeling(last[0].affect) if last else "-"
        table.add_row(
            session_id,
            f"{session.started_at.astimezone():%Y-%m-%d %H:%M}",
            session.persona.partition(":")[0],
            turns,
            feeling,
        )
    return table


def _shown_ids(ids: Sequence[str]) -> list[str]:
    length = _ID_SHOWN
    while len({session_id[:length] for session_id in ids}) < len(ids):
        length += 1
    return [session_id[:length] for session_id in ids]


def _turns_table(session: SessionRecord, turns: Sequence[TurnRecord]) -> Table:
    table = _table("", "time", "persona", "said", "emotion", "valence", "senses")
    table.title = f"{session.session_id}, begun {session.started_at.astimezone():%Y-%m-%d %H:%M}"
    table.columns[0].justify = table.columns[5].justify = "right"
    for column in table.columns[:3]:
        column.no_wrap = True
    for turn in turns:
        scores = turn.affect.scores if turn.affect else None
        table.add_row(
            str(turn.number),
            f"{turn.started_at.astimezone():%H:%M}",
            turn.persona.partition(":")[0],
            _shortened(turn.user_text or turn.transcript),
            _feeling(turn.affect),
            f"{scores.valence:+.2f}" if scores else "-",
            _senses(turn.affect),
        )
    return table


def _senses(affect: Affect | None) -> str:
    """The senses by weight, then those that had none, with why."""
    if affect is None:
        return "-"
    heard = sorted((share for share in affect.shares if share.weight > 0), key=lambda share: -share.weight)
    silent = [share for share in affect.shares if share.weight <= 0]
    weights = [f"{share.modality} {share.weight:.0%}" for share in heard]
    return ", ".join([*weights, *(f"{share.modality}: {share.reason}" for share in silent)]) or "-"


def _feeling(affect: Affect | None) -> str:
    return f"{affect.scores.top} {affect.scores.confidence:.2f}" if affect and affect.scores else "-"


def _shortened(text: str) -> str:
    # what came over a socket must not steer the terminal
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _SAID_SHOWN else f"{line[: _SAID_SHOWN - 1].rstrip()}…"


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    for column in columns:
        table.add_column(column)
    return table


def _print(table: Table) -> None:
    from rich.console import Console

    # what people said may hold square brackets: it is text, not markup
    Console(markup=False, highlight=False, emoji=False).print(table)


def _print_json(value: list[dict[str, Any]]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
