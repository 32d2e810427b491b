"""`attune bench`: what things cost here.

A bench of `evals.bench` becomes a command with a short function: options, an example in the docstring, and `measure`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.bench_output import counted, measure, show, write_json
from api.cli.progress import progress

if TYPE_CHECKING:
    from agent.chat_models import ChatModel

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
def affect(runs: Runs = 20, as_json: AsJson = False, out: Out = None) -> None:
    """What Attune makes of what the senses said: policy and fusion, mood, routing, the briefing of the chat model.

    Example: attune bench affect --runs 40
    """
    from evals.bench import affect_bench

    measure(affect_bench, runs=runs, cold=0, as_json=as_json, out=out)


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
def history(
    turns: Annotated[int, typer.Option(min=1000, help="Of the person with the long history.")] = 100_000,
    runs: Runs = 20,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """Memory when one person has talked for years: timelines, the mood of a turn, pruning, the size of the database.

    Example: attune bench history --turns 20000 --json
    """
    import tempfile

    from evals.bench import bench_history

    with progress("turns written") as tell, tempfile.TemporaryDirectory(prefix="attune-bench-") as folder:
        done = bench_history(Path(folder), turns=turns, runs=runs, progress=counted(tell))
    size, left = f"{done.db_bytes / 1e6:,.1f} MB", f"{done.db_bytes_pruned / 1e6:,.1f} MB"
    lines = (
        f"{done.turns:,} turns in {done.sessions:,} sessions: {size}, {done.db_bytes / done.turns:,.0f} bytes a turn",
        f"{done.in_range:,} turns are in the range",
        f"pruning {done.pruned_turns:,} turns took {done.prune_seconds:.1f} s and left {left}",
        f"a turn that was written meanwhile took {done.longest_write_ms:.0f} ms at most",
    )
    show(done.result, done.as_dict(), lines, as_json=as_json, out=out)


@bench_app.command()
def stream(
    minutes: Annotated[int, typer.Option(min=2, max=1440, help="Of sound; it goes faster than it sounds.")] = 60,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """A voice felt while it comes in: processor time a second of sound, and memory from the first minute to the last.

    Example: attune bench stream --minutes 60 --json
    """
    from evals.bench import bench_stream

    with progress("minutes") as tell:
        done = bench_stream(minutes, progress=counted(tell))
    if write_json(done.as_dict(), as_json=as_json, out=out):
        return
    typer.echo(f"{done.seconds / 60:.0f} minutes of voice, {done.estimates} estimates, {done.utterances} utterances")
    typer.echo(f"processor time: {done.cpu_rtf:.3f} s for each second of sound ({done.model})")
    typer.echo(
        f"memory: {done.memory_mb[0]:.0f} MB after one minute, {done.memory_mb[-1]:.0f} MB at the end "
        f"({done.growth - 1:+.1%}), {max(done.memory_mb):.0f} MB at most"
    )


@bench_app.command()
def live(
    seconds: Annotated[float, typer.Option(min=1.0, max=3600.0, help="For which a camera is shown.")] = 10.0,
    image: Annotated[Path | None, typer.Option(help="A picture with a face; one is drawn when left out.")] = None,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """The live link: 30 pictures a second offered while the embedded chat model replies.

    Where no chat model was downloaded, a thread multiplies matrices in its place.

    Example: attune bench live --seconds 60 --json
    """
    from evals.bench import bench_live
    from perception.media import read_image

    picture = read_image(image).pixels if image else None
    with progress("seconds") as tell:
        done = bench_live(seconds, picture, chat_model=_embedded_chat_model(), progress=counted(tell))
    if write_json(done.as_dict(), as_json=as_json, out=out):
        return
    frames, age = done.statistics, done.age_ms(95)
    typer.echo(f"{done.seconds:.0f} s beside {done.beside}: {done.a_second:.1f} updates a second, {done.shown} shown")
    typer.echo("no update" if age is None else f"age from the capture: p95 {age:.0f} ms")
    typer.echo(f"{frames.offered} pictures offered, {frames.dropped} dropped, {frames.failed} failed")
    typer.echo(f"memory: {done.memory_mb[0]:.0f} MB once settled, {done.memory_mb[1]:.0f} MB at the end")


@bench_app.command()
def load(
    sessions: Annotated[int, typer.Option(min=1, max=5000, help="Text sessions at the same time.")] = 200,
    live: Annotated[int, typer.Option(min=0, max=1000, help="Sessions beside them with a picture a second.")] = 0,
    seconds: Annotated[float, typer.Option(min=1.0, max=86400.0, help="Of talking.")] = 60.0,
    think: Annotated[float, typer.Option(min=0.0, max=600.0, help="Mean pause of a person, seconds.")] = 8.0,
    senses: Annotated[str, typer.Option(help="Senses with their models, with commas: vision,audio,text.")] = "",
    storm: Annotated[bool, typer.Option("--storm", help="In the end, let all clients drop and come back.")] = False,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """A server under many clients: its own overhead a turn, lost frames, memory.

    A server in a process of its own, with a chat model that keeps a timetable (0.35 s to the first piece, then 40
    pieces a second): what a turn takes beyond it is Attune's. Senses that are not named are test doubles that take no
    time. Clients and server share this machine.

    Example: attune bench load --sessions 200 --senses text --storm --json
    """
    import asyncio

    from api.errors import InputInvalid
    from api.load import LoadPlan, bench_load

    real = tuple(name for part in senses.split(",") if (name := part.strip()))
    if unknown := sorted(set(real) - {"vision", "audio", "text"}):
        raise InputInvalid(f"--senses: there is no sense {unknown[0]!r}; there are vision, audio and text")
    plan = LoadPlan(sessions=sessions, live=live, seconds=seconds, think_s=think, senses=real, storm=storm)
    with progress("seconds") as tell:
        done = asyncio.run(bench_load(plan, progress=counted(tell)))
    if not write_json(done.as_dict(), as_json=as_json, out=out):
        for line in done.lines():
            typer.echo(line)


@bench_app.command()
def fuzz(
    frames: Annotated[int, typer.Option(min=1, max=10_000_000, help="To send.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="Of the frames.")] = 0,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """A server under frames that no client should send: malformed, mutilated, out of order.

    It must answer each with an error or as it should, live on, and not grow.

    Example: attune bench fuzz --frames 20000 --json
    """
    import asyncio

    from api.load import bench_fuzz

    with progress("frames") as tell:
        done = asyncio.run(bench_fuzz(frames, seed=seed, progress=counted(tell)))
    if not write_json(done.as_dict(), as_json=as_json, out=out):
        for line in done.lines():
            typer.echo(line)


@bench_app.command()
def kills(
    turns: Annotated[int, typer.Option(min=1, max=1_000_000, help="To have in all.")] = 1000,
    times: Annotated[int, typer.Option("--kills", min=1, max=10_000, help="At random moments.")] = 100,
    clients: Annotated[int, typer.Option(min=1, max=1000, help="That talk at the same time.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="Of the moments.")] = 0,
    as_json: AsJson = False,
    out: Out = None,
) -> None:
    """A server that is killed (SIGKILL) while clients talk to it, and started again.

    Afterwards every reply that came whole must be in the database as it came, no half one may pass for whole, and no
    client may wait in vain; otherwise the exit code is 1.

    Example: attune bench kills --turns 1000 --kills 100 --json
    """
    import asyncio

    from api.load import bench_kills

    with progress("kills") as tell:
        done = asyncio.run(bench_kills(turns, times, clients=clients, seed=seed, progress=counted(tell)))
    if not write_json(done.as_dict(), as_json=as_json, out=out):
        for line in done.lines():
            typer.echo(line)
    if not done.kept:
        raise typer.Exit(1)


def _embedded_chat_model() -> ChatModel | None:
    """The best that is here; None where there is none."""
    from agent.chat_models import available_memory, choose_chat_model
    from perception import ModelError
    from perception.models import ModelStore

    try:
        return choose_chat_model(
            base_url=None, api_key=None, model=None, embedded=None, store=ModelStore(), memory_bytes=available_memory()
        )
    except ModelError:
        return None


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
