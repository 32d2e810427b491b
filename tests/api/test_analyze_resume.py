"""A run that is stopped, anywhere, and goes on: the same bytes and the same report as one that was not."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from api.analyze import Analyzed, AnalyzePlan, analyze
from api.analyze.journal import Appended
from api.analyze.reading import open_source
from api.analyze.testing import Killed, WordScorer
from api.analyze.values import Columns, Position
from api.errors import InputInvalid

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
RUN = import_module("api.analyze.run")
ROWS = 47
BATCH = 10
COLUMNS = Columns(text="text", label="label", group="shop", time="day")


def rows() -> Iterator[dict[str, Any]]:
    names = ["happy", "sad", "angry\nand angry", "fear, really", 'so "disgust"', "nothing", "", "惊 surprise"]
    for i in range(ROWS):
        name = names[i % len(names)]
        yield {
            "text": f"{name} {i}" if name else "",
            "label": name[:5],
            "shop": f"s{i % 3}",
            "day": f"2026-01-{i % 28 + 1}",
        }


def make(path: Path) -> Path:
    if path.suffix == ".parquet":
        pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        pq.write_table(pa.Table.from_pylist(list(rows())), path, row_group_size=13)
        return path
    if ".jsonl" in path.name:
        lines = [json.dumps(row, ensure_ascii=False) for row in rows()]
        lines.insert(12, "{broken")
        lines.insert(30, "")
    else:
        lines = ["text,label,shop,day", *(",".join(f'"{_quoted(v)}"' for v in row.values()) for row in rows())]
        lines.insert(12, 'broken,"never closed')
        lines.insert(30, "")
    data = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def _quoted(value: str) -> str:
    return value.replace('"', '""')


def go(source: Path, out: Path, scorer: WordScorer | None = None, **options: Any) -> Analyzed:
    given: dict[str, Any] = {"columns": COLUMNS, "batch_size": BATCH, "report": out.parent / "report", **options}
    return analyze(AnalyzePlan(source=source, out=out, **given), scorer or WordScorer(), models={"model": "words-1"})


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(params=[".csv", ".csv.gz", ".jsonl", ".parquet"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return make(tmp_path / f"in{request.param}")


@pytest.fixture
def whole(source: Path, tmp_path: Path) -> dict[str, bytes]:
    """What a run that is never stopped leaves."""
    (tmp_path / "whole").mkdir()
    go(source, tmp_path / "whole" / f"out{''.join(source.suffixes)}")
    return everything(tmp_path / "whole")


def out_of(source: Path, tmp_path: Path) -> Path:
    (tmp_path / "stopped").mkdir(exist_ok=True)
    return tmp_path / "stopped" / f"out{''.join(source.suffixes)}"


@pytest.mark.parametrize("batch", range(5))
def test_killed_while_scoring(source: Path, whole: dict[str, bytes], tmp_path: Path, batch: int) -> None:
    out = out_of(source, tmp_path)
    with pytest.raises(Killed):
        go(source, out, WordScorer(fail_at=batch))
    assert not out.exists()
    scorer = WordScorer()
    found = go(source, out, scorer)
    assert found.resumed_at == BATCH * batch
    assert len(scorer.batches) == 5 - batch
    assert everything(out.parent) == whole


def test_killed_at_every_batch_of_one_run(source: Path, whole: dict[str, bytes], tmp_path: Path) -> None:
    out = out_of(source, tmp_path)
    for _ in range(4):
        with pytest.raises(Killed):
            go(source, out, WordScorer(fail_at=1))
    go(source, out)
    assert everything(out.parent) == whole


# the step, and which time it is taken
STEPS = [
    ("_fault_lines", 3),
    ("save", 0),
    ("save", 3),
    ("save", 5),
    ("make_report", 0),
    ("write_report", 0),
    ("finish_part", 0),
    ("forget", 0),
]


@pytest.mark.parametrize("source", [".csv", ".parquet"], indirect=True)
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("step", "at"), STEPS)
def test_killed_before_or_after_any_step(
    source: Path,
    whole: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    after: bool,
    at: int,
) -> None:
    out = out_of(source, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(RUN, step, deadly(getattr(RUN, step), at, after))
        with pytest.raises(Killed):
            go(source, out)
    if step == "forget" and after:
        assert everything(out.parent) == whole
        return
    go(source, out)
    assert everything(out.parent) == whole


def deadly(step: Callable[..., Any], at: int, after: bool) -> Callable[..., Any]:
    calls = 0

    def taken(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls - 1 == at and not after:
            raise Killed
        found = step(*arguments)
        if calls - 1 == at:
            raise Killed
        return found

    return taken


def test_what_is_behind_the_journal_is_cut_off(source: Path, whole: dict[str, bytes], tmp_path: Path) -> None:
    out = out_of(source, tmp_path)
    with pytest.raises(Killed):
        go(source, out, WordScorer(fail_at=2))
    for name in (".part", ".errors.jsonl.part"):
        with out.with_name(out.name + name).open("ab") as file:
            file.write(b"half of a batch that was nev")
    go(source, out)
    assert everything(out.parent) == whole


@pytest.fixture
def stopped(tmp_path: Path) -> tuple[Path, Path]:
    """A run that was stopped after two batches: its input and its output."""
    source = make(tmp_path / "in.csv")
    with pytest.raises(Killed):
        go(source, tmp_path / "out.csv", WordScorer(fail_at=2))
    return source, tmp_path / "out.csv"


def test_another_input_is_refused(stopped: tuple[Path, Path]) -> None:
    source, out = stopped
    with source.open("a") as file:
        file.write("sad,sad,s1,2026-01-01\n")
    with pytest.raises(InputInvalid, match=r"20 rows done.*size of the input changed from \d+ to \d+.*--fresh"):
        go(source, out)
    assert go(source, out, fresh=True).report["rows"]["total"] == ROWS + 2
    assert not out.with_name("out.csv.progress.json").exists()


def test_the_same_bytes_at_another_time_are_refused(stopped: tuple[Path, Path]) -> None:
    source, out = stopped
    os.utime(source, ns=(1, 1))
    with pytest.raises(InputInvalid, match="time the input was last changed"):
        go(source, out)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lang": "en"}, "--lang changed from 'auto' to 'en'"),
        ({"batch_size": 11}, "--batch-size changed from 10 to 11"),
        ({"columns": Columns(text="label")}, "--text-column changed from 'text' to 'label'"),
        ({"columns": Columns(text="text", label="label", group="shop")}, "--time-column changed from 'day' to None"),
    ],
)
def test_other_settings_are_refused(stopped: tuple[Path, Path], options: dict[str, Any], message: str) -> None:
    source, out = stopped
    with pytest.raises(InputInvalid) as error:
        go(source, out, **options)
    assert message in str(error.value)
    # and nothing was lost by it
    assert go(source, out).resumed_at == 20


def test_another_model_is_refused(stopped: tuple[Path, Path]) -> None:
    source, out = stopped
    plan = AnalyzePlan(source=source, out=out, columns=COLUMNS, batch_size=BATCH)
    with pytest.raises(InputInvalid, match="model changed from 'words-1' to 'words-2'"):
        analyze(plan, WordScorer(), models={"model": "words-2"})


def test_a_damaged_journal_and_a_lost_part_are_told(stopped: tuple[Path, Path]) -> None:
    source, out = stopped
    journal, part = out.with_name("out.csv.progress.json"), out.with_name("out.csv.part")
    kept = journal.read_bytes()
    journal.write_bytes(kept[:100])
    with pytest.raises(InputInvalid, match=r"damaged.*--fresh"):
        go(source, out)
    journal.write_bytes(kept)
    part.unlink()
    with pytest.raises(InputInvalid, match=r"shorter.*--fresh"):
        go(source, out)
    assert go(source, out, fresh=True).resumed_at == 0


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    source = make(tmp_path / "in.csv")

    class Second(WordScorer):
        def __call__(self, utterances: Any) -> Any:
            with pytest.raises(InputInvalid, match="another attune analyze"):
                go(source, tmp_path / "out.csv")
            return super().__call__(utterances)

    scorer = Second()
    go(source, tmp_path / "out.csv", scorer)
    assert len(scorer.batches) == 5


def test_an_input_that_changes_while_it_is_read(tmp_path: Path) -> None:
    source = make(tmp_path / "in.csv")

    class Meddler(WordScorer):
        def __call__(self, utterances: Any) -> Any:
            os.utime(source, ns=(1, 1))
            return super().__call__(utterances)

    with pytest.raises(InputInvalid, match="changed while it was read"):
        go(source, tmp_path / "out.csv", Meddler())


def test_a_full_disk_is_named_and_can_be_gone_on_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make(tmp_path / "in.csv")
    append, calls = Appended.append, 0

    def full(self: Appended, data: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls == 6:
            self._file.write(data[:7])
            raise OSError(28, "No space left on device")
        append(self, data)

    with monkeypatch.context() as patched:
        patched.setattr(Appended, "append", full)
        with pytest.raises(InputInvalid, match=r"out\.csv': No space left on device; make room.*goes on"):
            go(source, tmp_path / "out.csv")
    assert go(source, tmp_path / "out.csv").resumed_at == 20
    (tmp_path / "whole").mkdir()
    go(source, tmp_path / "whole" / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole" / "out.csv").read_bytes()


def test_batches_are_read_only_when_they_are_wanted(source: Path, tmp_path: Path) -> None:
    plan = AnalyzePlan(source=source, out=tmp_path / "out.jsonl", columns=COLUMNS, batch_size=BATCH)
    with open_source(plan) as opened:
        batches = opened.batches(Position())
        first = next(batches)
        second = next(batches)
    assert [row.number for row in first.rows] == list(range(1, 11))
    with open_source(plan) as opened:
        again = next(opened.batches(first.end))
    assert list(again.rows) == list(second.rows)
    assert again.content.objects() == second.content.objects()


SLOWLY = """
import sys, time
from pathlib import Path
from api.analyze import AnalyzePlan, analyze
from api.analyze.testing import WordScorer
from api.analyze.values import Columns

scorer = WordScorer()
def slow(utterances):
    time.sleep(0.05)
    return scorer(utterances)
source, out = map(Path, sys.argv[1:])
columns = Columns(text="text", label="label", group="shop", time="day")
analyze(AnalyzePlan(source=source, out=out, columns=columns, batch_size=1), slow, models={"model": "words-1"})
"""


@pytest.mark.parametrize("source", [".csv"], indirect=True)
def test_a_real_kill_in_the_middle(source: Path, tmp_path: Path) -> None:
    out, journal = out_of(source, tmp_path), tmp_path / "stopped" / f"out{source.suffix}.progress.json"
    with subprocess.Popen([sys.executable, "-c", SLOWLY, str(source), str(out)], cwd=ROOT) as process:
        until = time.monotonic() + 120
        while not journal.exists() and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not out.exists()
    done = json.loads(journal.read_bytes())["rows"]
    assert 0 < done < ROWS
    assert go(source, out, batch_size=1).resumed_at == done
    (tmp_path / "other").mkdir()
    go(source, tmp_path / "other" / out.name, batch_size=1)
    assert everything(out.parent) == everything(tmp_path / "other")
