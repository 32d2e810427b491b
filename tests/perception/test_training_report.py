"""Figures of a run, and the model card that is written from them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from perception import Emotion
from perception.training.card import write_card
from perception.training.report import Figures, Source, TrainingReport, measure

pytestmark = pytest.mark.unit

HAPPY, SAD, ANGRY = Emotion.HAPPY, Emotion.SAD, Emotion.ANGRY


def test_figures_are_over_the_classes_present() -> None:
    figures = measure("four rows", [HAPPY, HAPPY, HAPPY, SAD], [HAPPY, HAPPY, ANGRY, SAD])
    assert figures.rows == 4
    assert figures.accuracy == 0.75
    assert figures.recall == {HAPPY: pytest.approx(2 / 3), SAD: 1.0}
    assert figures.uar == pytest.approx(5 / 6)
    assert figures.macro_f1 == pytest.approx((0.8 + 1.0) / 2)
    assert (figures.majority, figures.majority_accuracy) == (HAPPY, 0.75)
    assert figures.confusion[0] == (2, 0, 1, 0, 0, 0, 0)
    assert sum(map(sum, figures.confusion)) == 4


def test_a_model_that_answers_only_the_majority_is_seen_through() -> None:
    figures = measure("lazy", [HAPPY] * 8 + [SAD, ANGRY], [HAPPY] * 10)
    assert figures.accuracy == figures.majority_accuracy == 0.8
    assert figures.uar == pytest.approx(1 / 3)


@pytest.mark.parametrize(("truth", "predicted"), [([], []), ([HAPPY], [])])
def test_rows_that_cannot_be_compared_are_refused(truth: list[Emotion], predicted: list[Emotion]) -> None:
    with pytest.raises(ValueError, match="odd: "):
        measure("odd", truth, predicted)


def report(weights: Path, figures: Figures) -> TrainingReport:
    return TrainingReport(
        model="text-xx-1",
        weights=(weights,),
        summary="A model for a test.",
        licence="CC-BY-4.0",
        sources=(Source(name="Rows of ours", licence="CC0-1.0", rows=1234, note="made here"),),
        splits="None shared.",
        figures=(figures,),
        limits=("It knows four rows.",),
        command="attune train text --data DIR",
        seconds=90.0,
        notes={"temperature": "0.5"},
    )


def test_a_card_says_what_a_reader_must_know(tmp_path: Path) -> None:
    weights = tmp_path / "text-xx-1.npz"
    weights.write_bytes(b"weights")
    card = write_card(report(weights, measure("held out", [HAPPY, SAD], [HAPPY, HAPPY])), tmp_path)
    text = card.read_text(encoding="utf-8")
    assert card.name == "text-xx-1.md"
    for fact in (
        hashlib.sha256(b"weights").hexdigest(),
        "**CC-BY-4.0**",
        "| Rows of ours | 1,234 | CC0-1.0 | made here |",
        "| this model | 0.500 | 0.500 |",
        "| always `happy` | 0.500 |",
        "It knows four rows.",
        "1.5 minutes",
        "temperature: 0.5",
    ):
        assert fact in text
