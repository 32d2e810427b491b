"""Two results beside each other: what counts as a change, and what cannot be compared."""

from __future__ import annotations

import json
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from evals.bench import Bench, Case, Meter, Outcome, run_bench
from evals.bench.compare import Change, compare_results
from evals.bench.testing import FakeClock, fake_yardstick
from evals.errors import ResultUnreadable

pytestmark = pytest.mark.unit


def write(
    path: Path, *seconds: float, slowness: float = 1.0, waiting: float = 1.0, judged: bool = True, **changed: Any
) -> Path:
    """A result of one case that takes these seconds, on a machine so much slower, that waits so much longer."""
    clock = FakeClock()
    yardstick = fake_yardstick(clock, 0.01 * slowness * waiting, cpu=0.01 * slowness)
    meter = Meter(clock=clock, yardstick=yardstick)
    outcome = Outcome(said="ok" if judged else "no_speech", judged=judged)
    turns = cycle(seconds)

    def call() -> None:
        spent = next(turns) * slowness
        clock.pass_time(spent * waiting, cpu=spent)

    case = Case(name="clip", call=call, outcome=lambda _: outcome)
    shown = run_bench(Bench(name="audio", cases=[case]), runs=12, meter=meter).as_dict()
    path.write_text(json.dumps({**shown, **changed}))
    return path


def only(first: Path, second: Path, **options: float) -> Change:
    (change,) = compare_results(first, second, **options).changes
    return change


def test_the_same_is_the_same(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", 0.1, 0.11, 0.12)
    change = only(path, path)
    assert change.verdict == "same"
    assert change.cpu == change.wall == 1.0
    assert compare_results(path, path).changed == ()
    assert compare_results(path, path).notes == ()


def test_slower_code_is_slower_and_the_other_way_round(tmp_path: Path) -> None:
    fast, slow = write(tmp_path / "a.json", 0.1), write(tmp_path / "b.json", 0.15)
    assert only(fast, slow).verdict == "slower"
    assert only(fast, slow).cpu == pytest.approx(1.5)
    assert only(slow, fast).verdict == "faster"


def test_a_slower_machine_is_not_slower_code(tmp_path: Path) -> None:
    here, there = write(tmp_path / "a.json", 0.1), write(tmp_path / "b.json", 0.1, slowness=3.0)
    change = only(here, there)
    assert change.second == pytest.approx(3 * change.first)
    assert change.verdict == "same"


def test_a_change_within_the_tolerance_is_none(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.json", 0.1), write(tmp_path / "b.json", 0.11)
    assert only(first, second).verdict == "same"
    assert only(first, second, tolerance=0.05).verdict == "slower"


def test_a_change_within_noise_is_none(tmp_path: Path) -> None:
    first = write(tmp_path / "a.json", 0.1, 0.2, 0.3, 0.15)
    second = write(tmp_path / "b.json", 0.13, 0.26, 0.39, 0.2)
    change = only(first, second)
    assert change.cpu == pytest.approx(1.3, abs=0.1)
    assert change.cpu_low is not None
    assert change.cpu_low < 1
    assert change.verdict == "same"


def test_wall_time_is_not_judged_on_a_busy_machine(tmp_path: Path) -> None:
    quiet, busy = write(tmp_path / "a.json", 0.1), write(tmp_path / "b.json", 0.1, waiting=2.0)
    assert any("busy" in note for note in compare_results(quiet, busy).notes)
    assert only(quiet, busy).verdict == "same"


def test_more_is_tolerated_on_a_busy_machine(tmp_path: Path) -> None:
    first = write(tmp_path / "a.json", 0.1)
    second, busy = write(tmp_path / "b.json", 0.12), write(tmp_path / "c.json", 0.12, waiting=1.2)
    assert only(first, second).verdict == "slower"
    assert only(first, busy).verdict == "same"
    assert only(first, busy, tolerance=0.1).verdict == "slower"


def test_waiting_counts_where_both_machines_were_quiet(tmp_path: Path) -> None:
    first = write(tmp_path / "a.json", 0.1)
    shown = json.loads(first.read_text())
    for name in ("ratio_to_yardstick", "ratio_low", "ratio_high"):
        shown["cases"]["clip"][name] *= 2
    second = tmp_path / "b.json"
    second.write_text(json.dumps(shown))
    change = only(first, second)
    assert (change.cpu, change.wall, change.verdict) == (1.0, 2.0, "slower")


def test_a_judgement_is_not_compared_with_abstaining(tmp_path: Path) -> None:
    change = only(write(tmp_path / "a.json", 0.1), write(tmp_path / "b.json", 0.01, judged=False))
    assert change.verdict == "cannot be compared"
    assert "no_speech" in change.note


def test_cold_cases_and_their_memory_are_compared(tmp_path: Path) -> None:
    ratios = {f"{kind}{end}": 40.0 for kind in ("ratio", "cpu_ratio") for end in ("_to_yardstick", "_low", "_high")}
    cold = [{"clip_3s": {**ratios, "total_ms": 400.0, "peak_memory_mb": memory}} for memory in (100.0, 180.0)]
    first, second = (write(tmp_path / f"{i}.json", 0.1, cold=each) for i, each in enumerate(cold))
    verdicts = {change.name: change.verdict.value for change in compare_results(first, second).changes}
    assert verdicts == {"clip": "same", "clip_3s, cold": "same", "clip_3s, peak": "more memory"}


def test_what_differs_beside_the_figures_is_told(tmp_path: Path) -> None:
    first = write(tmp_path / "a.json", 0.1)
    shown = json.loads(first.read_text())
    shown["machine"]["processor"] = "Other"
    shown["machine"]["libraries"]["numpy"] = "1.0"
    shown["cases"] = {"new": shown["cases"]["clip"]}
    second = tmp_path / "b.json"
    second.write_text(json.dumps(shown))
    comparison = compare_results(first, second)
    notes = "; ".join(comparison.notes)
    assert all(
        words in notes for words in ("Other here", "numpy", "only in the first: clip", "only in the second: new")
    )
    assert comparison.changes == ()
    assert json.loads(json.dumps(comparison.as_dict()))["bench"] == "audio"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "no result of a bench"),
        ('{"bench": "text"}', "no result of a bench"),
        ('{"overhead_ms": {"turn_1": 10.0}, "turns": 1000, "machine": {}}', "bench: Field required"),
        (None, "cannot read"),
    ],
)
def test_a_file_that_is_no_result_is_named(tmp_path: Path, content: str | None, reason: str) -> None:
    good, bad = write(tmp_path / "a.json", 0.1), tmp_path / "bad.json"
    if content is not None:
        bad.write_text(content)
    with pytest.raises(ResultUnreadable, match=r"bad\.json") as caught:
        compare_results(good, bad)
    assert reason in str(caught.value)


def test_results_of_different_benches_are_not_compared(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.json", 0.1), write(tmp_path / "b.json", 0.1, bench="text")
    with pytest.raises(ResultUnreadable, match="compare two of the same"):
        compare_results(first, second)
