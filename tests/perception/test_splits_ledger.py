"""The test split is touched once a release, and whoever does it again says why."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perception.training.errors import LedgerDamaged, TestTouched, TrainingError
from perception.training.splits import TestLedger, Touch

pytestmark = pytest.mark.unit


def touch(
    ledger: TestLedger, *, release: str = "0.1.0", splits: str = "ab12", run: str = "r1", reason: str = ""
) -> Touch:
    return ledger.touch(release=release, splits=splits, model="vision-cnn", sha256="c0ffee", run=run, reason=reason)


@pytest.fixture
def ledger(tmp_path: Path) -> TestLedger:
    return TestLedger(tmp_path / "new" / "ledger.jsonl")


def test_the_first_touch_is_recorded(ledger: TestLedger) -> None:
    assert ledger.touches() == ()
    touched = touch(ledger, run="vision-cnn/ab12")
    today = datetime.now(UTC).date()
    assert touched.sentence() == (f"test touched for release 0.1.0 on {today} by run vision-cnn/ab12 (first time)")
    assert ledger.touches() == (touched,)
    assert touched.at.tzinfo is not None


def test_the_second_is_refused_and_nothing_added(ledger: TestLedger) -> None:
    first = touch(ledger, run="vision-cnn/ab12")
    before = ledger.path.read_bytes()
    with pytest.raises(
        TestTouched, match=r"on \d{4}-\d\d-\d\d by run vision-cnn/ab12 \(first time\), with model 'vision-cnn'"
    ):
        touch(ledger, run="vision-cnn/other")
    with pytest.raises(TestTouched, match="or give a reason"):
        touch(ledger, reason="   ")
    assert ledger.path.read_bytes() == before
    assert ledger.touches() == (first,)


def test_a_reason_is_recorded_and_said(ledger: TestLedger) -> None:
    touch(ledger)
    again = touch(ledger, run="r2", reason="labels of 12 rows were wrong 标注有误")
    assert again.time == 2
    assert again.sentence().endswith("by run r2 (time 2, because: labels of 12 rows were wrong 标注有误)")
    assert ledger.touches()[1] == again
    with pytest.raises(TestTouched, match="by run r2"):
        touch(ledger)
    assert touch(ledger, reason="once more").time == 3


def test_another_release_and_another_split_are_touched_for_the_first_time(ledger: TestLedger) -> None:
    touch(ledger)
    assert touch(ledger, release="0.2.0").time == 1
    assert touch(ledger, splits="cd34").time == 1
    assert len(ledger.touches()) == 3


def test_a_reason_for_the_first_touch_does_no_harm(ledger: TestLedger) -> None:
    assert touch(ledger, reason="why not").sentence().endswith("(first time)")


def test_lines_are_json_and_those_before_are_never_changed(ledger: TestLedger) -> None:
    touch(ledger)
    before = ledger.path.read_bytes()
    touch(ledger, release="0.2.0")
    after = ledger.path.read_bytes()
    assert after.startswith(before)
    assert [json.loads(line)["release"] for line in after.splitlines()] == ["0.1.0", "0.2.0"]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (b"{nonsense\n", "line 2: not a touch .*Invalid JSON"),
        (b'{"release": "0.1.0"}\n', "line 2: not a touch .at: "),
        (b"\xff\xfe\n", "line 2: not a touch"),
        (b"\n", "line 2: not a touch"),
        (b'{"at": "2026-11-', "line 2: not a touch .it was cut off while being written"),
    ],
)
def test_a_damaged_line_is_named_and_stops_every_touch(ledger: TestLedger, damage: bytes, said: str) -> None:
    touch(ledger)
    whole = ledger.path.read_bytes()
    ledger.path.write_bytes(whole + damage)
    with pytest.raises(LedgerDamaged, match=said) as caught:
        touch(ledger, release="0.2.0", reason="any")
    assert repr(str(ledger.path)) in str(caught.value)
    assert "Bring the line back" in str(caught.value)
    with pytest.raises(LedgerDamaged):
        ledger.touches()
    assert ledger.path.read_bytes() == whole + damage
    ledger.path.write_bytes(whole)
    assert touch(ledger, release="0.2.0").time == 1


def test_of_many_at_once_one_is_first(ledger: TestLedger) -> None:
    def attempt(number: int) -> bool:
        try:
            touch(ledger, run=f"r{number}")
        except TestTouched:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(32))) == 1
    assert len(ledger.touches()) == 1


def test_processes_that_write_at_once_lose_no_line(ledger: TestLedger) -> None:
    script = (
        "import sys; from pathlib import Path; from perception.training.splits import TestLedger\n"
        "for i in range(20): TestLedger(Path(sys.argv[1])).touch("
        "release=f'{sys.argv[2]}.{i}', splits='ab', model='m', sha256='c', run='r')"
    )
    started = [subprocess.Popen([sys.executable, "-c", script, str(ledger.path), str(n)]) for n in range(3)]
    assert [process.wait() for process in started] == [0, 0, 0]
    assert len({each.release for each in ledger.touches()}) == 60


def test_what_it_raises_is_an_error_of_training() -> None:
    assert issubclass(TestTouched, TrainingError)
    assert issubclass(LedgerDamaged, TrainingError)
