"""The picture: recall by condition, with how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from evals.robustness.measured import Condition
from evals.robustness.texts import name_condition, say
from evals.robustness.values import CLEAN
from perception.metrics.plots.style import BLUE, FAINT, INK, MUTED, RED, bare, drawable, new_figure, styled, subtitle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW_INCHES: Final = 0.3


def plot_robustness(conditions: Sequence[Condition], *, name: str = "", lang: str = "en") -> Figure:
    """A line for each condition, in their order: UAR, its interval, and the part of recordings that were stood by.

    Args:
        conditions: Clean among them.
        name: Which rows, written under the title.
        lang: `en` or `zh`; Chinese needs a Chinese font on this machine, and without one the labels are English.
    """
    lang = drawable(lang)
    with styled():
        figure = new_figure(say("picture", lang), size=(7.6, 1.7 + _ROW_INCHES * len(conditions)))
        axes = figure.add_subplot()
        for place, each in enumerate(conditions):
            _line(axes, place, each, lang)
        clean = next((each.figures for each in conditions if each.name == CLEAN), None)
        if clean is not None:
            axes.axvline(clean.uar, color=MUTED, linewidth=1, linestyle="--", zorder=0)
        axes.set_yticks(range(len(conditions)), [name_condition(each.name, lang) for each in conditions], color=INK)
        axes.set_ylim(len(conditions) - 0.4, -1.4)
        axes.set_xlim(0, 1)
        spans = any(each.figures and each.figures.intervals for each in conditions)
        axes.set_xlabel(say("axis" if spans else "axis_plain", lang), color=MUTED)
        _beside(axes, -0.9, say("uar", lang), say("coverage", lang), MUTED)
        bare(axes)
        axes.spines["left"].set_visible(False)
        subtitle(axes, name, width=45)
    return figure


def _line(axes: Axes, place: int, each: Condition, lang: str) -> None:
    axes.axhline(place, color=FAINT, linewidth=0.6, zorder=0)
    if each.figures is None:
        _beside(axes, place, say("none", lang), f"{each.coverage:.0%}", MUTED)
        return
    colour = RED if each.name == CLEAN else BLUE
    if span := each.figures.intervals.get("uar"):
        axes.hlines(place, span.low, span.high, color=colour, linewidth=2.2, alpha=0.5)
    axes.plot([each.figures.uar], [place], "o", color=colour, markersize=6)
    _beside(axes, place, f"{each.figures.uar:.3f}", f"{each.coverage:.0%}", INK)


def _beside(axes: Axes, place: float, first: str, second: str, colour: str) -> None:
    for at, text in ((1.02, first), (1.17, second)):
        axes.annotate(
            text, (at, place), xycoords=("axes fraction", "data"), va="center", annotation_clip=False, color=colour
        )
