"""The root command: what there is, and how errors reach a person."""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated, NoReturn

import typer

from api.cli.analyze import analyze
from api.cli.bench import bench_app
from api.cli.chat import chat
from api.cli.doctor import doctor
from api.cli.evaluate import eval_app
from api.cli.export import export
from api.cli.fit_fusion import fit_fusion
from api.cli.history import history_app
from api.cli.keys import keys_app
from api.cli.models import models_app
from api.cli.perceive import perceive
from api.cli.personas import personas_app
from api.cli.protocol import protocol_app
from api.cli.serve import serve
from api.cli.train import train_app

app = typer.Typer(
    name="attune",
    help="An agent that perceives emotion: in a face, in a voice, in words. Start with: attune chat",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(chat)
app.command()(perceive)
app.command()(analyze)
app.command()(export)
app.add_typer(history_app, name="history")
app.command()(serve)
app.command()(doctor)
app.command()(fit_fusion)
app.add_typer(personas_app, name="personas")
app.add_typer(models_app, name="models")
app.add_typer(keys_app, name="keys")
app.add_typer(protocol_app, name="protocol")
app.add_typer(train_app, name="train")
app.add_typer(eval_app, name="eval")
app.add_typer(bench_app, name="bench")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("attune-agent"))
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main() -> NoReturn:
    """Run a command; an expected error becomes one line on standard error and exit code 1."""
    # read once by OpenMP when llama.cpp loads: its idle threads would otherwise spin, and starve the senses
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    _print_what_can_be_printed()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from api.errors import expected_errors

        if not isinstance(error, expected_errors()):
            raise
        message = " ".join(str(error).split())
        sys.exit(f"attune: {message}")
    sys.exit(0)


def _print_what_can_be_printed() -> None:
    """Where the encoding of the terminal lacks a character, a `?` stands for it; nothing fails."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            try:
                "· → “ █ 你".encode(stream.encoding)
            except UnicodeEncodeError:
                stream.reconfigure(errors="replace")
