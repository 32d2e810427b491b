"""Metrics against values by hand and scikit-learn's own."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from perception import EMOTIONS, Emotion, EmotionScores
from perception.metrics import (
    Predictions,
    accuracy,
    accuracy_at,
    aurc,
    brier,
    confusion,
    ece,
    macro_f1,
    majority,
    measure,
    nll,
    per_class,
    reliability,
    risk_coverage,
    uar,
    weighted_f1,
)

pytestmark = pytest.mark.unit

HAPPY, SAD, ANGRY = Emotion.HAPPY, Emotion.SAD, Emotion.ANGRY


def sure(emotion: Emotion, confidence: float) -> EmotionScores:
    rest = (1 - confidence) / 6
    return EmotionScores.of({each: confidence if each is emotion else rest for each in EMOTIONS})


def rows(*said: tuple[Emotion, Emotion, float]) -> Predictions:
    """Of (truth, prediction, confidence)."""
    return Predictions.of([true for true, _, _ in said], [sure(guess, p) for _, guess, p in said])


def some(seed: int, n: int = 200, classes: int = 7) -> Predictions:
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, n)
    logits = random.normal(size=(n, 7))
    logits[np.arange(n), truth] += 1.5
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return Predictions(truth=truth, probabilities=probabilities)


FOUR = rows((HAPPY, HAPPY, 0.95), (HAPPY, HAPPY, 0.9), (HAPPY, ANGRY, 0.8), (SAD, SAD, 0.6))


def test_classification_by_hand() -> None:
    assert accuracy(FOUR) == 0.75
    happy, sad = per_class(FOUR)
    assert (happy.emotion, happy.support, happy.recall, happy.precision) == (HAPPY, 3, pytest.approx(2 / 3), 1.0)
    assert (sad.emotion, sad.support, sad.f1) == (SAD, 1, 1.0)
    assert uar(FOUR) == pytest.approx(5 / 6)
    assert macro_f1(FOUR) == pytest.approx((0.8 + 1) / 2)
    assert weighted_f1(FOUR) == pytest.approx((3 * 0.8 + 1) / 4)
    assert confusion(FOUR)[0].tolist() == [2, 0, 1, 0, 0, 0, 0]
    assert majority(FOUR) == (HAPPY, 0.75)


@pytest.mark.parametrize("classes", [2, 5, 7])
def test_classification_is_scikit_learns(classes: int) -> None:
    predictions = some(classes, classes=classes)
    truth, guess = predictions.truth, predictions.predicted
    labels = np.unique(truth)
    assert accuracy(predictions) == pytest.approx(sk.accuracy_score(truth, guess))
    assert uar(predictions) == pytest.approx(sk.recall_score(truth, guess, labels=labels, average="macro"))
    assert macro_f1(predictions) == pytest.approx(sk.f1_score(truth, guess, labels=labels, average="macro"))
    assert weighted_f1(predictions) == pytest.approx(sk.f1_score(truth, guess, average="weighted", zero_division=0))


def test_uar_is_balanced_accuracy_where_no_class_is_made_up() -> None:
    predictions = some(1, n=2000)
    assert uar(predictions) == pytest.approx(sk.balanced_accuracy_score(predictions.truth, predictions.predicted))


def test_a_class_that_is_never_answered_has_no_precision_and_warns_nobody() -> None:
    lazy = rows((HAPPY, HAPPY, 0.9), (SAD, HAPPY, 0.9))
    assert [(each.precision, each.f1) for each in per_class(lazy)][1] == (0, 0)
    assert uar(lazy) == 0.5


def test_of_several_commonest_classes_the_first_in_order_is_the_majority() -> None:
    assert majority(rows((SAD, SAD, 0.9), (HAPPY, SAD, 0.9))) == (HAPPY, 0.5)


def test_calibration_error_by_hand() -> None:
    # bins of 1/15: 0.95 and 0.94 share the last, 0.5 stands alone
    predictions = rows((HAPPY, HAPPY, 0.95), (HAPPY, SAD, 0.94), (SAD, SAD, 0.5), (SAD, SAD, 0.5))
    curve = reliability(predictions)
    assert curve.count.tolist() == [0] * 7 + [2] + [0] * 6 + [2]
    assert curve.accuracy[[7, 14]].tolist() == [1, 0.5]
    assert curve.confidence[14] == pytest.approx(0.945)
    assert np.isnan(curve.accuracy[0])
    assert np.isnan(curve.confidence[0])
    assert ece(predictions) == pytest.approx(0.5 * 0.5 + 0.5 * 0.445)


def test_a_bin_holds_its_upper_edge() -> None:
    curve = reliability(rows((HAPPY, HAPPY, 0.5), (HAPPY, HAPPY, 0.51), (SAD, SAD, 1.0)), bins=2)
    assert curve.edges.tolist() == [0, 0.5, 1]
    assert curve.count.tolist() == [1, 2]


def test_a_probability_a_hair_above_one_stays_in_the_last_bin() -> None:
    predictions = Predictions(truth=np.array([0]), probabilities=np.array([[1.0005, 0, 0, 0, 0, 0, 0]]))
    assert reliability(predictions).count[-1] == 1
    assert nll(predictions) == 0


def test_bins_there_must_be() -> None:
    with pytest.raises(ValueError, match="at least 1 bin, got 0"):
        reliability(FOUR, bins=0)


def test_likelihood_and_brier_by_hand() -> None:
    predictions = rows((HAPPY, HAPPY, 0.7), (SAD, HAPPY, 0.7))
    assert nll(predictions) == pytest.approx(-(math.log(0.7) + math.log(0.05)) / 2)
    right = 0.3**2 + 6 * 0.05**2
    wrong = 0.7**2 + 0.95**2 + 5 * 0.05**2
    assert brier(predictions) == pytest.approx((right + wrong) / 2)


def test_likelihood_is_scikit_learns() -> None:
    predictions = some(3)
    expected = sk.log_loss(predictions.truth, predictions.probabilities, labels=range(7))
    assert nll(predictions) == pytest.approx(expected)


def test_an_impossible_truth_costs_much_but_not_everything() -> None:
    assert nll(rows((SAD, HAPPY, 1.0))) == pytest.approx(-math.log(1e-12))
    assert brier(rows((SAD, HAPPY, 1.0))) == 2


def test_risk_and_coverage_by_hand() -> None:
    curve = risk_coverage(FOUR)
    assert curve.coverage.tolist() == [0.25, 0.5, 0.75, 1]
    assert curve.risk.tolist() == [0, 0, pytest.approx(1 / 3), 0.25]
    assert curve.threshold.tolist() == [pytest.approx(p) for p in (0.95, 0.9, 0.8, 0.6)]
    assert curve.aurc == pytest.approx((0 + 0 + 1 / 3 + 1 / 4) / 4)
    assert (accuracy_at(FOUR, 0.5), accuracy_at(FOUR, 0.75)) == (1, pytest.approx(2 / 3))
    assert accuracy_at(FOUR, 1) == accuracy(FOUR)


def test_rows_of_equal_confidence_are_answered_together() -> None:
    predictions = rows((HAPPY, HAPPY, 0.9), (HAPPY, HAPPY, 0.8), (HAPPY, SAD, 0.8), (HAPPY, SAD, 0.8))
    curve = risk_coverage(predictions)
    assert curve.coverage.tolist() == [0.25, 1]
    assert curve.risk.tolist() == [0, 0.5]
    assert curve.aurc == pytest.approx(0.75 * 0.5)
    # of the second row, a third is right
    assert accuracy_at(predictions, 0.5) == pytest.approx((1 + 1 / 3) / 2)


def test_a_confidence_that_never_varies_ranks_nothing() -> None:
    flat = rows((HAPPY, HAPPY, 0.9), (HAPPY, SAD, 0.9), (HAPPY, SAD, 0.9))
    assert aurc(flat) == pytest.approx(2 / 3)
    assert accuracy_at(flat, 0.1) == pytest.approx(1 / 3)


@pytest.mark.parametrize("coverage", [0, -0.5, 1.01, math.nan])
def test_a_coverage_is_a_part(coverage: float) -> None:
    with pytest.raises(ValueError, match=r"part of the rows in \(0, 1\]"):
        accuracy_at(FOUR, coverage)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 40), decimals=st.sampled_from([1, 2, 6]))
def test_the_order_of_rows_changes_nothing(seed: int, n: int, decimals: int) -> None:
    predictions = some(seed, n)
    coarse = np.round(predictions.probabilities, decimals) + 1e-3
    coarse /= coarse.sum(axis=1, keepdims=True)
    order = np.random.default_rng(seed).permutation(n)
    first = Predictions(truth=predictions.truth, probabilities=coarse)
    second = Predictions(truth=predictions.truth[order], probabilities=coarse[order])
    one, other = (measure("x", each, resamples=20) for each in (first, second))
    assert one.as_dict() == other.as_dict()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 60))
def test_aurc_lies_between_the_best_and_the_worst_order(seed: int, n: int) -> None:
    predictions = some(seed, n)
    wrong = int((~predictions.right).sum())
    places = np.arange(1, n + 1)
    best = (np.maximum(places - (n - wrong), 0) / places).mean()
    worst = (np.minimum(places, wrong) / places).mean()
    assert best - 1e-12 <= aurc(predictions) <= worst + 1e-12


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 60))
def test_figures_stay_in_their_ranges(seed: int, n: int) -> None:
    predictions = some(seed, n)
    for metric in (accuracy, uar, macro_f1, weighted_f1, ece, aurc):
        assert 0 <= metric(predictions) <= 1
    assert 0 <= brier(predictions) <= 2
    assert nll(predictions) >= 0


def test_measure_gathers_everything() -> None:
    figures = measure("four rows", FOUR, resamples=50)
    assert (figures.name, figures.rows, figures.groups) == ("four rows", 4, None)
    assert (figures.accuracy, figures.uar, figures.macro_f1) == (0.75, uar(FOUR), macro_f1(FOUR))
    assert (figures.weighted_f1, figures.ece, figures.aurc) == (weighted_f1(FOUR), ece(FOUR), aurc(FOUR))
    assert (figures.nll, figures.brier, figures.accuracy_at_half) == (nll(FOUR), brier(FOUR), 1)
    assert (figures.majority, figures.majority_accuracy) == (HAPPY, 0.75)
    assert figures.support == {HAPPY: 3, SAD: 1}
    assert figures.recall == {HAPPY: pytest.approx(2 / 3), SAD: 1}
    assert figures.confusion[0] == (2, 0, 1, 0, 0, 0, 0)
    assert (figures.coverage, figures.answered_accuracy) == (None, None)
    assert set(figures.intervals) >= {"accuracy", "uar", "macro_f1", "weighted_f1", "ece", "aurc", "accuracy_at_half"}
    assert json.loads(json.dumps(figures.as_dict()))["support"] == {"happy": 3, "sad": 1}


def test_measure_tells_what_a_threshold_did() -> None:
    truth, scores = [HAPPY, HAPPY, SAD], [sure(HAPPY, 0.9), sure(SAD, 0.8), sure(SAD, 0.4)]
    some_answered = measure("x", Predictions.of(truth, scores, answered=[True, True, False]), resamples=0)
    assert (some_answered.coverage, some_answered.answered_accuracy) == (pytest.approx(2 / 3), 0.5)
    none = measure("x", Predictions.of(truth, scores, answered=[False] * 3), resamples=0)
    assert (none.coverage, none.answered_accuracy) == (0, None)


@pytest.mark.parametrize(
    ("truth", "probabilities", "said"),
    [
        ([], [], "no rows"),
        ([0], [[0.5, 0.5]], r"shape \(1, 7\), got \(1, 2\)"),
        ([7], [[1, 0, 0, 0, 0, 0, 0]], "0 to 6; got 7 to 7"),
        ([-1], [[1, 0, 0, 0, 0, 0, 0]], "0 to 6; got -1 to -1"),
        ([0], [[0.5, 0, 0, 0, 0, 0, 0]], "sum to 1; row 0"),
        ([0], [[1.5, -0.5, 0, 0, 0, 0, 0]], "at least 0"),
        ([0], [[math.nan, 0, 0, 0, 0, 0, 0]], "sum to 1"),
    ],
)
def test_what_cannot_be_measured_is_refused(truth: list[int], probabilities: list[list[float]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Predictions(truth=np.array(truth, dtype=np.int64), probabilities=np.array(probabilities, dtype=np.float64))


def test_groups_are_as_many_as_rows() -> None:
    with pytest.raises(ValueError, match="2 truths need as many groups, got 1"):
        Predictions.of([HAPPY, SAD], [sure(HAPPY, 0.9)] * 2, groups=["a"])


def test_where_keeps_what_belongs_to_a_row() -> None:
    predictions = Predictions.of([HAPPY, SAD], [sure(HAPPY, 0.9)] * 2, groups=["a", "b"], answered=[True, False])
    kept = predictions.where(np.array([False, True]))
    assert (kept.truth.tolist(), kept.groups) == ([1], ("b",))
    assert kept.answered is not None
    assert not kept.answered[0]
