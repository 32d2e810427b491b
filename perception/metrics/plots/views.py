"""A figure over the ways in which rows were judged, such as how many earlier utterances of a speaker were known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from perception.metrics.plots.style import BLUE, FAINT, INK, MUTED, bare, drawable, new_figure, styled
from perception.metrics.values import Interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TEXTS = {"en": ("UAR on held-out speakers", "mean"), "zh": ("未见过的说话人上的 UAR", "平均")}
_MARKS = ("s", "^", "D", "v", "P", "X")


def plot_views(
    views: Sequence[str],
    mean: Sequence[float],
    intervals: Sequence[Interval],
    parts: Mapping[str, Sequence[float]],
    *,
    lang: str = "en",
) -> Figure:
    """Draw the mean with its intervals, and each part of it thinly.

    Args:
        views: names of the ways, from left to right.
        mean: figure for each of them, in [0, 1].
        intervals: of the means.
        parts: the figures that the mean is of, by name, such as one a corpus.
        lang: `en` or `zh`; Chinese needs a Chinese font on this machine, and without one the texts are English.
    """
    title, word = _TEXTS[drawable(lang)]
    with styled():
        figure = new_figure(title)
        axes = figure.add_subplot()
        places = range(len(views))
        axes.fill_between(
            places, [each.low for each in intervals], [each.high for each in intervals], color=BLUE, alpha=0.15
        )
        for mark, (name, values) in zip(_MARKS * len(parts), parts.items(), strict=False):
            axes.plot(places, values, color=MUTED, linewidth=1, marker=mark, markersize=4, label=name)
        axes.plot(places, mean, color=BLUE, linewidth=2.2, marker="o", label=word)
        for place, value in zip(places, mean, strict=True):
            axes.annotate(f"{value:.3f}", (place, value), (0, 7), textcoords="offset points", ha="center", color=INK)
        axes.set_xticks(list(places), list(views))
        axes.grid(axis="y", color=FAINT)
        axes.legend(frameon=False)
        bare(axes)
    return figure
