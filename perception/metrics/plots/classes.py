"""Pictures of how each emotion fares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.metrics.plots.style import (
    COLOURS,
    INK,
    MUTED,
    TEXTS,
    bare,
    drawable,
    drawable_text,
    emotion_name,
    new_figure,
    styled,
    subtitle,
)
from perception.metrics.values import Figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DARK: Final = 0.55
"""Shade from which a count is written in white."""
_EACH: Final = 0.4
"""Inches that a picture grows by with each class beyond seven."""
_CROWD: Final = 15
"""Classes beyond which an empty cell has no 0 written in."""
_LONGEST: Final = 24
"""Characters of a label that are shown."""
_LEVEL: Final = 9
"""Characters of a name from which on names stand upright."""


def plot_confusion(figures: Figures, *, lang: str = "en") -> Figure:
    """The confusion matrix: shaded by part of the true class, counts written in.

    Args:
        figures: what was measured.
        lang: `en` or `zh`; Chinese needs a Chinese font on this machine, and without one the texts are English.
    """
    lang = drawable(lang)
    names = [emotion_name(emotion, lang) for emotion in EMOTIONS]
    below = f"{figures.name}, n = {figures.rows}"
    return _confusion(np.array(figures.confusion), names, TEXTS[lang]["confusion"], below, TEXTS[lang])


def plot_label_confusion(
    counts: Sequence[Sequence[int]], names: Sequence[str], *, name: str = "", lang: str = "en"
) -> Figure:
    """The confusion matrix of labels of any name.

    Args:
        counts: rows: truth; columns: answer.
        names: of the labels, in the order of both; one that no font of this machine can draw is numbered.
        name: which rows, written under the title.
        lang: `en` or `zh`, as for `plot_confusion`.
    """
    lang = drawable(lang)
    shown = [short if drawable_text(short := _shortened(each)) else f"{i}" for i, each in enumerate(names, start=1)]
    texts = {**TEXTS[lang], "truth": TEXTS[lang]["true label"], "prediction": TEXTS[lang]["answer"]}
    return _confusion(np.array(counts), shown, texts["labels"], name, texts)


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def _confusion(counts: NDArray[Any], names: Sequence[str], title: str, below: str, texts: Mapping[str, str]) -> Figure:
    true = counts.sum(axis=1, keepdims=True)
    shades = np.where(true > 0, counts / np.maximum(true, 1), np.nan)
    more = max(0, len(names) - len(EMOTIONS)) * _EACH
    with styled():
        figure = new_figure(title, size=(6.6 + more, 5.8 + more))
        axes = figure.add_subplot()
        image = axes.imshow(shades, cmap="Blues", vmin=0, vmax=1)
        _write_counts(axes, counts, shades, texts["absent"])
        places = range(len(names))
        # a label may hold what Matplotlib takes for a formula
        axes.set_xticks(places, names, color=INK, parse_math=False)
        axes.set_yticks(places, names, color=INK, parse_math=False)
        if len(names) > len(EMOTIONS) or max(map(len, names)) > _LEVEL:
            axes.tick_params(axis="x", labelrotation=90)
        axes.set_xlabel(texts["prediction"], color=MUTED)
        axes.set_ylabel(texts["truth"], color=MUTED)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        bar = figure.colorbar(image, ax=axes, shrink=0.75, label=texts["part"])
        bar.outline.set_visible(False)
        bar.ax.tick_params(length=0)
        subtitle(axes, below)
    return figure


def _write_counts(axes: Axes, counts: NDArray[Any], shades: NDArray[Any], absent: str) -> None:
    centred: dict[str, Any] = {"ha": "center", "va": "center"}
    size = 10 if counts.max() < 10_000 else 7.5
    for row in range(len(counts)):
        if not counts[row].any():
            axes.text((len(counts) - 1) / 2, row, absent, color="#AAAAAA", **centred)
            continue
        for column, count in enumerate(counts[row]):
            if len(counts) > _CROWD and not count:
                continue
            colour = "white" if shades[row, column] > _DARK else INK if count else "#AAAAAA"
            axes.text(column, row, f"{count}", fontsize=size, color=colour, **centred)


def plot_recall(figures: Figures, *, lang: str = "en") -> Figure:
    """Recall of each class present, as bars beside its rows, and their average.

    Args:
        figures: what was measured.
        lang: `en` or `zh`, as for `plot_confusion`.
    """
    lang = drawable(lang)
    texts = TEXTS[lang]
    present = [emotion for emotion in EMOTIONS if emotion in figures.recall]
    with styled():
        figure = new_figure(texts["recall"].format(value=figures.uar), size=(6.4, 1.9 + 0.36 * len(present)))
        axes = figure.add_subplot()
        places = range(len(present))
        values = [figures.recall[emotion] for emotion in present]
        axes.barh(places, [1] * len(present), color="#F4F4F4", height=0.7)
        axes.barh(places, values, color=[COLOURS[emotion] for emotion in present], height=0.7)
        for place, value in zip(places, values, strict=True):
            axes.text(1.02, place, f"{value:.2f}", va="center", color=INK)
        names = [f"{emotion_name(emotion, lang)}  n = {figures.support[emotion]}" for emotion in present]
        axes.set_yticks(places, names, color=INK)
        axes.set_ylim(len(present) - 0.4, -0.6)
        axes.axvline(figures.uar, color=INK, linewidth=1, linestyle="--")
        axes.set_xlim(0, 1)
        axes.set_xlabel(texts["part found"], color=MUTED)
        bare(axes)
        axes.spines[:].set_visible(False)
        subtitle(axes, f"{figures.name}, n = {figures.rows}")
    return figure
