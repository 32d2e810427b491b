"""Pictures of how far a model's confidence can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from perception.metrics.calibration import Reliability, reliability
from perception.metrics.plots.style import (
    BLUE,
    FAINT,
    INK,
    MUTED,
    RED,
    TEXTS,
    bare,
    drawable,
    new_figure,
    styled,
    subtitle,
)
from perception.metrics.selective import RiskCoverage, risk_coverage
from perception.metrics.values import Predictions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_reliability(predictions: Predictions, *, name: str = "", lang: str = "en") -> Figure:
    """The reliability diagram: accuracy against confidence in 15 bins, above how many rows each bin holds.

    Args:
        predictions: what the model said, and the truth.
        name: which rows, written under the title.
        lang: `en` or `zh`; Chinese needs a Chinese font on this machine, and without one the texts are English.
    """
    texts = TEXTS[drawable(lang)]
    curve = reliability(predictions)
    with styled():
        figure = new_figure(texts["reliability"].format(value=curve.ece), size=(5.6, 6.2))
        grid = figure.add_gridspec(2, 1, height_ratios=(4, 1))
        upper = figure.add_subplot(grid[0])
        lower = figure.add_subplot(grid[1], sharex=upper)
        _bins(upper, curve, texts)
        lower.bar(curve.edges[:-1], curve.count, 1 / len(curve.count), align="edge", color="#B8C4CE", edgecolor="white")
        lower.set_ylabel(texts["rows"], color=MUTED)
        lower.set_xlabel(texts["confidence"], color=MUTED)
        for axes in (upper, lower):
            bare(axes)
        upper.tick_params(labelbottom=False)
        figure.align_ylabels([upper, lower])
        subtitle(upper, ", ".join(filter(None, [name, f"n = {len(predictions)}"])))
    return figure


def _bins(axes: Axes, curve: Reliability, texts: Mapping[str, str]) -> None:
    width = 1 / len(curve.count)
    axes.bar(curve.edges[:-1], curve.accuracy, width, align="edge", color=BLUE, alpha=0.3, edgecolor="white")
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--", label=texts["perfect"])
    full = curve.count > 0
    axes.vlines(curve.confidence[full], curve.accuracy[full], curve.confidence[full], color=RED, linewidth=1.2)
    axes.plot(curve.confidence[full], curve.accuracy[full], "o", color=BLUE, markersize=5, clip_on=False)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_ylabel(texts["accuracy"], color=MUTED)
    axes.legend(loc="upper left")


def plot_risk_coverage(
    predictions: Predictions, *, threshold: float | None = None, name: str = "", lang: str = "en"
) -> Figure:
    """The risk-coverage curve: the error among the rows answered, as ever less sure ones are.

    Args:
        predictions: what the model said, and the truth.
        threshold: least confidence at which the model answers, in [0, 1]; it is marked.
        name: which rows, written under the title.
        lang: `en` or `zh`, as for `plot_reliability`.
    """
    texts = TEXTS[drawable(lang)]
    curve = risk_coverage(predictions)
    with styled():
        figure = new_figure(texts["risk"].format(value=curve.aurc))
        axes = figure.add_subplot()
        everything = float(curve.risk[-1])
        axes.axhline(everything, color=MUTED, linewidth=1, linestyle="--")
        axes.fill_between(curve.coverage, curve.risk, color=BLUE, alpha=0.12, linewidth=0)
        axes.plot(curve.coverage, curve.risk, color=BLUE, linewidth=1.8)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, max(0.05, min(1.0, float(curve.risk.max()) * 1.25)))
        if threshold is not None:
            _mark_threshold(axes, curve, threshold, texts)
        _name_base(axes, everything, texts["all"].format(value=1 - everything))
        axes.set_xlabel(texts["coverage"], color=MUTED)
        axes.set_ylabel(texts["error"], color=MUTED)
        bare(axes)
        subtitle(axes, ", ".join(filter(None, [name, f"n = {len(predictions)}"])))
    return figure


def _name_base(axes: Axes, risk: float, text: str) -> None:
    # a curve of few rows may well run through it
    behind: dict[str, Any] = {"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.5}
    where: dict[str, Any] = {"xytext": (4, 3), "textcoords": "offset points", "va": "bottom"}
    axes.annotate(text, (0, risk), fontsize=9, color=MUTED, bbox=behind, zorder=4, **where)


def _mark_threshold(axes: Axes, curve: RiskCoverage, threshold: float, texts: Mapping[str, str]) -> None:
    answered = curve.threshold >= threshold
    if not answered.any():
        axes.plot([], [], " ", label=texts["nothing"].format(threshold=threshold))
    else:
        coverage, risk = curve.coverage[answered][-1], curve.risk[answered][-1]
        said = texts["threshold"].format(threshold=threshold, coverage=coverage, accuracy=1 - risk)
        axes.vlines(coverage, 0, risk, color=FAINT, linewidth=1)
        axes.plot([coverage], [risk], "o", color=RED, markersize=8, label=said, zorder=5, clip_on=False)
    axes.legend(loc="lower right", labelcolor=INK, fontsize=9)
