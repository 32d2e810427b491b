"""An export that answers otherwise is not shipped, and the message names the row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from perception.text.model import TextModel
from perception.text.vectorise import WORDS_AND_MARKS, Vectoriser
from perception.training.errors import ParityFailed, TrainingError
from perception.training.export import check_parity

pytestmark = pytest.mark.unit

ROWS = np.random.default_rng(0).normal(size=(50, 7))


def same(rows: Any) -> Any:
    return rows


def test_by_hand() -> None:
    def off(rows: Any) -> Any:
        moved = rows.copy()
        moved[3, 0] += 5e-5
        return moved

    parity = check_parity(same, off, ROWS)
    assert (parity.rows, parity.worst, parity.agreement) == (50, 3, 1.0)
    assert parity.max_difference == pytest.approx(5e-5)
    assert parity.mean_difference == pytest.approx(5e-5 / 350)


def test_the_worst_row_is_named() -> None:
    def off(rows: Any) -> Any:
        moved = rows.copy()
        moved[9, 2] += 0.3
        moved[31, 4] -= 0.5
        return moved

    with pytest.raises(ParityFailed, match=r"more than 0\.0001 is not allowed\. Row 31 of 50 differs by 0\.5"):
        check_parity(same, off, ROWS)
    assert issubclass(ParityFailed, TrainingError)


def test_another_top_class_is_named_even_where_differences_are_allowed() -> None:
    rows = np.tile([0.5, 0.4, 0.1, 0, 0, 0, 0], (20, 1))

    def off(rows: Any) -> Any:
        moved = rows.copy()
        moved[3, 5] = 0.15  # a larger difference, but the top stays
        moved[7, :2] = 0.4, 0.5
        return moved

    with pytest.raises(ParityFailed, match=r"95\.00% .*Row 7 of 20"):
        check_parity(same, off, rows, max_difference=0.2)
    assert check_parity(same, off, rows, max_difference=0.2, min_agreement=0.95).agreement == 0.95


def test_a_tie_that_rounding_breaks_is_no_disagreement() -> None:
    rows = np.full((4, 7), 1 / 7)
    rows[:, 1] += 1e-8

    def off(rows: Any) -> Any:
        return rows.astype(np.float32) + np.array([1e-7, 0, 0, 0, 0, 0, 0], dtype=np.float32)

    assert check_parity(same, off, rows).agreement == 1.0


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_fails(value: float) -> None:
    def off(rows: Any) -> Any:
        moved = rows.copy()
        moved[17, 2] = value
        return moved

    with pytest.raises(ParityFailed, match="Row 17"):
        check_parity(same, off, ROWS, max_difference=1e9)
    with pytest.raises(ParityFailed, match="Row 17"):
        check_parity(off, off, ROWS, max_difference=1e9)


def test_shapes_differ() -> None:
    with pytest.raises(ParityFailed, match=r"\(50, 7\) by the reference and \(50, 3\)"):
        check_parity(same, lambda rows: rows[:, :3], ROWS)


def test_there_must_be_rows() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        check_parity(same, same, ROWS[:0])


def test_a_text_model_against_scikit_learn() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    emotions = [f"word{i}" for i in range(7)]
    texts = [f"{emotions[i % 7]} and {emotions[i % 5]} so" for i in range(70)]
    tfidf = TfidfVectorizer(token_pattern=WORDS_AND_MARKS, lowercase=False, sublinear_tf=True, dtype=np.float32)
    svc = LinearSVC(random_state=0).fit(tfidf.fit_transform(texts), np.arange(70) % 7)
    block = Vectoriser(
        analyzer="word",
        low=1,
        high=1,
        vocabulary={gram: int(column) for gram, column in tfidf.vocabulary_.items()},
        idf=tfidf.idf_.astype(np.float32),
    )
    model = TextModel(
        name="tiny",
        blocks=(block,),
        coefficients=svc.coef_.T.astype(np.float16),
        intercept=svc.intercept_.astype(np.float32),
        temperature=1.0,
        threshold=0.0,
    )
    parity = check_parity(
        lambda rows: svc.decision_function(tfidf.transform(rows)),
        lambda rows: np.stack([model.logits(text) for text in rows]),
        texts,
        max_difference=5e-3,  # coefficients of 16 bits
    )
    assert parity.rows == 70
