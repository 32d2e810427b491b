"""A person across their conversations: how they felt over time, and what of it is deleted for its age."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from api.errors import InputInvalid
from memory import AffectMemory, Pruned, TimelineBucket, TimelinePoint

if TYPE_CHECKING:
    from rich.table import Table

_ROWS: Final = 24
"""Stretches of time in a table."""
_POINTS: Final = 120
"""In a picture and in JSON."""
_NEWEST: Final = 200
"""Single turns in JSON, unless a limit is given."""

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "columns": "from,turns,emotion,valence,arousal,reliability",
        "nothing": "Nothing was said in this time.",
        "pruned": "Deleted: {turns:,} turns, {sessions:,} conversations, {users:,} people. Left: {size:.1f} MB.",
        "would": "Would delete: {turns:,} turns, {sessions:,} conversations, {users:,} people.",
        "sure": "Delete {turns:,} turns, {sessions:,} conversations of before {moment:%Y-%m-%d %H:%M} UTC for good?",
    },
    "zh": {
        "columns": "起始,轮次,情绪,效价,唤醒度,可靠度",
        "nothing": "这段时间没有对话。",
        "pruned": "已删除：{turns:,} 轮，{sessions:,} 次对话，{users:,} 人。文件占用 {size:.1f} MB。",
        "would": "将会删除：{turns:,} 轮，{sessions:,} 次对话，{users:,} 人。",
        "sure": "要永久删除 {moment:%Y-%m-%d %H:%M} UTC 之前的 {turns:,} 轮和 {sessions:,} 次对话吗？",
    },
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """What is asked for."""

    user_id: str
    """Whose."""
    since: datetime | None = None
    """From then on."""
    until: datetime | None = None
    """Before then."""
    limit: int | None = None
    """Single turns in JSON."""


def show_life(path: Path, asked: Stretch, *, as_json: bool, plot: Path | None, lang: str) -> None:
    """Show how somebody felt over time: a picture and JSON where they were asked for, otherwise a table.

    Raises:
        InputInvalid: nobody is called that, or the picture cannot be written.
        MemoryStoreError: the database cannot be read.
    """
    most = _POINTS if as_json or plot else _ROWS
    buckets, points = asyncio.run(_read(path, asked, most)) if path.exists() else ((), ())
    if plot is not None:
        from api.life_plot import plot_life

        plot_life(buckets, plot, since=asked.since, until=asked.until, lang=lang)
    if as_json:
        shown = {
            "user_id": asked.user_id,
            "since": asked.since.isoformat() if asked.since else None,
            "until": asked.until.isoformat() if asked.until else None,
            "turns": sum(bucket.turns for bucket in buckets),
            "buckets": [bucket.as_dict() for bucket in buckets],
            "points": [point.as_dict() for point in points],
        }
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    elif plot is not None:
        typer.echo(str(plot))
    elif buckets:
        from rich.console import Console

        Console(markup=False, highlight=False).print(_table(buckets, lang))
    else:
        typer.echo(_TEXTS[lang]["nothing"])


def prune(path: Path, moment: datetime, *, dry_run: bool, as_json: bool, yes: bool, lang: str) -> None:
    """Delete what began before a moment, with the checkpoints that belong to it; a person at a terminal is asked first.

    Raises:
        MemoryStoreError: the database cannot be written.
    """
    import sys

    done = asyncio.run(_prune(path, moment, dry_run=True)) if path.exists() else Pruned()
    if not dry_run and done:
        question = _TEXTS[lang]["sure"].format(moment=moment, **done.as_dict())
        if not yes and sys.stdin.isatty() and not typer.confirm(question, err=True):
            raise typer.Exit(1)
        done = asyncio.run(_prune(path, moment, dry_run=False))
    size = sum(file.stat().st_size for file in path.parent.glob(f"{path.stem}*"))
    if as_json:
        shown = {"older_than": moment.isoformat(), "dry_run": dry_run, **done.as_dict(), "bytes": size}
        typer.echo(json.dumps(shown))
    else:
        typer.echo(_TEXTS[lang]["would" if dry_run else "pruned"].format(size=size / 1e6, **done.as_dict()))


async def _read(path: Path, asked: Stretch, most: int) -> tuple[tuple[TimelineBucket, ...], tuple[TimelinePoint, ...]]:
    async with await AffectMemory.open(path) as memory:
        people = await memory.people()
        if asked.user_id not in people:
            some = ", ".join(repr(name) for name in people[:5]) or "nobody yet"
            raise InputInvalid(f"--user={asked.user_id!r}: nobody is called that; there are: {some}")
        within = {"since": asked.since, "until": asked.until}
        return (
            await memory.timeline_buckets(asked.user_id, most=most, **within),
            await memory.timeline(asked.user_id, limit=asked.limit or _NEWEST, **within),
        )


async def _prune(path: Path, moment: datetime, *, dry_run: bool) -> Pruned:
    from agent.checkpoints import open_checkpoints
    from agent.upkeep import drop_checkpoints

    async with await AffectMemory.open(path) as memory:
        done = await memory.prune(moment, dry_run=dry_run)
        if dry_run:
            return done
        if done and not await memory.shrinks():
            await memory.compact()
        beside = path.with_name(f"{path.stem}.checkpoints{path.suffix}")
        if beside.exists():
            async with open_checkpoints(beside) as checkpoints:
                await drop_checkpoints(memory, checkpoints, moment)
        return done


def _table(buckets: Sequence[TimelineBucket], lang: str) -> Table:
    from rich.table import Table

    from api.plot_style import namer

    name = namer(lang)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(_TEXTS[lang]["columns"].split(",")):
        table.add_column(column, justify="left" if place in (0, 2) else "right", no_wrap=True)
    days = (buckets[0].until - buckets[0].since).days
    for bucket in buckets:
        since = bucket.since if days else bucket.since.astimezone()
        cells: list[Any] = [f"{since:%Y-%m-%d}" if days else f"{since:%Y-%m-%d %H:%M}", f"{bucket.turns:,}"]
        if bucket.scores:
            top = f"{name(bucket.scores.top)} {bucket.scores.confidence:.2f}"
            felt = f"{bucket.scores.valence:+.2f}", f"{bucket.scores.arousal:+.2f}", f"{bucket.reliability:.2f}"
            table.add_row(*cells, top, *felt)
        else:
            table.add_row(*cells, "-", "-", "-", "-")
    return table
