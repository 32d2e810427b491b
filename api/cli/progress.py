"""How far long work has come, on standard error: a bar for a person, lines for a log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import typer

Tell = Callable[[float, str], None]
"""Told the part done, in [0, 1], and a few words about it."""
Lines = Literal["tenths", "changes", "none"]
"""Where there is no terminal: a line for each tenth, for each change of the words, or nothing."""


@contextmanager
def progress(what: str, *, lines: Lines = "tenths") -> Iterator[Tell]:
    """A bar with the time left on a terminal, else lines."""
    if not sys.stderr.isatty():
        yield {"tenths": _tenths, "changes": _changes, "none": _nothing}[lines]()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (BarColumn(bar_width=24), TaskProgressColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    words = TextColumn("{task.description}", markup=False)
    with Progress(*columns, words, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda part, now: bar.update(task, completed=part, description=now)


def _tenths() -> Tell:
    told = -1

    def tell(part: float, now: str) -> None:
        nonlocal told
        if (tenth := int(10 * part + 1e-9)) > told:
            told = tenth
            typer.echo(f"{10 * tenth:3}% {now}", err=True)

    return tell


def _changes() -> Tell:
    last = ""

    def tell(part: float, now: str) -> None:
        nonlocal last
        if now != last:
            typer.echo(f"{part:4.0%} {now}", err=True)
        last = now

    return tell


def _nothing() -> Tell:
    return lambda _part, _now: None
