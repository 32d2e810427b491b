"""Pictures: what they say, that nothing is cut off, and that they are the same each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from agent.phrases import name_emotion
from perception import EMOTIONS
from perception.metrics import Figures, Interval, Predictions, measure
from perception.metrics.plots import (
    plot_confusion,
    plot_learning,
    plot_recall,
    plot_reliability,
    plot_risk_coverage,
    plot_runs,
    save,
    style,
    svg,
)

pytestmark = pytest.mark.unit

LONG = "a corpus whose authors gave it a name of great length, its speaker-independent development part, revised"


def some(n: int, classes: int = 7) -> Predictions:
    random = np.random.default_rng(1)
    truth = random.integers(0, classes, n)
    logits = random.normal(size=(n, 7))
    logits[np.arange(n), truth] += 2
    return Predictions(truth=truth, probabilities=np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))


ROWS = some(300)
FIGURES = measure("a set", ROWS, resamples=0)
CURVES = {
    "train/loss": [(step, 2 / step) for step in range(1, 31)],
    "dev/loss": [(step, 1 / step) for step in range(1, 31)],
    "dev/uar": [(step, 1 - 1 / step) for step in range(1, 31)],
}
RUNS = {
    "first": (0.5, Interval(low=0.4, high=0.61)),
    "second": (0.7, Interval(low=0.62, high=0.8)),
    "third": (0.1, None),
}


def thousandfold(figures: Figures) -> Figures:
    return replace(figures, name=LONG, confusion=tuple(tuple(n * 1000 for n in row) for row in figures.confusion))


DRAWINGS: dict[str, Callable[..., Figure]] = {
    "confusion": lambda **kw: plot_confusion(FIGURES, **kw),
    "confusion of many": lambda **kw: plot_confusion(thousandfold(FIGURES), **kw),
    "confusion of two classes": lambda **kw: plot_confusion(measure("x", some(30, 2), resamples=0), **kw),
    "recall": lambda **kw: plot_recall(FIGURES, **kw),
    "recall, long name": lambda **kw: plot_recall(replace(FIGURES, name=LONG), **kw),
    "recall of one class": lambda **kw: plot_recall(measure("x", some(9, 1), resamples=0), **kw),
    "reliability": lambda **kw: plot_reliability(ROWS, name=LONG, **kw),
    "reliability of one row": lambda **kw: plot_reliability(some(1), **kw),
    "risk": lambda **kw: plot_risk_coverage(ROWS, threshold=0.5, name=LONG, **kw),
    "risk, nothing answered": lambda **kw: plot_risk_coverage(ROWS, threshold=1.0, **kw),
    "risk of one row": lambda **kw: plot_risk_coverage(some(1), threshold=0.1, **kw),
    "learning": lambda **kw: plot_learning(CURVES, best=30, name=LONG, **kw),
    "learning, one step": lambda **kw: plot_learning({"dev/uar": [(1, 0.5)], "dev/loss": []}, best=1, **kw),
    "learning of many runs": lambda **kw: plot_learning(
        {f"run {k} with {LONG}": [(1, 0.1), (2, k / 20)] for k in range(20)}, **kw
    ),
    "runs": lambda **kw: plot_runs(RUNS, metric="UAR", name=LONG, **kw),
    "many runs": lambda **kw: plot_runs(
        {f"run {k} with {LONG}": (k / 10, None) for k in range(14)}, metric="NLL", lower_is_better=True, **kw
    ),
}

IN_CHINESE = ("confusion", "recall", "reliability", "risk", "learning", "runs")


def texts(figure: Figure) -> list[Text]:
    return [each for each in figure.findobj(Text) if each.get_visible() and each.get_text().strip()]


def said(figure: Figure) -> str:
    return "\n".join(each.get_text() for each in texts(figure))


def drawn(figure: Figure) -> Figure:
    with style.styled():
        FigureCanvasAgg(figure).draw()
    return figure


@pytest.mark.parametrize(
    ("name", "lang"), [*((name, "en") for name in DRAWINGS), *((name, "zh") for name in IN_CHINESE)]
)
def test_nothing_is_cut_off_and_nothing_overlaps(name: str, lang: str) -> None:
    figure = drawn(DRAWINGS[name](lang=lang))
    whole = figure.bbox
    shown = [(each, each.get_window_extent()) for each in texts(figure) if _on_scale(each, figure)]
    for text, box in shown:
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= whole.x1 and box.y1 <= whole.y1
        assert inside, f"{text.get_text()!r} leaves the picture: {box}"
    for number, (text, box) in enumerate(shown):
        for other, its in shown[number + 1 :]:
            # the labels of two scales may touch in their corner
            apart = not box.padded(-3).overlaps(its.padded(-3))
            assert apart, f"{text.get_text()!r} and {other.get_text()!r} overlap"


def _on_scale(text: Text, figure: Figure) -> bool:
    """Ticks beyond the limits of an axis exist, but are not drawn."""
    for axes in figure.axes:
        for axis, (low, high) in ((axes.xaxis, sorted(axes.get_xlim())), (axes.yaxis, sorted(axes.get_ylim()))):
            for tick in axis.get_major_ticks():
                if text in (tick.label1, tick.label2):
                    return low - 1e-9 <= tick.get_loc() <= high + 1e-9
    return True


def test_counts_are_written_in() -> None:
    figure = drawn(plot_confusion(FIGURES))
    for row in FIGURES.confusion:
        for count in row:
            assert str(count) in said(figure).split("\n")
    assert "a set, n = 300" in said(figure)


def test_a_class_without_rows_says_so() -> None:
    assert said(drawn(plot_confusion(measure("x", some(30, 2), resamples=0)))).count("no rows") == 5


def test_titles_bear_the_figure() -> None:
    assert f"ECE {FIGURES.ece:.3f}" in said(plot_reliability(ROWS))
    assert f"AURC {FIGURES.aurc:.3f}" in said(plot_risk_coverage(ROWS))
    assert f"UAR {FIGURES.uar:.3f}" in said(plot_recall(FIGURES))


def test_the_threshold_is_marked_with_what_it_does() -> None:
    sure = ROWS.confidence >= 0.5
    expected = f"answers {sure.mean():.0%},\naccuracy {ROWS.right[sure].mean():.2f}"
    assert expected in said(plot_risk_coverage(ROWS, threshold=0.5))
    assert f"accuracy {ROWS.right.mean():.2f}" in said(plot_risk_coverage(ROWS))
    assert "answers nothing" in said(plot_risk_coverage(ROWS, threshold=1.0))


def test_losses_and_metrics_have_panels_of_their_own() -> None:
    figure = plot_learning(CURVES, best=12)
    labels = [[line.get_label() for line in axes.get_lines()] for axes in figure.axes]
    assert labels == [["train/loss", "dev/loss", "best: 12"], ["dev/uar", "best: 12"]]
    assert len(plot_learning({"dev/uar": [(1, 0.5)]}).axes) == 1


@pytest.mark.parametrize(
    ("lower", "order"), [(False, ["second", "first", "third"]), (True, ["third", "first", "second"])]
)
def test_the_best_run_is_on_top(lower: bool, order: list[str]) -> None:
    axes = plot_runs(RUNS, metric="UAR", lower_is_better=lower).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == order
    assert axes.get_ylim()[0] > axes.get_ylim()[1]


def test_a_long_name_keeps_its_ends() -> None:
    assert "run-1 lr=" in said(plot_runs({f"run-1 lr=0.1 {'x' * 90} seed=3": (0.5, None)}, metric="UAR"))
    assert "seed=3" in said(plot_runs({f"run-1 lr=0.1 {'x' * 90} seed=3": (0.5, None)}, metric="UAR"))


@pytest.mark.skipif(style.cjk_font() is None, reason="needs a Chinese font")
def test_chinese_is_chinese_throughout() -> None:
    assert "预测情绪" in said(plot_confusion(FIGURES, lang="zh"))
    assert "平静" in said(plot_recall(FIGURES, lang="zh"))
    assert "置信度" in said(plot_reliability(ROWS, lang="zh"))


def test_emotions_bear_the_names_the_agent_gives_them() -> None:
    for emotion in EMOTIONS:
        assert style.emotion_name(emotion, "zh") == name_emotion(emotion, "zh")


def test_each_text_is_there_in_both_languages() -> None:
    assert style.TEXTS["en"].keys() == style.TEXTS["zh"].keys()


def test_without_a_chinese_font_texts_are_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "cjk_font", lambda: None)
    assert "prediction" in said(plot_confusion(FIGURES, lang="zh"))


def test_other_languages_are_refused() -> None:
    with pytest.raises(ValueError, match="plots speak en and zh, not 'fr'"):
        plot_recall(FIGURES, lang="fr")


def test_nothing_to_draw_is_an_error() -> None:
    with pytest.raises(ValueError, match="no series has a value"):
        plot_learning({"dev/uar": []})
    with pytest.raises(ValueError, match="no runs to compare"):
        plot_runs({}, metric="UAR")


@pytest.mark.parametrize("name", ["confusion", "learning"])
def test_svg_is_the_same_each_time_and_stands_in_a_page(name: str) -> None:
    first, second = (svg(DRAWINGS[name]()) for _ in range(2))
    assert first == second
    assert first.startswith("<svg")
    assert first.rstrip().endswith("</svg>")
    assert "<dc:date>" not in first


@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_a_file_is_the_same_each_time(tmp_path: Path, suffix: str) -> None:
    paths = [tmp_path / f"{place}.{suffix}" for place in "ab"]
    for path in paths:
        save(plot_risk_coverage(ROWS), path)
    first, second = (path.read_bytes() for path in paths)
    assert first == second


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="docx"):
        save(plot_recall(FIGURES), tmp_path / "a.docx")
