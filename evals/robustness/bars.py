"""The picture: how much accuracy each thing costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from evals.robustness.measured import Condition
from evals.robustness.texts import name_condition, say
from perception.metrics.plots.style import BLUE, FAINT, INK, MUTED, bare, drawable, new_figure, styled, subtitle

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROW_INCHES: Final = 0.32


def plot_accuracy_drops(conditions: Sequence[Condition], *, name: str = "", lang: str = "en") -> Figure:
    """A bar for each condition, the costliest on top: accuracy less than clean, in points, with its interval.

    Args:
        conditions: Clean, which has no drop, may be among them.
        name: Which rows, written under the title.
        lang: `en` or `zh`; Chinese needs a Chinese font on this machine, and without one the labels are English.
    """
    lang = drawable(lang)
    lost = [(each, each.accuracy_drop) for each in conditions if each.accuracy_drop is not None]
    lost.sort(key=lambda pair: -pair[1].points)
    with styled():
        figure = new_figure(say("picture_drops", lang), size=(7.2, 1.9 + _ROW_INCHES * len(lost)))
        axes = figure.add_subplot()
        for place, (_, drop) in enumerate(lost):
            axes.barh(place, drop.points, height=0.62, color=BLUE, alpha=0.75)
            if span := drop.interval:
                axes.hlines(place, span.low, span.high, color=INK, linewidth=1.4)
            at: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "va": "center", "annotation_clip": False}
            axes.annotate(f"{drop.points:+.1f}", (1.02, place), color=INK, **at)
        axes.axvline(0, color=MUTED, linewidth=1)
        axes.grid(axis="x", color=FAINT, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_yticks(range(len(lost)), [name_condition(each.name, lang) for each, _ in lost], color=INK)
        axes.set_ylim(len(lost) - 0.4, -0.6)
        axes.set_xlabel(say("axis_drops", lang), color=MUTED)
        bare(axes)
        subtitle(axes, name, width=60)
    return figure
