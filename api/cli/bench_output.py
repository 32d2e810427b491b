"""How a bench is run from the command line, and how its result is shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from api.cli.progress import Tell, progress

if TYPE_CHECKING:
    from rich.table import Table

    from evals.bench import Bench, BenchResult
    from evals.bench.compare import Comparison


def counted(tell: Tell) -> Callable[[int, int, str], None]:
    """The same, told how many of how many."""
    return lambda done, total, now: tell(done / max(1, total), now)


def measure(make: Callable[[], Bench], *, runs: int, cold: int, as_json: bool, out: Path | None) -> None:
    """Make a bench, measure it with a progress bar, and show the result.

    Raises:
        BenchFailed: a case raised.
        InputInvalid: `out` cannot be written.
    """
    from evals.bench import run_bench

    with progress("loading") as tell:
        result = run_bench(make(), runs=runs, cold_runs=cold, progress=counted(tell))
    show(result, result.as_dict(), (), as_json=as_json, out=out)


def write_json(shown: Mapping[str, Any], *, as_json: bool, out: Path | None) -> bool:
    """Write to a file or to standard output where that is wanted; tells whether standard output is spoken for.

    Raises:
        InputInvalid: the file cannot be written.
    """
    from api.errors import InputInvalid

    text = json.dumps(shown, ensure_ascii=False, indent=2)
    if out is not None:
        try:
            out.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise InputInvalid(f"cannot write {str(out)!r} ({error.strerror}); choose another --out") from error
    if as_json:
        typer.echo(text)
    return as_json


def show(
    result: BenchResult, shown: Mapping[str, Any], lines: Sequence[str], *, as_json: bool, out: Path | None
) -> None:
    """Write JSON where it is wanted, else tables for a person, with further lines under them."""
    if write_json(shown, as_json=as_json, out=out):
        return
    from rich.console import Console

    console = Console()
    console.print(_cases(result))
    for table in (_ratios(result), _cold(result)):
        if table.row_count:
            console.print()
            console.print(table)
    console.print()
    for line in (*lines, *_weather(result), *result.notes):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def show_comparison(comparison: Comparison) -> None:
    """Print a row for each case, and what changed beyond noise in colour."""
    from rich.console import Console
    from rich.text import Text

    table = _table("case", "unit", "first", "second", "CPU", "interval", "wall", "")
    for each in comparison.changes:
        interval = "" if each.cpu_low is None else f"{each.cpu_low:.2f} to {each.cpu_high:.2f}"
        cpu, wall = (f"x {value:.2f}" if value is not None else "" for value in (each.cpu, each.wall))
        style = "green" if each.verdict in {"faster", "less memory"} else "" if each.verdict == "same" else "yellow"
        verdict = Text(each.note or each.verdict.value, style=style)
        table.add_row(each.name, each.unit, _number(each.first), _number(each.second), cpu, interval, wall, verdict)
    console = Console()
    console.print(table)
    console.print()
    for line in (f"{len(comparison.changed)} of {len(comparison.changes)} changed beyond noise", *comparison.notes):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _cases(result: BenchResult) -> Table:
    table = _table("case", "unit", "median", "p95", "min", "spread", "CPU", "yardsticks")
    for name, each in result.cases.items():
        numbers = (_number(each.median), _number(each.p95), _number(each.min), f"{each.spread:.0%}")
        shown = f"{name} (abstained)" if each.judged is False else name
        table.add_row(shown, each.unit.value, *numbers, _number(each.cpu_median), _number(each.ratio_to_yardstick))
    return table


def _ratios(result: BenchResult) -> Table:
    table = _table("ratio", "wall", "interval", "CPU", "interval")
    for name, each in result.ratios.items():
        wall, cpu = f"{each.low:.2f} to {each.high:.2f}", f"{each.cpu_low:.2f} to {each.cpu_high:.2f}"
        table.add_row(name, f"x {each.median:.2f}", wall, f"x {each.cpu_median:.2f}", cpu)
    return table


def _cold(result: BenchResult) -> Table:
    stages = list(dict.fromkeys(stage for each in result.cold.values() for stage in each.stages_ms))
    table = _table("cold, ms", *(stage.replace("_", " ") for stage in stages), "all", "CPU", "peak MiB", "grown")
    for name, each in result.cold.items():
        times = (_number(each.stages_ms.get(stage)) for stage in stages)
        memory = (_number(each.peak_memory_mb), _number(each.growth_mb))
        table.add_row(name, *times, _number(each.total_ms), _number(each.cpu_ms), *memory)
    return table


def _weather(result: BenchResult) -> Iterator[str]:
    said = {name: each.outcome for name, each in result.cases.items() if each.outcome}
    if said:
        yield "answers: " + "; ".join(f"{name} {outcome}" for name, outcome in said.items())
    stick, machine = result.yardstick, result.machine
    load = machine["load"]
    yield (
        f"yardstick {stick.median_ms:.2f} ms, waited {stick.waited:.0%} of its time; "
        f"load {load['start']} to {load['end']} on {machine['cores']} cores, {machine['processor']}"
    )
    yield from stick.notes


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        words = column in {"unit", ""}
        table.add_column(column, justify="right" if place and not words else "left", no_wrap=column != "")
    return table


def _number(value: float | None) -> str:
    """Three significant digits, without an exponent."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
