"""A picture of every way to share out trust among three senses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.metrics.plots.style import INK, MUTED, drawable, new_figure, styled, subtitle
from perception.observation import Modality

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT: Final = math.sqrt(3) / 2
_CORNERS: Final = {Modality.VISION: (0.0, 0.0), Modality.AUDIO: (1.0, 0.0), Modality.TEXT: (0.5, _HEIGHT)}
_TEXTS: Final = {
    "en": {
        "title": "Trust in face, voice and words",
        "accuracy": "accuracy",
        "macro_f1": "macro-F1",
        Modality.VISION: "face",
        Modality.AUDIO: "voice",
        Modality.TEXT: "words",
        "best": "best: face {vision:.2f}, voice {audio:.2f}, words {text:.2f}: {metric} {value:.3f}",
    },
    "zh": {
        "title": "对脸部、声音和文字的信任",
        "accuracy": "准确率",
        "macro_f1": "宏平均 F1",
        Modality.VISION: "脸部",
        Modality.AUDIO: "声音",
        Modality.TEXT: "文字",
        "best": "最佳：脸部 {vision:.2f}，声音 {audio:.2f}，文字 {text:.2f}，{metric} {value:.3f}",
    },
}


def plot_ternary(
    trusts: NDArray[np.float64],
    values: NDArray[np.float64],
    *,
    best: Sequence[float],
    metric: str,
    lang: str = "en",
) -> Figure:
    """A heat map over the triangle of trusts: each corner trusts one sense alone.

    Args:
        trusts: n x 3, in the order of `Modality`; each row sums to 1.
        values: n: how good each is, in [0, 1].
        best: the trust to mark.
        metric: `accuracy` or `macro_f1`: what the values are.
        lang: `en` or `zh`; Chinese needs a Chinese font on this machine, and without one the texts are English.
    """
    texts = _TEXTS[drawable(lang)]
    x, y = _placed(trusts)
    with styled():
        figure = new_figure(texts["title"], size=(6.4, 5.6))
        axes = figure.add_subplot()
        # the worst corners would take all the colours: what matters is near the top
        low = float(np.quantile(values, 0.1))
        triangles = axes.tripcolor(x, y, values, shading="gouraud", cmap="viridis", vmin=low)
        levels = _levels(values)
        if len(levels):
            lines = axes.tricontour(x, y, values, levels=levels, colors="white", linewidths=0.7, alpha=0.8)
            axes.clabel(lines, fmt="%.2f", fontsize=7)
        _frame(axes, texts)
        left, up = _placed(np.array([best]))
        axes.plot(left, up, marker="*", markersize=15, color="#D55E00", markeredgecolor="white")
        bar = figure.colorbar(triangles, ax=axes, shrink=0.7, label=texts[metric], extend="min")
        bar.outline.set_visible(False)
        named = {modality.value: best[place] for place, modality in enumerate(Modality)}
        top = float(values[np.abs(trusts - np.array(best)).sum(axis=1).argmin()])
        subtitle(axes, texts["best"].format(**named, metric=texts[metric], value=top))
    return figure


def _levels(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lines at round figures below the best; none where all are alike."""
    top = values.max()
    levels = np.array([top - part for part in (0.05, 0.02, 0.01, 0.005)])
    return np.asarray(levels[levels > values.min()])


def _placed(trusts: NDArray[np.float64]) -> tuple[Any, Any]:
    corners = np.array([_CORNERS[modality] for modality in Modality])
    at = trusts @ corners
    return at[:, 0], at[:, 1]


def _frame(axes: Axes, texts: dict[Any, str]) -> None:
    """Corners with their names, and ticks each fifth along the edges."""
    around = [*_CORNERS.values(), next(iter(_CORNERS.values()))]
    axes.plot([x for x, _ in around], [y for _, y in around], color=INK, linewidth=1)
    for modality, (x, y) in _CORNERS.items():
        above = modality is Modality.TEXT
        name = f"{texts[modality]} 1.0"
        axes.annotate(
            name, (x, y), xytext=(0, 6 if above else -6), textcoords="offset points",
            ha="center", va="bottom" if above else "top", color=INK,
        )  # fmt: skip
    names = list(_CORNERS)
    for place, modality in enumerate(names):
        one, other = _CORNERS[modality], _CORNERS[names[(place + 1) % 3]]
        for part in (0.2, 0.4, 0.6, 0.8):
            x, y = (part * a + (1 - part) * b for a, b in zip(one, other, strict=True))
            inward = ((0.5 - x) * 0.03, (_HEIGHT / 3 - y) * 0.03)
            axes.plot([x, x + inward[0]], [y, y + inward[1]], color=INK, linewidth=0.8)
            axes.annotate(
                f"{part:.1f}", (x, y), xytext=(-900 * inward[0], -900 * inward[1]), textcoords="offset points",
                ha="center", va="center", fontsize=7, color=MUTED,
            )  # fmt: skip
    axes.set_ylim(-0.12, _HEIGHT + 0.12)
    axes.set_aspect("equal")
    axes.set_axis_off()
