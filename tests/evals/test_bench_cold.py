"""Fresh processes: what they measure, and what they are not fooled by."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import cv2
import pytest

from evals.bench import Bench, ColdCase, Meter, describe_machine, run_bench
from evals.bench.cold import run_cold
from evals.bench.machine import load_average
from evals.bench.testing import FakeClock, fake_yardstick
from evals.bench.threads import on_cores, one_thread
from evals.errors import BenchFailed

pytestmark = pytest.mark.unit

STAGES = "evals.bench.testing"


def hoard(mebibytes: int, *, pause: float = 0.0) -> ColdCase:
    told = {"mebibytes": mebibytes, "pause": pause}
    return ColdCase(name="hoard", stages=f"{STAGES}:hoarding_stages", arguments=told)


def test_peak_memory_sees_what_was_taken_and_let_go_again() -> None:
    large, small = run_cold(hoard(200)), run_cold(hoard(1))
    assert large.growth_mb == pytest.approx(200, abs=15)
    assert small.growth_mb == pytest.approx(1, abs=15)


def test_peak_memory_is_not_that_of_the_parent() -> None:
    program = (
        "from evals.bench.cold import run_cold\n"
        "from evals.bench.case import ColdCase\n"
        "held = bytearray(b'x') * (300 * 2**20)\n"
        f"case = ColdCase(name='hoard', stages='{STAGES}:hoarding_stages', arguments={{'mebibytes': 1}})\n"
        "print(run_cold(case).peak_mb)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 150


def test_stages_are_told_in_order_without_the_uncounted() -> None:
    run = run_cold(hoard(1, pause=2.0))
    assert list(run.stages) == ["numpy", "hoard", "rest"]
    assert run.seconds == sum(run.stages.values())
    assert run.stages["rest"] < 2.0
    assert run.cpu > 0


def test_cold_cases_are_summed_up_over_processes() -> None:
    clock = FakeClock()
    meter = Meter(clock=clock, yardstick=fake_yardstick(clock, 0.001))
    result = run_bench(Bench(name="fake", cold=[hoard(40)]), cold_runs=2, meter=meter)
    figures = result.cold["hoard"]
    assert figures.runs == 2
    assert figures.total_ms == pytest.approx(sum(figures.stages_ms.values()), rel=0.5)
    assert figures.ratio_to_yardstick == pytest.approx(figures.total_ms, rel=0.5)
    assert result.peak_memory_mb == figures.peak_memory_mb
    assert figures.growth_mb is not None
    assert figures.growth_mb > 25


@pytest.mark.parametrize(
    ("stages", "reason"),
    [
        (f"{STAGES}:failing_stages", "RuntimeError: the weights are gone"),
        (f"{STAGES}:leaving_stages", "ended its process"),
        (f"{STAGES}:nothing_such", "nothing_such"),
        ("evals.bench.nowhere:stages", "evals.bench.nowhere"),
    ],
)
def test_a_process_that_fails_is_named_with_the_reason(stages: str, reason: str) -> None:
    with pytest.raises(BenchFailed, match="'broken'") as caught:
        run_cold(ColdCase(name="broken", stages=stages))
    assert reason in str(caught.value)


def test_the_door_leaves_what_is_measured_for_later() -> None:
    program = (
        "import sys, json, numpy, evals.bench\n"
        "heavy = {'perception', 'agent', 'scipy', 'cv2', 'librosa', 'onnxruntime', 'pydantic', 'asyncio', 'rich'}\n"
        "print(json.dumps(sorted(heavy & set(sys.modules))))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_the_machine_is_described() -> None:
    machine = describe_machine(load_at_start=0.25)
    assert machine["cores"] >= 1
    assert machine["libraries"]["numpy"]
    assert machine["load"] == {"start": 0.25, "end": load_average()}
    assert json.loads(json.dumps(machine)) == machine


def test_threads_are_given_back() -> None:
    before = cv2.getNumThreads()
    with one_thread():
        assert cv2.getNumThreads() == 1
    assert cv2.getNumThreads() == before


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not bind threads to cores")
def test_cores_are_given_back() -> None:
    before = os.sched_getaffinity(0)
    with on_cores(1) as kept:
        assert len(os.sched_getaffinity(0)) == kept == 1
    assert os.sched_getaffinity(0) == before
