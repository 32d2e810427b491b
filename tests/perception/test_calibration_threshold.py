"""The confidence under which an answer is not to be used."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from perception.training.calibration import choose_threshold, risk_bound
from perception.training.errors import CalibrationInvalid

pytestmark = pytest.mark.unit


def rows(confidence: Sequence[float], right: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Rows that answer the first emotion with a confidence, and whether it is the true one."""
    sure = np.array(confidence)
    rest = np.repeat((1 - sure)[:, None] / 6, 6, axis=1)
    return np.column_stack([sure, rest]), np.where(np.array(right), 0, 1)


class TestEmpirical:
    def test_by_hand(self) -> None:
        # 20 sure rows all right, then wrong and right in turn: 31 rows have 6 wrong, 32 again 6, 33 have 7 (0.212)
        confidence = np.r_[np.full(20, 0.9), np.linspace(0.8, 0.3, 40)]
        probabilities, truth = rows(confidence, [1] * 20 + [0, 1] * 20)
        found = choose_threshold(probabilities, truth, risk=0.2)
        assert found.reached
        assert (found.rows, found.selective_risk) == (32, 6 / 32)
        assert found.confidence == confidence[31]
        assert found.coverage == 32 / 60
        assert (found.delta, found.bound) == (None, None)

    def test_a_lucky_dip_is_not_taken(self) -> None:
        # after 25 right rows come 20 wrong, then 200 right: the whole has risk 0.08, but 45 rows have 0.44
        confidence = np.linspace(0.99, 0.3, 245)
        probabilities, truth = rows(confidence, [1] * 25 + [0] * 20 + [1] * 200)
        found = choose_threshold(probabilities, truth, risk=0.1)
        assert (found.reached, found.rows, found.selective_risk) == (True, 27, 2 / 27)

    def test_few_sure_rows_are_not_believed(self) -> None:
        # the three surest are wrong: twenty rows are looked at before anything is held against the model
        probabilities, truth = rows(np.linspace(0.99, 0.5, 100), [0] * 3 + [1] * 97)
        found = choose_threshold(probabilities, truth, risk=0.2)
        assert (found.reached, found.coverage) == (True, 1.0)

    def test_where_all_may_be_answered_none_is_uncertain(self) -> None:
        probabilities, truth = rows(np.linspace(0.99, 0.5, 100), [1] * 100)
        assert choose_threshold(probabilities, truth, risk=0.1).confidence == pytest.approx(1 / 7)

    def test_equal_confidence_is_answered_together(self) -> None:
        probabilities, truth = rows([0.9] * 30 + [0.6] * 10, [1] * 30 + [1] * 2 + [0] * 8)
        found = choose_threshold(probabilities, truth, risk=0.1)
        assert (found.confidence, found.rows) == (0.9, 30)

    def test_out_of_reach_it_says_so(self) -> None:
        # 20 surest rows: 8 wrong; less sure ones are worse still
        probabilities, truth = rows(np.linspace(0.9, 0.3, 60), [0, 1, 1, 0, 1] * 4 + [0] * 40)
        found = choose_threshold(probabilities, truth, risk=0.1)
        assert not found.reached
        assert (found.rows, found.selective_risk) == (20, 0.4)
        assert found.confidence > 0.6

    def test_enough_rows_come_from_two_groups(self) -> None:
        # the first 25 rows are of one speaker, who is misheard in 10 of the first 20
        probabilities, truth = rows(np.linspace(0.9, 0.3, 60), [0] * 10 + [1] * 50)
        groups = ["one"] * 25 + ["two"] * 35
        assert not choose_threshold(probabilities, truth, risk=0.4).reached
        found = choose_threshold(probabilities, truth, risk=0.4, groups=groups)
        assert (found.reached, found.coverage) == (True, 1.0)

    def test_confidence_that_misleads_is_told(self) -> None:
        # the whole keeps the risk, but the surest rows do not: nothing to choose by, so all are answered, and said so
        probabilities, truth = rows(np.linspace(0.9, 0.3, 60), [0] * 25 + [1] * 35)
        found = choose_threshold(probabilities, truth, risk=0.45)
        assert (found.reached, found.coverage, found.selective_risk) == (False, 1.0, 25 / 60)

    def test_the_order_of_rows_does_not_matter(self) -> None:
        rng = np.random.default_rng(0)
        probabilities, truth = rows(rng.uniform(0.2, 1, 300).round(2), rng.uniform(size=300) < 0.7)
        shuffled = rng.permutation(300)
        one = choose_threshold(probabilities, truth, risk=0.28)
        assert one == choose_threshold(probabilities[shuffled], truth[shuffled], risk=0.28)

    @pytest.mark.parametrize("right", [0, 1])
    def test_one_row(self, right: int) -> None:
        found = choose_threshold(*rows([0.8], [right]), risk=0.3)
        assert (found.reached, found.coverage, found.selective_risk) == (bool(right), 1.0, 1.0 - right)


class TestGuaranteed:
    def test_the_bound_without_errors_is_known(self) -> None:
        # no error in n rows has probability (1 - b) ** n
        assert risk_bound(0, 50, 0.05) == pytest.approx(1 - 0.05 ** (1 / 50))

    def test_the_bound_by_the_binomial_tail(self) -> None:
        # at most 1 error in 3: (1 - b)^3 + 3 b (1 - b)^2 = 1/2 at b = 1/2
        assert risk_bound(1, 3, 0.5) == pytest.approx(0.5)
        b = risk_bound(2, 4, 0.1)
        assert (1 - b) ** 4 + 4 * b * (1 - b) ** 3 + 6 * b**2 * (1 - b) ** 2 == pytest.approx(0.1)

    def test_rows_that_are_all_wrong_bound_nothing(self) -> None:
        assert risk_bound(5, 5, 0.05) == 1.0

    def test_it_asks_for_more_than_the_empirical_risk(self) -> None:
        rng = np.random.default_rng(0)
        sure = rng.uniform(0.3, 1, 1000)
        probabilities, truth = rows(sure, rng.uniform(size=1000) < sure)
        plain = choose_threshold(probabilities, truth, risk=0.2)
        found = choose_threshold(probabilities, truth, risk=0.2, delta=0.05)
        assert found.reached
        assert found.bound is not None
        assert found.selective_risk < found.bound <= 0.2
        assert found.confidence > plain.confidence
        wrong = round(found.selective_risk * found.rows)
        assert found.bound == pytest.approx(risk_bound(wrong, found.rows, 0.05 / 11))  # ten halvings of 1000, and one

    def test_it_holds_for_new_rows(self) -> None:
        rng = np.random.default_rng(1)
        broken = 0
        for _ in range(200):
            sure = rng.uniform(0.3, 1, 300)
            found = choose_threshold(*rows(sure, rng.uniform(size=300) < sure), risk=0.25, delta=0.1)
            true_risk = 1 - (1 + max(found.confidence, 0.3)) / 2  # mean confidence of the rows it answers
            broken += found.reached and true_risk > 0.25
        assert broken <= 20

    def test_where_all_may_be_answered_none_is_uncertain(self) -> None:
        found = choose_threshold(*rows(np.linspace(0.99, 0.5, 200), [1] * 200), risk=0.1, delta=0.05)
        assert (found.reached, found.confidence, found.coverage) == (True, pytest.approx(1 / 7), 1.0)

    def test_ten_rows_guarantee_little(self) -> None:
        found = choose_threshold(*rows(np.linspace(0.99, 0.5, 10), [1] * 10), risk=0.1, delta=0.05)
        assert not found.reached
        assert found.bound == pytest.approx(risk_bound(0, 10, 0.05 / 5))

    def test_rows_of_one_speaker_are_worth_fewer(self) -> None:
        rng = np.random.default_rng(2)
        right = np.repeat(rng.uniform(size=50) < 0.9, 20)  # a speaker is heard rightly, or not at all
        probabilities, truth = rows(np.linspace(0.99, 0.5, 1000), right)
        alone = choose_threshold(probabilities, truth, risk=0.15, delta=0.05)
        together = choose_threshold(
            probabilities, truth, risk=0.15, delta=0.05, groups=[str(i // 20) for i in range(1000)]
        )
        assert alone.reached
        assert not together.reached
        one = choose_threshold(probabilities, truth, risk=0.15, delta=0.05, groups=["one"] * 1000)
        assert not one.reached

    def test_speakers_without_an_error_count_one_each(self) -> None:
        probabilities, truth = rows(np.full(100, 0.9), [1] * 100)
        found = choose_threshold(probabilities, truth, risk=0.4, delta=0.05, groups=[str(i % 10) for i in range(100)])
        assert found.bound == pytest.approx(risk_bound(0, 10, 0.05 / 8))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [({"risk": 0.0}, "risk"), ({"risk": 1.5}, "risk"), ({"risk": 0.2, "delta": 1.0}, "delta")],
)
def test_a_risk_is_a_part(change: dict[str, float], complaint: str) -> None:
    with pytest.raises(CalibrationInvalid, match=complaint):
        choose_threshold(*rows([0.9, 0.8], [1, 0]), **change)  # type: ignore[arg-type]


def test_rows_must_be_probabilities() -> None:
    with pytest.raises(CalibrationInvalid, match="sum to 1"):
        choose_threshold(np.ones((2, 7)), np.array([0, 1]), risk=0.2)
    with pytest.raises(CalibrationInvalid, match="no rows"):
        choose_threshold(np.ones((0, 7)), np.array([], dtype=np.int64), risk=0.2)
