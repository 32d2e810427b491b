"""Intervals: what a resample is, and whether they hold the truth as often as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from perception.metrics import (
    Interval,
    Predictions,
    accuracy,
    accuracy_at,
    aurc,
    brier,
    ece,
    intervals,
    macro_f1,
    measure,
    nll,
    uar,
    weighted_f1,
)
from perception.metrics.intervals import expanded_percentile, expanded_tail
from perception.metrics.resampling import METRICS, Resampled, draws, units_of

pytestmark = pytest.mark.unit

SINGLE = {
    "accuracy": accuracy,
    "uar": uar,
    "macro_f1": macro_f1,
    "weighted_f1": weighted_f1,
    "ece": ece,
    "nll": nll,
    "brier": brier,
    "aurc": aurc,
    "accuracy_at_half": lambda predictions: accuracy_at(predictions, 0.5),
}
BASE = np.array([0.3, 0.8, 1.2, -0.4])
"""Of four classes, the logit of being recognised."""


def some(seed: int, n: int, *, groups: int | None = None, decimals: int = 6, heat: float = 1.0) -> Predictions:
    """Calibrated at heat 1, too sure above."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(n, 7)) * 1.5
    fair = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = (random.random(n)[:, None] > np.cumsum(fair, axis=1)).sum(axis=1).clip(0, 6)
    said = np.round(fair**heat / (fair**heat).sum(axis=1, keepdims=True), decimals) + 1e-4
    named = None if groups is None else tuple(f"s{g}" for g in random.integers(0, groups, n))
    return Predictions(truth=truth, probabilities=said / said.sum(axis=1, keepdims=True), groups=named)


def answers(random: np.random.Generator, shift: NDArray[np.float64], groups: tuple[str, ...] | None) -> Predictions:
    """Rows of four equally likely classes, each recognised with its own probability, moved by `shift`."""
    truth = random.integers(0, 4, len(shift))
    found = random.random(len(shift)) < 1 / (1 + np.exp(-(BASE[truth] + shift)))
    probabilities = np.full((len(shift), 7), 0.02)
    probabilities[np.arange(len(shift)), np.where(found, truth, (truth + 1) % 4)] = 0.88
    return Predictions(truth=truth, probabilities=probabilities, groups=groups)


@pytest.mark.parametrize("groups", [None, 9])
@pytest.mark.parametrize("decimals", [1, 6])
def test_a_resample_measures_what_repeated_rows_do(groups: int | None, decimals: int) -> None:
    predictions = some(4, 60, groups=groups, decimals=decimals)
    unit, units = units_of(predictions)
    drawn = next(draws(units, len(predictions), resamples=12, seed=3))
    found = Resampled.of(predictions, unit, units).figures(drawn, METRICS)
    for place, counts in enumerate(drawn.astype(int)):
        rows = np.repeat(np.arange(len(predictions)), counts[unit])
        repeated = Predictions(truth=predictions.truth[rows], probabilities=predictions.probabilities[rows])
        for metric, measured in SINGLE.items():
            assert found[metric][place] == pytest.approx(measured(repeated), abs=1e-9), metric


def test_units_without_rows_of_a_part_are_passed_over() -> None:
    part = some(6, 5)
    found = Resampled.of(part, np.arange(5), 8).figures(np.ones((1, 8)), METRICS)
    for metric, measured in SINGLE.items():
        assert found[metric][0] == pytest.approx(measured(part)), metric


def test_each_resample_draws_as_many_units_as_there_are() -> None:
    drawn = np.concatenate(list(draws(7, 100_000, resamples=5, seed=0)))
    assert drawn.shape == (5, 7)
    assert drawn.sum(axis=1).tolist() == [7] * 5


def coverage(metric: str, true: float, found: list[Interval]) -> float:
    return float(np.mean([each.low <= true <= each.high for each in found]))


def test_intervals_of_independent_rows_hold_the_truth() -> None:
    random = np.random.default_rng(11)
    recall = 1 / (1 + np.exp(-BASE))
    found = [
        intervals(answers(random, np.zeros(200), None), resamples=300, seed=k, metrics=("accuracy", "uar"))
        for k in range(500)
    ]
    for metric in ("accuracy", "uar"):
        assert coverage(metric, recall.mean(), [each[metric] for each in found]) == pytest.approx(0.95, abs=0.03)


def test_intervals_of_few_speakers_hold_the_truth_and_those_of_their_rows_do_not() -> None:
    random = np.random.default_rng(12)
    names = tuple(f"speaker {s}" for s in range(30) for _ in range(20))
    # the mean over all speakers there could be, by Gauss and Hermite's rule
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    by_class = 1 / (1 + np.exp(-(BASE[:, None] + nodes)))
    true = float((by_class @ weights).mean() / math.sqrt(2 * math.pi))
    grouped, alone = [], []
    for k in range(500):
        shift = np.repeat(random.normal(size=30), 20)
        predictions = answers(random, shift, names)
        grouped.append(intervals(predictions, resamples=300, seed=k, metrics=("accuracy", "uar")))
        if k < 100:
            rows = Predictions(truth=predictions.truth, probabilities=predictions.probabilities)
            alone.append(intervals(rows, resamples=200, seed=k, metrics=("accuracy",)))
    for metric in ("accuracy", "uar"):
        assert coverage(metric, true, [each[metric] for each in grouped]) == pytest.approx(0.95, abs=0.03)
    assert coverage("accuracy", true, [each["accuracy"] for each in alone]) < 0.85


@pytest.mark.parametrize("heat", [1.0, 1.3])
def test_chance_does_not_lift_the_interval_of_the_calibration_error_off_the_truth(heat: float) -> None:
    true = ece(some(0, 200_000, heat=heat, decimals=12))
    found = [
        intervals(some(seed, 300, heat=heat), resamples=200, seed=seed, metrics=("ece",))["ece"]
        for seed in range(1, 121)
    ]
    assert coverage("ece", true, found) >= 0.9
    assert all(0 <= each.low <= each.high for each in found)


def test_intervals_hold_the_estimate() -> None:
    for seed in range(20):
        figures = measure("x", some(seed, 80, groups=8), resamples=200)
        for metric, interval in figures.intervals.items():
            assert interval.low <= getattr(figures, metric) <= interval.high, metric


def test_groups_make_intervals_of_dependent_rows_longer() -> None:
    random = np.random.default_rng(5)
    names = tuple(f"s{s}" for s in range(20) for _ in range(30))
    grouped = answers(random, np.repeat(random.normal(size=20) * 1.5, 30), names)
    alone = Predictions(truth=grouped.truth, probabilities=grouped.probabilities)
    lengths = [i.high - i.low for i in (intervals(each)["accuracy"] for each in (grouped, alone))]
    assert lengths[0] > 1.5 * lengths[1]


def test_of_one_group_there_is_no_interval() -> None:
    figures = measure("x", some(1, 50, groups=1))
    assert figures.groups == 1
    assert figures.intervals == {}
    assert figures.accuracy > 0


def test_no_resamples_no_intervals() -> None:
    assert measure("x", some(1, 50), resamples=0).intervals == {}


def test_the_same_seed_gives_the_same_intervals() -> None:
    predictions = some(2, 100)
    assert intervals(predictions, seed=1) == intervals(predictions, seed=1)
    assert intervals(predictions, seed=1) != intervals(predictions, seed=2)


def test_a_higher_level_gives_a_longer_interval() -> None:
    ends = [intervals(some(2, 100), level=level)["accuracy"] for level in (0.8, 0.95)]
    assert ends[1].low < ends[0].low < ends[0].high < ends[1].high


def test_an_interval_of_many_rows_is_that_of_a_binomial() -> None:
    predictions = some(9, 4000)
    p = accuracy(predictions)
    half = 1.96 * math.sqrt(p * (1 - p) / 4000)
    found = intervals(predictions, resamples=4000, metrics=("accuracy",))["accuracy"]
    assert (found.low, found.high) == (pytest.approx(p - half, abs=0.001), pytest.approx(p + half, abs=0.001))


def test_the_expanded_percentile_interval_is_students() -> None:
    # a bootstrap of 5 values is as wide as the divisor n makes it; t of 4 degrees asks for 2.776 * s / sqrt(5)
    values = np.random.default_rng(0).normal(scale=math.sqrt(4 / 5) / math.sqrt(5), size=2_000_000)
    found = expanded_percentile(values, 5)
    assert found.high == pytest.approx(2.776 / math.sqrt(5), rel=0.02)
    assert found.low == pytest.approx(-found.high, rel=0.02)


def test_of_very_many_units_it_is_the_percentile_interval() -> None:
    values = np.arange(1001.0)
    assert expanded_percentile(values, 10**9) == Interval(low=pytest.approx(24), high=pytest.approx(976))
    assert expanded_tail(0.025, 10**9) == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"resamples": -1}, "at least 1 resample, got -1"),
        ({"level": 95}, r"lies in \(0, 1\), such as 0.95; got 95"),
        ({"metrics": ("accuracy", "mcc")}, "'mcc' is no metric that can be resampled; those are accuracy, uar"),
    ],
)
def test_what_cannot_be_resampled_is_refused(changed: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        intervals(some(1, 20), **changed)  # type: ignore[arg-type]


def test_an_interval_reads_as_text() -> None:
    assert str(Interval(low=0.1234, high=0.5)) == "0.123 to 0.500"
