"""`attune bench` as a person and a program meet it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.bench import bench_app
from evals.bench import Bench, Case, ColdCase, Outcome

pytestmark = pytest.mark.unit

run = CliRunner()
KEYS = {"bench", "machine", "yardstick", "cases", "ratios", "cold", "peak_memory_mb", "notes"}


def small_bench() -> Bench:
    abstains = Outcome(said="no_speech", judged=False)
    return Bench(
        name="text",
        cases=(
            Case(name="en", call=lambda: sum(range(1000))),
            Case(name="zh", call=lambda: sum(range(2000))),
            Case(name="silent", call=lambda: None, outcome=lambda _: abstains),
        ),
        pairs=(("zh", "en"),),
        cold=(ColdCase(name="en", stages="evals.bench.testing:hoarding_stages", arguments={"mebibytes": 1}),),
        notes=("a note with [brackets]",),
    )


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evals.bench.text_bench", small_bench)


def bench(*arguments: str) -> Any:
    result = run.invoke(bench_app, list(arguments))
    assert result.exit_code == 0, result.output
    return result


@pytest.mark.usefixtures("small")
def test_json_is_all_that_standard_output_holds() -> None:
    result = bench("text", "--runs", "3", "--cold", "1", "--json")
    shown = json.loads(result.stdout)
    assert set(shown) == KEYS
    assert set(shown["cases"]["en"]) >= {
        "unit", "median", "p95", "min", "runs", "cpu_median", "spread", "ratio_to_yardstick", "outcome", "judged"
    }  # fmt: skip
    assert set(shown["ratios"]) == {"zh / en"}
    assert list(shown["cold"]["en"]["stages_ms"]) == ["numpy", "hoard", "rest"]
    assert shown["peak_memory_mb"] > 5
    assert shown["machine"]["load"].keys() == {"start", "end"}
    assert result.stderr.splitlines()[0].strip().startswith("0%")


@pytest.mark.usefixtures("small")
def test_a_person_reads_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    result = bench("text", "--runs", "3", "--cold", "0")
    assert "zh / en" in result.stdout
    assert "silent (abstained)" in result.stdout
    assert "silent no_speech" in result.stdout
    assert "a note with [brackets]" in result.stdout
    assert "yardstick" in result.stdout
    assert "cold, ms" not in result.stdout


@pytest.mark.usefixtures("small")
def test_two_files_are_compared(tmp_path: Path) -> None:
    files = [str(tmp_path / f"{name}.json") for name in "ab"]
    for file in files:
        bench("text", "--runs", "5", "--cold", "1", "--out", file)
    shown = json.loads(bench("compare", *files, "--tolerance", "9", "--json").stdout)
    assert {change["name"]: change["verdict"] for change in shown["changes"]} == dict.fromkeys(
        ("en", "zh", "silent", "en, cold", "en, peak"), "same"
    )
    assert "0 of 5 changed beyond noise" in bench("compare", *files, "--tolerance", "9").stdout


def test_a_turn_prints_what_it_always_did() -> None:
    shown = json.loads(bench("turn", "--turns", "10", "--cold", "0", "--json").stdout)
    assert set(shown) == KEYS | {"overhead_ms", "growth", "conversation_ms", "db_bytes_per_turn", "turns"}
    assert {case["runs"] for case in shown["cases"].values()} == {10}


def main_fails(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """The line on standard error of the whole program."""
    from api.cli import main

    monkeypatch.setattr(sys, "argv", ["attune", "bench", *arguments])
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    monkeypatch.setenv("GOMP_SPINCOUNT", "0")
    with pytest.raises(SystemExit) as stopped:
        main()
    assert isinstance(stopped.value.code, str), "a message ends the program with exit code 1"
    assert "\n" not in stopped.value.code
    return stopped.value.code


def test_a_case_that_raises_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("evals.bench.text_bench", lambda: Bench(name="text", cases=[Case(name="odd", call=broken)]))
    line = main_fails(monkeypatch, "text", "--runs", "3")
    assert line == "attune: the case 'odd' failed: ZeroDivisionError: by zero"


@pytest.mark.usefixtures("small")
def test_a_file_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    line = main_fails(monkeypatch, "text", "--runs", "3", "--cold", "0", "--out", str(tmp_path))
    assert str(tmp_path) in line


def test_what_is_no_result_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("{}")
    assert "other.json" in main_fails(monkeypatch, "compare", str(other), str(other))


def test_a_picture_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "nowhere.jpg" in main_fails(monkeypatch, "vision", "--image", "nowhere.jpg")


@pytest.mark.parametrize("command", ["text", "audio", "vision", "turn", "compare"])
def test_help_teaches_by_example(command: str) -> None:
    assert f"Example: attune bench {command}" in bench(command, "--help").stdout


def test_what_is_made_of_the_senses_is_measured_part_by_part() -> None:
    shown = json.loads(bench("affect", "--runs", "3", "--json").stdout)
    assert list(shown["cases"]) == ["policy_and_fusion", "mood", "routing", "briefing", "all"]
    assert all(case["median"] > 0 for case in shown["cases"].values())
