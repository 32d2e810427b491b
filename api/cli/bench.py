"""`attune bench`: what things cost here.

A bench of `evals.bench` becomes a command with a short function: options, an example in the docstring, and `measure`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.bench_output import counted, measure, show, write_json
from api.cli.progress import progress

bench_app = typer.Typer(
    help=(
        "Measure what things cost on this machine: time warm and cold, processor time, peak memory.\n\n"
        "A fixed yardstick is measured between the runs. Each figure is also told as a ratio to it, which can be "
        "compared with another day or another machine, busy or not.\n\n"
        "Example: attune bench text --out before.json, then again with --out after.json, then "
        "attune bench compare before.json after.json"
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)

Runs = Annotated[int, typer.Option("--runs", min=3, help="Samples of each case.")]
Cold = Annotated[int, typer.Option("--cold", min=0, help="Fresh processes for each cold case; 0 leaves them out.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write JSON to a file, which `bench compare` reads.")]
Result = Annotated[Path, typer.Argument(help="A file that --out wrote.", show_default=False)]


@bench_app.command()
def text(runs: Runs = 20, cold: Cold = 5, as_json: AsJson = False, out: Out = None) -> None:
    """The text sense: short and long utterances in English and Chinese, and rows a minute.

    Example: attune bench text --runs 40 --out text.json
    """
    from evals.bench import text_bench

    measure(text_bench, runs=runs, cold=cold, as_json=as_json, out=out)


@bench_app.command()
def audio(runs: Runs = 20, cold: Cold = 5, as_json: AsJson = False, out: Out = None) -> None:
    """The audio sense: real-time factor for clips of 3 and 30 seconds, and of its parts.

    Where opensmile is installed, eGeMAPS is measured in turns with it.

    Example: attune bench audio --cold 0
    """
    from evals.bench import audio_bench

    measure(audio_bench, runs=runs, cold=cold, as_json=as_json, out=out)


@bench_app.command()
def vision(
    image: Annotated[Path | None, typer.Option(help="A picture with a face; one is drawn when left out.")] = None,
    runs: Runs = 20,
    cold: Cold = 5,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """The vision sense: detectors, classifier and all of it on a frame of 640 x 480.

    Example: attune bench vision --image me.jpg --json
    """
    from evals.bench import vision_bench
    from perception.media import read_image

    picture = read_image(image).pixels if image else None
    measure(lambda: vision_bench(picture), runs=runs, cold=cold, as_json=as_json, out=out)


@bench_app.command()
def turn(
    turns: Annotated[int, typer.Option(min=10, help="Length of the conversation.")] = 1000,
    cold: Cold = 5,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Attune's own overhead per turn, and what a turn adds to the database.

    One conversation with words, a picture and a recording in every turn, on a real SQLite file; the chat model and the
    senses are test doubles that take no time.

    Example: attune bench turn --turns 300
    """
    import asyncio
    import tempfile

    from evals.bench import bench_turn

    with tempfile.TemporaryDirectory(prefix="attune-bench-") as folder, progress("turns") as tell:
        done = asyncio.run(bench_turn(Path(folder), turns=turns, cold_runs=cold, progress=counted(tell)))
    growth, grown = done.growth, done.db_bytes_per_turn
    lines = (
        f"turn {turns} takes {growth:.2f} times what turn 1 does",
        f"the database grows by {grown:.0f} bytes a turn",
    )
    show(done.result, done.as_dict(), lines, as_json=as_json, out=out)


@bench_app.command()
def compare(
    first: Result,
    second: Result,
    tolerance: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=10.0,
            help="Change that counts as none, as a part.",
            show_default="0.15, or 0.25 where others ran",
        ),
    ] = None,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Compare two results of the same bench, in yardsticks, and mark what changed beyond noise.

    Example: attune bench compare before.json after.json
    """
    from api.cli.bench_output import show_comparison
    from evals.bench.compare import compare_results

    comparison = compare_results(first, second, tolerance=tolerance)
    if not write_json(comparison.as_dict(), as_json=as_json, out=out):
        show_comparison(comparison)
