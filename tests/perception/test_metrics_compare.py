"""Whether one model is better than another."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import binom, chi2

from perception.metrics import Predictions, compare, mcnemar, uar

pytestmark = pytest.mark.unit


def model(seed: int, truth: np.ndarray, skill: float, groups: tuple[str, ...] | None = None) -> Predictions:
    random = np.random.default_rng(seed)
    logits = random.normal(size=(len(truth), 7))
    logits[np.arange(len(truth)), truth] += skill
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return Predictions(truth=truth, probabilities=probabilities, groups=groups)


TRUTH = np.random.default_rng(0).integers(0, 7, 600)
SPEAKERS = tuple(f"s{row % 12}" for row in range(600))


def test_a_better_model_is_found_out() -> None:
    a, b = model(1, TRUTH, 1.0), model(2, TRUTH, 1.8)
    found = compare(a, b)
    assert (found.rows, found.groups, set(found.differences)) == (600, None, {"accuracy", "uar", "macro_f1"})
    of_uar = found.differences["uar"]
    assert (of_uar.a, of_uar.b) == (pytest.approx(uar(a)), pytest.approx(uar(b)))
    assert of_uar.difference == pytest.approx(uar(b) - uar(a))
    assert of_uar.interval is not None
    assert 0 < of_uar.interval.low < of_uar.difference < of_uar.interval.high
    assert of_uar.p is not None
    assert of_uar.p < 0.01
    assert found.mcnemar.p < 0.01
    assert found.mcnemar.only_a == int((a.right & ~b.right).sum())


def test_the_other_way_round_the_sign_turns() -> None:
    a, b = model(1, TRUTH, 1.0), model(2, TRUTH, 1.4)
    there, back = compare(a, b).differences["accuracy"], compare(b, a).differences["accuracy"]
    assert there.difference == -back.difference
    assert there.interval is not None
    assert back.interval is not None
    assert there.interval.low == pytest.approx(-back.interval.high)
    assert there.p == back.p


def test_a_model_does_not_differ_from_itself() -> None:
    a = model(1, TRUTH, 1.0)
    found = compare(a, a, metrics=("accuracy", "aurc", "nll"))
    for each in found.differences.values():
        assert (each.difference, each.p) == (0, 1)
    assert (found.mcnemar.p, found.mcnemar.exact) == (1, True)


def test_pairing_makes_differences_surer_than_their_parts() -> None:
    a = model(1, TRUTH, 1.2)
    nudged = a.probabilities.copy()
    nudged[np.arange(60), TRUTH[:60]] += 2
    b = Predictions(truth=TRUTH, probabilities=nudged / nudged.sum(axis=1, keepdims=True))
    each = compare(a, b).differences["accuracy"]
    assert each.interval is not None
    assert each.interval.low > 0
    assert each.interval.high - each.interval.low < 0.05


def test_p_and_interval_say_the_same() -> None:
    shown = 0
    for seed in range(60):
        truth = TRUTH[:120]
        found = compare(model(seed, truth, 1.0), model(seed + 500, truth, 1.35), resamples=400, metrics=("accuracy",))
        each = found.differences["accuracy"]
        assert each.interval is not None
        assert each.p is not None
        assert (each.p <= 0.05) == (not each.interval.low <= 0 <= each.interval.high)
        shown += each.p <= 0.05
    assert 5 < shown < 55


@pytest.mark.parametrize("grouped", [False, True])
def test_of_equal_models_one_in_twenty_seems_better(grouped: bool) -> None:
    random = np.random.default_rng(3)
    groups = tuple(f"s{row % 15}" for row in range(300)) if grouped else None
    seemed = 0
    for seed in range(250):
        truth = random.integers(0, 7, 300)
        a, b = (model(int(random.integers(1 << 30)), truth, 1.0, groups) for _ in range(2))
        p = compare(a, b, resamples=200, seed=seed, metrics=("accuracy",)).differences["accuracy"].p
        assert p is not None
        seemed += p < 0.05
    assert 0.02 <= seemed / 250 <= 0.08


def test_groups_are_drawn_whole() -> None:
    found = compare(model(1, TRUTH, 1.0, SPEAKERS), model(2, TRUTH, 1.3, SPEAKERS))
    assert found.groups == 12


def test_of_one_group_there_is_a_difference_but_no_interval() -> None:
    alone = ("s",) * len(TRUTH)
    each = compare(model(1, TRUTH, 1.0, alone), model(2, TRUTH, 1.3, alone)).differences["uar"]
    assert each.difference > 0
    assert (each.interval, each.p) == (None, None)


def test_of_the_calibration_error_there_is_the_difference_alone() -> None:
    found = compare(model(1, TRUTH, 1.0), model(2, TRUTH, 1.3), metrics=("ece", "nll"))
    assert (found.differences["ece"].interval, found.differences["ece"].p) == (None, None)
    assert found.differences["nll"].interval is not None


def test_other_rows_are_refused() -> None:
    a = model(1, TRUTH, 1.0)
    with pytest.raises(ValueError, match=r"truths of the two models differ \(600 and 599 rows\)"):
        compare(a, model(1, TRUTH[:-1], 1.0))
    with pytest.raises(ValueError, match="truths of the two models differ"):
        compare(a, model(1, np.roll(TRUTH, 1), 1.0))
    with pytest.raises(ValueError, match="groups of the two models differ"):
        compare(a, model(1, TRUTH, 1.0, SPEAKERS))
    with pytest.raises(ValueError, match="'f2' is no metric"):
        compare(a, a, metrics=("f2",))


def test_few_discordant_rows_are_tested_exactly() -> None:
    # 1 against 9 of 10: 2 * (C(10,0) + C(10,1)) / 2**10
    found = mcnemar(9, 1)
    assert (found.only_a, found.only_b, found.exact) == (9, 1, True)
    assert found.p == pytest.approx(2 * (1 + 10) / 1024)
    assert mcnemar(0, 0).p == 1
    assert mcnemar(5, 5).p == 1


def test_many_are_tested_by_chi_square_with_correction() -> None:
    # (|121 - 59| - 1)^2 / (121 + 59) = 20.672
    found = mcnemar(59, 121)
    assert not found.exact
    assert found.p == pytest.approx(chi2.sf(20.672222, 1), rel=1e-5)
    assert mcnemar(15, 15).p == 1


@pytest.mark.parametrize(("only_a", "only_b"), [(3, 8), (12, 12), (0, 6), (30, 21), (13, 12)])
def test_it_is_what_statsmodels_documents(only_a: int, only_b: int) -> None:
    """mcnemar(table, exact, correction=True): binom.cdf(min, n1 + n2, 0.5) * 2, or (|n1 - n2| - 1)^2 / (n1 + n2)."""
    rows = only_a + only_b
    if rows < 25:
        expected = min(1, 2 * binom.cdf(min(only_a, only_b), rows, 0.5))
    else:
        expected = chi2.sf((abs(only_a - only_b) - 1) ** 2 / rows, 1)
    assert mcnemar(only_a, only_b).p == pytest.approx(min(expected, 1))


def test_a_comparison_is_json_and_keeps_small_p_apart() -> None:
    found = compare(model(1, TRUTH, 0.5), model(2, TRUTH, 2.5))
    plain = json.loads(json.dumps(found.as_dict()))
    assert plain["differences"]["uar"]["interval"]["low"] > 0
    assert 0 < plain["mcnemar"]["p"] < 1e-10
