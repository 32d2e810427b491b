"""Pictures of training: how a run learnt, and how runs compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from perception.emotions import Emotion
from perception.metrics.plots.style import (
    BLUE,
    COLOURS,
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
from perception.metrics.values import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINES: Final = (BLUE, RED, COLOURS[Emotion.DISGUST], COLOURS[Emotion.FEAR], COLOURS[Emotion.HAPPY], INK)
_AGAIN: Final = ("-", "-.", ":")
"""Each time the colours have been used up, another of these."""
_FEW: Final = 40
"""Up to so many points, each is marked."""
_BESIDE: Final = 6
"""Series from which on a legend stands beside the panel, not in it."""
_MANY: Final = 5000
"""Points from which a legend has its place without a search."""
_LONGEST: Final = 44
"""Characters of a run's name that are shown."""

Series = Mapping[str, Sequence[tuple[int, float]]]


def plot_learning(series: Series, *, best: int | None = None, name: str = "", lang: str = "en") -> Figure:
    """Learning curves: losses on one panel, all other metrics on another.

    Args:
        series: by name, such as `train/loss` and `dev/uar`, values at steps in order. A name with `loss` or `nll` in it
            is a loss; one that starts with `train` is drawn dashed.
        best: the step whose weights were kept; it is marked.
        name: of the run, written under the title.
        lang: `en` or `zh`; Chinese needs a Chinese font on this machine, and without one the texts are English.

    Raises:
        ValueError: there is nothing to draw.
    """
    if not any(series.values()):
        raise ValueError("there are no learning curves to draw: no series has a value")
    texts = TEXTS[drawable(lang)]
    losses = {key: values for key, values in series.items() if _is_loss(key)}
    metrics = {key: values for key, values in series.items() if key not in losses}
    panels = [(key, each) for key, each in (("losses", losses), ("metrics", metrics)) if any(each.values())]
    beside = 2.2 * sum(len(each) > _BESIDE for _, each in panels)
    tallest = max(len(each) for _, each in panels)
    with styled():
        size = (1.4 + 4.2 * len(panels) + beside, max(4.2, 1.2 + 0.19 * tallest))
        figure = new_figure(texts["learning"], size=size)
        for place, (key, each) in enumerate(panels, 1):
            axes = figure.add_subplot(1, len(panels), place)
            _curves(axes, each)
            if best is not None:
                axes.axvline(best, color=MUTED, linewidth=1, linestyle=":", label=texts["best"].format(step=best))
            _legend(axes, each)
            axes.set_xlabel(texts["step"], color=MUTED)
            axes.set_ylabel(texts[key], color=MUTED)
            subtitle(axes, name if place == 1 else "", width=45)
    return figure


def _is_loss(name: str) -> bool:
    return any(word in name.lower() for word in ("loss", "nll"))


def _curves(axes: Axes, series: Series) -> None:
    from matplotlib.ticker import MaxNLocator

    for number, (name, points) in enumerate(series.items()):
        again = _AGAIN[number // len(_LINES) % len(_AGAIN)]
        style: dict[str, Any] = {"linestyle": "--" if name.startswith("train") else again}
        if len(points) <= _FEW:
            style |= {"marker": "o", "markersize": 3.5}
        colour = _LINES[number % len(_LINES)]
        axes.plot(
            [step for step, _ in points], [value for _, value in points], color=colour, label=_short(name), **style
        )
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.grid(axis="y", color="#EEEEEE")
    axes.set_axisbelow(True)
    bare(axes)


def _legend(axes: Axes, series: Series) -> None:
    if len(series) > _BESIDE:
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8, borderaxespad=0)
        return
    # looking for the emptiest corner among very many points takes seconds
    many = sum(map(len, series.values())) > _MANY
    axes.legend(loc="upper right" if many else "best", fontsize=9)


def plot_runs(
    runs: Mapping[str, tuple[float, Interval | None]],
    *,
    metric: str,
    lower_is_better: bool = False,
    name: str = "",
    lang: str = "en",
) -> Figure:
    """Runs compared by one metric, the best on top: dots, and lines for their intervals.

    Args:
        runs: by name, the figure and its interval where there is one.
        metric: its name, as it is to be written.
        lower_is_better: as of a loss.
        name: which rows, written under the title.
        lang: `en` or `zh`, as for `plot_learning`.

    Raises:
        ValueError: there are no runs.
    """
    if not runs:
        raise ValueError("there are no runs to compare")
    texts = TEXTS[drawable(lang)]
    ordered = sorted(runs.items(), key=lambda run: run[1][0], reverse=not lower_is_better)
    with styled():
        figure = new_figure(texts["runs"], size=(7.2, 1.7 + 0.32 * len(ordered)))
        axes = figure.add_subplot()
        for place, (_, (value, interval)) in enumerate(ordered):
            _dot(axes, place, value, interval, first=place == 0)
        axes.set_yticks(range(len(ordered)), [_short(key) for key, _ in ordered], color=INK)
        axes.set_ylim(len(ordered) - 0.4, -0.6)
        axes.margins(x=0.08)
        has_interval = any(interval for _, (_, interval) in ordered)
        axes.set_xlabel(f"{metric} ({texts['interval']})" if has_interval else metric, color=MUTED)
        bare(axes)
        axes.spines["left"].set_visible(False)
        subtitle(axes, name, width=45)
    return figure


def _dot(axes: Axes, place: int, value: float, interval: Interval | None, *, first: bool) -> None:
    colour = RED if first else BLUE
    axes.axhline(place, color=FAINT, linewidth=0.6, zorder=0)
    if interval:
        axes.hlines(place, interval.low, interval.high, color=colour, linewidth=2.2, alpha=0.5)
    axes.plot([value], [place], "o", color=colour, markersize=6.5)
    axes.annotate(f"{value:.3f}", (1.01, place), xycoords=("axes fraction", "data"), va="center", annotation_clip=False)


def _short(name: str) -> str:
    if len(name) <= _LONGEST:
        return name
    half = (_LONGEST - 1) // 2
    return f"{name[:half]}…{name[-half:]}"
