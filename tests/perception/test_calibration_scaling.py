"""Temperature and vector scaling, and when the second is worth its parameters."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perception import EMOTIONS
from perception.training.calibration import TEMPERATURES, calibrate, fit_temperature, fit_vector
from perception.training.errors import CalibrationInvalid

pytestmark = pytest.mark.unit

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


def drawn(rows: int, seed: int = 0, spread: float = 2.0) -> tuple[Floats, Places]:
    """Logits that are calibrated as they are: each truth is drawn from their softmax."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, spread, size=(rows, 7))
    truth = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    return logits, truth


def cost(logits: Floats, truth: Places) -> float:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return float(-np.log((raised / raised.sum(axis=1, keepdims=True))[np.arange(len(truth)), truth]).mean())


class TestTemperature:
    def test_it_is_the_minimum_of_a_fine_grid(self) -> None:
        logits, truth = drawn(600)
        grid = np.geomspace(0.2, 10, 4000)
        best = grid[int(np.argmin([cost(logits * 3 / t, truth) for t in grid]))]
        assert fit_temperature(logits * 3, truth) == pytest.approx(best, rel=2e-3)

    def test_by_hand(self) -> None:
        # one logit of d against six zeros, right in 3 rows of 4: softmax is 3/4 where exp(d / T) = 18
        logits = np.zeros((4, 7))
        logits[:, 0] = 5.0
        assert fit_temperature(logits, np.array([0, 0, 0, 1])) == pytest.approx(5 / np.log(18), rel=1e-4)

    def test_a_planted_one_is_found(self) -> None:
        logits, truth = drawn(20_000)
        assert fit_temperature(logits * 2.5, truth) == pytest.approx(2.5, rel=0.05)
        assert fit_temperature(logits * 0.2, truth) == pytest.approx(0.2, rel=0.05)

    def test_logits_that_mislead_stop_at_the_range(self) -> None:
        logits, truth = drawn(200)
        assert fit_temperature(-logits * 30, truth) == pytest.approx(TEMPERATURES[1], rel=1e-3)

    def test_logits_that_tell_nothing_stay(self) -> None:
        assert fit_temperature(np.zeros((9, 7)), np.arange(9) % 7) == 1.0

    @pytest.mark.parametrize("rows", [1, 7, 70, 700])
    def test_rows_that_are_all_right_do_not_make_it_certain(self, rows: int) -> None:
        truth = np.arange(rows) % 7
        found = calibrate(np.eye(7)[truth] * 3, truth, method="temperature")
        confidence = found.apply(np.eye(7)[truth] * 3).max(axis=1)
        assert confidence == pytest.approx(1 - 1 / (rows + 2) * 6 / 7, abs=1e-3)  # what so many rows can show


class TestVector:
    def test_a_planted_scale_and_bias_are_found(self) -> None:
        fair, truth = drawn(30_000)
        scale, bias = np.array([1, 2, 0.5, 1, 1.5, 1, 0.8]), np.array([0, 1, -1, 0.5, 0, -0.5, 0.0])
        found = calibrate((fair - bias) / scale, truth, method="vector")
        assert found.factor == pytest.approx(scale, rel=0.06)
        assert np.array(found.bias) == pytest.approx(bias - bias.mean(), abs=0.08)

    def test_its_gradient_is_the_gradient(self) -> None:
        from scipy.optimize import check_grad

        from perception.training.calibration import scaling

        logits, truth = drawn(40)
        start, at = np.r_[np.ones(7), np.zeros(7)], np.linspace(0.3, 1.4, 14)
        loss = scaling._vector_loss
        off = check_grad(
            lambda x: loss(x, logits, np.eye(7)[truth], start)[0],
            lambda x: loss(x, logits, np.eye(7)[truth], start)[1],
            at,
        )
        assert off < 1e-5

    def test_a_class_without_rows_stays_as_it_is(self) -> None:
        logits, truth = drawn(2000)
        logits, truth = logits[truth != 5], truth[truth != 5]
        scale, bias = fit_vector(logits, truth)
        assert (scale[5], bias[5]) == (1.0, 0.0)
        assert bias == pytest.approx(np.zeros(7), abs=0.4)  # the class is not ruled out by raising all others

    def test_one_class_alone_tells_nothing(self) -> None:
        scale, bias = fit_vector(np.random.default_rng(0).normal(size=(9, 7)), np.full(9, 3))
        assert (scale.tolist(), bias.tolist()) == ([1.0] * 7, [0.0] * 7)

    def test_a_few_separable_rows_hardly_move_it(self) -> None:
        truth = np.arange(14) % 7
        found = calibrate(np.eye(7)[truth], truth, method="vector")
        assert np.array(found.scale) == pytest.approx(np.ones(7), abs=0.1)
        assert np.array(found.bias) == pytest.approx(np.zeros(7), abs=0.1)


class TestAuto:
    def test_a_temperature_where_more_does_not_pay(self) -> None:
        logits, truth = drawn(1500)
        assert calibrate(logits * 2, truth).method == "temperature"

    def test_vector_scaling_where_a_class_is_said_too_often(self) -> None:
        logits, truth = drawn(1500)
        logits[:, 2] += 2
        found = calibrate(logits, truth)
        assert found.method == "vector"
        assert found.bias[2] < -1

    def test_what_one_group_does_pays_for_no_other(self) -> None:
        # in one group of five a class is said too often: among rows it pays, among groups it does not
        logits, truth = drawn(1000)
        groups = [f"speaker {i // 200}" for i in range(1000)]
        logits[:200, 2] += 2.5
        assert calibrate(logits, truth).method == "vector"
        assert calibrate(logits, truth, groups=groups).method == "temperature"

    def test_two_groups_cannot_tell(self) -> None:
        logits, truth = drawn(400)
        logits[:, 2] += 3
        assert calibrate(logits, truth, groups=["a", "b"] * 200).method == "temperature"

    def test_the_same_seed_gives_the_same(self) -> None:
        logits, truth = drawn(300)
        assert calibrate(logits, truth, seed=3) == calibrate(logits, truth, seed=3)

    @pytest.mark.parametrize("rows", [1, 2, 3, 5])
    def test_a_handful_of_rows(self, rows: int) -> None:
        logits, truth = drawn(rows)
        found = calibrate(logits, truth)
        assert TEMPERATURES[0] <= found.temperature <= TEMPERATURES[1]
        assert found.dev is not None
        assert found.dev.rows == rows


def test_it_says_what_it_saw() -> None:
    logits, truth = drawn(2000)
    dev = calibrate(logits * 3, truth, risk=0.3, groups=[str(i % 40) for i in range(2000)]).dev
    assert dev is not None
    assert (dev.rows, dev.groups) == (2000, 40)
    assert dev.nll_before == pytest.approx(cost(logits * 3, truth))
    assert dev.nll_after < dev.nll_before
    assert dev.ece_after < 0.05 < dev.ece_before
    assert dev.reached
    assert dev.selective_risk <= 0.3
    assert 0 < dev.coverage < 1


@pytest.mark.parametrize(
    ("logits", "truth", "complaint"),
    [
        (np.zeros((0, 7)), [], "development rows"),
        (np.zeros((3, 6)), [0, 1, 2], r"shape \(3, 6\)"),
        (np.zeros((3, 7)), [0, 1], "2 truths"),
        (np.zeros((3, 7)), [0, 1, 7], "0 to 6"),
        (np.zeros((3, 7)), [0.0, 1.0, 2.0], "place in EMOTIONS"),
        (np.array([[0.0] * 7, [np.nan] * 7]), [0, 1], "row 1 are not finite"),
    ],
)
def test_rows_that_give_no_calibration(logits: Floats, truth: list[int], complaint: str) -> None:
    with pytest.raises(CalibrationInvalid, match=complaint):
        calibrate(logits, np.array(truth))


def test_as_many_groups_as_rows() -> None:
    with pytest.raises(CalibrationInvalid, match="3 development rows need as many groups, got 2"):
        calibrate(np.zeros((3, 7)), np.array([0, 1, 2]), groups=["a", "b"])
    assert len(EMOTIONS) == 7
