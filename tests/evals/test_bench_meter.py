"""The arithmetic of the harness, on a clock that does as it is told."""

from __future__ import annotations

import numpy as np
import pytest

from evals.bench import Bench, BenchResult, Case, Meter, Outcome, Unit, run_bench
from evals.bench.harness import LEAST, measure_warm, ratios
from evals.bench.statistics import median_interval, ratio_interval, spread
from evals.bench.testing import FakeClock, fake_yardstick
from evals.bench.yardstick import Yardstick
from evals.errors import BenchFailed

pytestmark = pytest.mark.unit


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def meter_on(clock: FakeClock, *yardstick: float, log: list[str] | None = None) -> Meter:
    return Meter(clock=clock, yardstick=fake_yardstick(clock, *(yardstick or (0.01,)), log=log))


def measured(clock: FakeClock, *cases: Case, runs: int = 4, pairs: tuple[tuple[str, str], ...] = ()) -> BenchResult:
    return run_bench(Bench(name="fake", cases=cases, pairs=pairs), runs=runs, meter=meter_on(clock))


def test_cases_run_in_turns_with_the_yardstick_between_any_two(clock: FakeClock) -> None:
    log: list[str] = []
    cases = [Case(name=name, call=clock.taking(1.0, log=log, name=name)) for name in "AB"]
    measure_warm(cases, meter_on(clock, log=log), runs=3)
    measured_part = log[log.index("yardstick") :]
    assert measured_part == ["yardstick", *("A", "yardstick", "B", "yardstick") * 3]


def test_median_percentile_best_and_spread_of_the_samples(clock: FakeClock) -> None:
    # two calls warm the case up: it is called once, and once more to see how long it takes
    seconds = (9.0, 9.0, 0.1, 0.2, 0.3, 0.4)
    case = measured(clock, Case(name="A", call=clock.taking(*seconds))).cases["A"]
    assert case.median == pytest.approx(250)
    assert case.min == pytest.approx(100)
    assert case.p95 == pytest.approx(385)
    assert case.spread == pytest.approx(0.15 / 0.25)
    assert (case.runs, case.calls) == (4, 1)


def test_a_sample_is_set_against_the_yardstick_right_before_and_after_it(clock: FakeClock) -> None:
    meter = meter_on(clock, 1.0, 3.0, 5.0)
    for _ in range(2):
        meter.gauge()
        with meter.timing("A"):
            clock.pass_time(8.0)
    meter.gauge()
    series = meter.series("A")
    assert series.yardstick.tolist() == pytest.approx([2.0, 4.0])
    assert series.ratio.tolist() == pytest.approx([4.0, 2.0])


def test_a_sample_after_the_last_reading_is_set_against_that_one(clock: FakeClock) -> None:
    meter = meter_on(clock, 2.0)
    meter.gauge()
    with meter.timing("A"):
        clock.pass_time(8.0)
    assert meter.series("A").ratio.tolist() == pytest.approx([4.0])


def test_each_part_of_the_yardstick_counts_alike(clock: FakeClock) -> None:
    meter = Meter(clock=clock, yardstick=Yardstick(parts={"long": clock.taking(4.0), "short": clock.taking(0.25)}))
    meter.gauge()
    assert meter.yardstick.tolist() == pytest.approx([1.0])


def test_a_machine_twice_as_slow_leaves_the_ratio_as_it_is() -> None:
    found = []
    for slowness in (1.0, 2.0):
        clock = FakeClock()
        meter = meter_on(clock, 0.01 * slowness)
        case = Case(name="A", call=clock.taking(0.08 * slowness))
        found.append(run_bench(Bench(name="fake", cases=[case]), runs=5, meter=meter).cases["A"])
    quiet, busy = found
    assert busy.median == pytest.approx(2 * quiet.median)
    assert busy.ratio_to_yardstick == pytest.approx(quiet.ratio_to_yardstick) == pytest.approx(8.0)


def test_waiting_shows_between_wall_and_processor_time(clock: FakeClock) -> None:
    case = measured(clock, Case(name="A", call=clock.taking(0.4, cpu=0.1))).cases["A"]
    assert case.median == pytest.approx(400)
    assert case.cpu_median == pytest.approx(100)
    assert case.cpu_ratio_to_yardstick == pytest.approx(10)


def test_a_yardstick_that_waited_tells_of_a_busy_machine(clock: FakeClock) -> None:
    meter = Meter(clock=clock, yardstick=fake_yardstick(clock, 0.02, cpu=0.01))
    result = run_bench(Bench(name="fake", cases=[Case(name="A", call=clock.taking(0.1))]), runs=3, meter=meter)
    assert result.yardstick.waited == pytest.approx(0.5)
    assert result.yardstick.median_ms == pytest.approx(20)
    assert any("busy" in note for note in result.as_dict()["notes"])


def test_a_short_call_is_repeated_and_its_sample_is_the_mean(clock: FakeClock) -> None:
    case = measured(clock, Case(name="A", call=clock.taking(LEAST / 10))).cases["A"]
    assert case.calls == pytest.approx(10, abs=1)
    assert case.median == pytest.approx(LEAST / 10 * 1000)


def test_a_disturbed_warm_up_does_not_make_a_short_call_a_long_one(clock: FakeClock) -> None:
    # the first call is the warm-up, the second is disturbed
    case = measured(clock, Case(name="A", call=clock.taking(LEAST / 4, LEAST * 2, LEAST / 4, LEAST / 4))).cases["A"]
    assert case.calls == 4


@pytest.mark.parametrize(
    ("unit", "amount", "median", "best"),
    [(Unit.MS, 4.0, 500.0, 250.0), (Unit.RTF, 4.0, 0.5, 0.25), (Unit.ROWS, 4.0, 120.0, 240.0)],
)
def test_units_tell_the_time_for_a_piece_of_work(
    clock: FakeClock, unit: Unit, amount: float, median: float, best: float
) -> None:
    case = Case(name="A", call=clock.taking(2.0, 2.0, 1.0, 2.0, 4.0), unit=unit, amount=amount)
    found = measured(clock, case, runs=3).cases["A"]
    assert found.median == pytest.approx(median)
    assert found.min == pytest.approx(best)
    assert found.ratio_to_yardstick == pytest.approx(0.5 / 0.01)


def test_the_slow_end_of_a_rate_is_a_low_rate(clock: FakeClock) -> None:
    found = measured(clock, Case(name="A", call=clock.taking(1.0, 2.0, 3.0), unit=Unit.ROWS)).cases["A"]
    assert found.p95 < found.median < found.min


def test_the_ratio_of_two_cases_has_an_interval_that_noise_of_both_does_not_widen(clock: FakeClock) -> None:
    meter = meter_on(clock)
    for weather in np.random.default_rng(0).uniform(1, 5, 40):
        for name, seconds in (("A", 0.3), ("B", 0.1)):
            meter.gauge()
            with meter.timing(name):
                clock.pass_time(seconds * weather)
    ratio = ratios([("A", "B")], meter)["A / B"]
    assert ratio.median == pytest.approx(3)
    assert (ratio.low, ratio.high) == pytest.approx((3, 3))
    assert ratio.cpu_median == pytest.approx(3)
    assert ratio.runs == 40


def test_a_sense_that_abstains_is_not_told_as_one_that_judged(clock: FakeClock) -> None:
    silent = Outcome(said="no_speech", judged=False)
    case = Case(name="clip", call=clock.taking(0.1), outcome=lambda _: silent)
    result = measured(clock, case, Case(name="other", call=clock.taking(0.1)), pairs=(("clip", "other"),))
    assert result.cases["clip"].judged is False
    assert result.cases["clip"].outcome == "no_speech"
    assert result.cases["other"].judged is None
    assert result.ratios == {}
    assert any("clip" in note for note in result.notes)


def test_a_case_that_raises_is_named(clock: FakeClock) -> None:
    def call() -> None:
        raise OSError("disk full")

    with pytest.raises(BenchFailed, match=r"'broken' failed: OSError: disk full"):
        measured(clock, Case(name="fine", call=clock.taking(0.1)), Case(name="broken", call=call))


def test_progress_counts_every_step(clock: FakeClock) -> None:
    steps: list[tuple[int, int, str]] = []
    bench = Bench(name="fake", cases=[Case(name=name, call=clock.taking(0.1)) for name in "AB"])
    run_bench(bench, runs=2, meter=meter_on(clock), progress=lambda *step: steps.append(step))
    assert steps == [(0, 4, "A"), (1, 4, "B"), (2, 4, "A"), (3, 4, "B")]


def test_spread_and_intervals() -> None:
    samples = np.arange(1.0, 102.0)
    assert spread(samples) == pytest.approx(50 / 51)
    low, high = median_interval(samples)
    assert 30 < low < 51 < high < 70
    assert median_interval(np.full(5, 2.0)) == (2.0, 2.0)
    assert spread(np.zeros(3)) == 0.0
    low, high = ratio_interval(samples, samples[:50])
    assert low < 2 < high


def test_intervals_of_many_samples_stay_small_in_memory() -> None:
    low, high = median_interval(np.random.default_rng(0).normal(10, 1, 20_000))
    assert 9.9 < low < 10 < high < 10.1
