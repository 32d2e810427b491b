"""`attune bench`: what things cost here."""

from __future__ import annotations

from typing import Annotated

import typer

bench_app = typer.Typer(help="Measure what things cost on this machine.", no_args_is_help=True, rich_markup_mode=None)


@bench_app.callback()
def _bench() -> None:
    pass


@bench_app.command()
def turn(
    turns: Annotated[int, typer.Option(min=10, help="Length of the conversation.")] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Attune's own overhead per turn, and what a turn adds to the database.

    One conversation with words, a picture and a recording in every turn, on a real SQLite file; the chat model and the
    senses are test doubles that take no time.
    """
    import asyncio
    import json
    import sys
    import tempfile
    from pathlib import Path

    from rich.console import Console
    from rich.progress import Progress

    from evals.bench import bench_turn, describe_machine

    with (
        tempfile.TemporaryDirectory(prefix="attune-bench-") as folder,
        Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar,
    ):
        task = bar.add_task("turns", total=turns)
        result = asyncio.run(
            bench_turn(Path(folder), turns=turns, progress=lambda done: bar.update(task, completed=done))
        )
    shown = {**result.as_dict(), "turns": turns, "machine": describe_machine()}
    if as_json:
        typer.echo(json.dumps(shown, indent=2))
        return
    typer.echo(f"turn 1     {result.first_ms:6.2f} ms")
    typer.echo(f"turn {turns:<5} {result.last_ms:6.2f} ms   ({shown['growth']} times the first)")
    typer.echo(f"all turns  {result.median_ms:6.2f} ms median, {result.p95_ms:.2f} ms at the 95th percentile")
    typer.echo(f"database   {result.db_bytes_per_turn:6.0f} bytes a turn")
