"""Figures of a manifest that can be computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent import Senses
from evals.errors import ManifestUnusable
from evals.perception import Evaluation, Plan, evaluate_perception
from perception import Emotion, Modality

pytestmark = pytest.mark.unit

Write = Callable[..., Path]

# two of three happy right, one of two sad right (and uncertain), one neutral silent
ROWS = [
    ("happy 0.9", "happy"),
    ("happy 0.8", "happy"),
    ("angry 0.7", "happy"),
    ("uncertain: sad 0.6", "sad"),
    ("happy 0.95", "sad"),
    ("mute", "neutral"),
]


def evaluate(senses: Senses, manifest: Path, /, **options: Any) -> Evaluation:
    return evaluate_perception(Plan(manifest=manifest, **{"resamples": 50, **options}), senses)


def test_figures_are_over_rows_with_scores_and_statuses_tell_of_the_rest(senses: Senses, write: Write) -> None:
    text = evaluate(senses, write(ROWS)).sources["text"]
    figures = text.figures
    assert (text.asked, figures.rows, text.answered) == (6, 5, 4)
    assert figures.accuracy == pytest.approx(3 / 5)
    assert figures.uar == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert (figures.majority, figures.majority_accuracy) == (Emotion.HAPPY, 3 / 5)
    assert figures.coverage == pytest.approx(4 / 5)
    assert figures.answered_accuracy == pytest.approx(2 / 4)
    assert text.coverage == pytest.approx(4 / 6)
    assert text.statuses == {"ok": 4, "uncertain": 1, "empty": 1}


def test_silence_counts_as_wrong_in_the_strict_figures(senses: Senses, write: Write) -> None:
    strict = evaluate(senses, write(ROWS)).sources["text"].strict
    assert (strict.rows, strict.right) == (6, 2)
    assert strict.accuracy == pytest.approx(2 / 6)
    assert strict.uar == pytest.approx((2 / 3 + 0 + 0) / 3)
    assert strict.intervals["accuracy"].low < 2 / 6 < strict.intervals["accuracy"].high


def test_mistakes_are_the_surest_that_it_stood_by(senses: Senses, write: Write) -> None:
    mistakes = evaluate(senses, write([*ROWS, ("uncertain: fear 0.99", "sad")])).sources["text"].mistakes
    assert [(m.row.id, m.said.value, m.confidence) for m in mistakes] == [("r4", "happy", 0.95), ("r2", "angry", 0.7)]
    assert mistakes[0].truth == 0.0


def test_the_thresholds_of_the_runtime_decide_what_is_fused(senses: Senses, write: Write) -> None:
    found = evaluate(senses, write(ROWS))
    fused = found.sources["fused"]
    assert fused.figures.rows == 4
    assert found.statuses["fused"] == {"ok": 4, "silent": 2}
    assert fused.strict.right == 2


def test_senses_are_fused_where_a_row_has_several(senses: Senses, write: Write, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (8, 8)).save(tmp_path / "face.png")
    rows = [{"text": "sad 0.55", "image": "face.png", "label": "happy"}, {"text": "sad 0.9", "label": "sad"}]
    found = evaluate(senses, write(rows))
    assert list(found.sources) == ["vision", "text", "fused"]
    assert found.sources["vision"].asked == 1
    assert found.sources["fused"].figures.rows == 2


def test_intervals_of_classes_hold_the_figures(senses: Senses, write: Write) -> None:
    text = evaluate(senses, write(ROWS * 5)).sources["text"]
    spans = text.class_intervals[Emotion.HAPPY]
    assert spans["recall"].low <= text.figures.recall[Emotion.HAPPY] <= spans["recall"].high
    assert spans["precision"].low <= text.figures.precision[Emotion.HAPPY] <= spans["precision"].high


def test_no_resamples_no_intervals(senses: Senses, write: Write) -> None:
    text = evaluate(senses, write(ROWS), resamples=0, by=("label",)).sources["text"]
    assert not text.figures.intervals
    assert not text.strict.intervals
    assert text.class_intervals[Emotion.HAPPY] == {}


def grouped(wrong_from: int = 30) -> list[dict[str, Any]]:
    """40 rows of two speakers; of b the last 10 are wrong."""
    return [
        {
            "text": "happy 0.9" if n < wrong_from else "sad 0.9",
            "label": "happy",
            "speaker": "a" if n < 20 else "b",
            "odd": "yes" if n == 0 else None,
        }
        for n in range(40)
    ]


def test_the_gap_between_parts(senses: Senses, write: Write) -> None:
    (cut,) = [cut for cut in _text(senses, write(grouped()), by=("speaker",)).cuts if cut.kind == "column"]
    assert [(part.value, part.figures.rows, part.figures.accuracy) for part in cut.parts] == [
        ("a", 20, 1.0),
        ("b", 20, 0.5),
    ]
    gap = cut.gaps[0]
    assert (gap.metric, gap.best, gap.worst, gap.difference) == ("accuracy", "a", "b", 0.5)


def test_the_interval_of_a_gap_holds_it_where_rows_are_independent(senses: Senses, write: Write) -> None:
    rows = [{**row, "speaker": None, "part": row["speaker"]} for row in grouped()]
    (cut,) = [cut for cut in _text(senses, write(rows), by=("part",), resamples=400).cuts if cut.kind == "column"]
    interval = cut.gaps[0].interval
    assert interval is not None
    # 10 of 20 wrong: the standard error is 0.11
    assert 0.2 < interval.low < 0.35
    assert 0.65 < interval.high < 0.8


def test_parts_of_few_rows_take_no_part_in_a_gap(senses: Senses, write: Write) -> None:
    (cut,) = [cut for cut in _text(senses, write(grouped()), by=("odd",)).cuts if cut.kind == "column"]
    assert [(part.value, part.few) for part in cut.parts] == [(None, False), ("yes", True)]
    assert cut.gaps == ()


def test_a_column_of_many_values_is_cut_short(senses: Senses, write: Write) -> None:
    rows = [{**row, "n": n} for n, row in enumerate(grouped())] * 2
    rows = [{**row, "n": n % 50} for n, row in enumerate(rows)]
    (cut,) = [cut for cut in _text(senses, write(rows), by=("n",), resamples=0).cuts if cut.kind == "column"]
    assert (len(cut.parts), cut.more) == (40, 10)


def test_what_is_known_of_rows_is_cut_by_quarters(senses: Senses, write: Write) -> None:
    rows = [(f"happy 0.9 {'x' * n}", "happy") for n in range(40)]
    cuts = {cut.column: cut for cut in _text(senses, write(rows)).cuts}
    assert [part.figures.rows for part in cuts["characters"].parts] == [10, 10, 10, 10]
    assert "quality" not in cuts, "all rows have the same"


def test_speakers_are_drawn_whole_when_all_rows_have_one(senses: Senses, write: Write) -> None:
    found = evaluate(senses, write(grouped()))
    assert (found.cluster, found.groups, found.sources["text"].figures.groups) == ("speaker", 2, 2)
    without = [{key: value for key, value in row.items() if key != "speaker"} for row in grouped()[:5]]
    partly = evaluate(senses, write([*grouped()[:5], *without]))
    assert partly.cluster is None


def test_a_group_by_option(senses: Senses, write: Write) -> None:
    rows = [{**row, "dialogue": n // 4, "scene": n // 8} for n, row in enumerate(grouped())]
    assert evaluate(senses, write(rows), cluster="scene").sources["text"].figures.groups == 5
    for row in rows:
        row["speaker"] = ""
    assert evaluate(senses, write(rows)).cluster == "dialogue"
    with pytest.raises(
        ManifestUnusable, match=r"40 rows .* lack the column 'speaker' of --cluster, the first in line 1"
    ):
        evaluate(senses, write(rows), cluster="speaker")


def test_one_sense_only(senses: Senses, write: Write) -> None:
    rows = [{"text": "happy 0.9", "image": "gone.png", "label": "happy"}, {"image": "gone.png", "label": "sad"}]
    found = evaluate(senses, write(rows), senses=(Modality.TEXT,))
    assert not found.broken, "the picture is not opened"
    assert found.labelled.without_evidence == 1
    assert list(found.sources) == ["text", "fused"]
    with pytest.raises(ManifestUnusable, match="anything for audio"):
        evaluate(senses, write(rows), senses=(Modality.AUDIO,))


def test_a_sense_that_is_off_is_told_not_measured(senses: Senses, write: Write, tmp_path: Path) -> None:
    import numpy as np
    import soundfile

    soundfile.write(tmp_path / "a.wav", np.zeros(16_000), 16_000)
    found = evaluate(senses, write([{"text": "happy 0.9", "audio": "a.wav", "label": "happy"}]))
    assert found.statuses["audio"] == {"disabled": 1}
    assert "audio" not in found.sources
    with pytest.raises(ManifestUnusable, match=r"no sense gave scores.*audio: disabled 1"):
        evaluate(senses, write([{"audio": "a.wav", "label": "happy"}]))


def test_a_limit_draws_at_random_and_keeps_the_order(senses: Senses, write: Write) -> None:
    manifest = write(ROWS * 20)
    lines = [row.line for row in evaluate(senses, manifest, limit=10, seed=1).rows]
    assert len(lines) == 10
    assert lines == sorted(lines)
    assert lines != list(range(1, 11))
    assert lines == [row.line for row in evaluate(senses, manifest, limit=10, seed=1).rows]
    assert lines != [row.line for row in evaluate(senses, manifest, limit=10, seed=2).rows]


def _text(senses: Senses, manifest: Path, **options: Any) -> Any:
    return evaluate(senses, manifest, **options).sources["text"]
