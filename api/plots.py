"""A conversation as a picture: how it felt, turn by turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from api.errors import InputInvalid
from api.plot_style import AROUSAL, COLOURS, INK, MUTED, TEXTS, VALENCE, cjk_font, namer
from memory.records import TurnRecord
from perception import EMOTIONS, Affect, Emotion

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEAST_SLOTS: Final = 6
_FEW: Final = 12
"""Up to so many turns, each is named."""
_MANY: Final = 80
"""With more, nothing is left between them."""


def plot_history(turns: Sequence[TurnRecord], out: Path, *, lang: str = "en") -> None:
    """Draw valence, arousal and the fused scores over turns; the suffix of `out` names the format (png, svg, pdf).

    Args:
        turns: oldest first. Those without fused scores are left as gaps.
        out: the file to write, about 1500 pixels wide as PNG.
        lang: `en` or `zh`; Chinese needs a Chinese font on this machine, and without one the labels are English.

    Raises:
        InputInvalid: the file cannot be written, or the suffix names no format.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    font = cjk_font() if lang == "zh" else None
    family = [font] if font else []
    with rc_context({"font.family": [*family, "DejaVu Sans"], "font.size": 11, "text.color": INK}):
        figure = Figure(figsize=(10, 6), dpi=150, facecolor="white")
        _draw(figure, turns, "zh" if font else "en")
        _save(figure, out)


def _draw(figure: Figure, turns: Sequence[TurnRecord], lang: str) -> None:
    texts, name = TEXTS[lang], namer(lang)
    figure.text(0.075, 0.945, texts["title"], fontsize=16, fontweight="bold")
    if not any(turn.affect and turn.affect.scores for turn in turns):
        figure.text(0.5, 0.5, texts["nothing"], fontsize=14, ha="center", color=MUTED)
        return
    figure.text(0.075, 0.905, _when(turns), fontsize=10.5, color=MUTED)
    grid = figure.add_gridspec(
        3, 1, height_ratios=(3.2, 0.42, 2.1), hspace=0.12, left=0.075, right=0.89, top=0.86, bottom=0.155
    )
    lines, strip, stack = (figure.add_subplot(cell) for cell in (grid[0], grid[1], grid[2]))
    _lines(lines, turns, texts)
    _strip(strip, turns, texts, name)
    _stack(stack, turns, texts)
    for axes in (lines, strip, stack):
        _bare(axes, turns)
    _label_turns(stack, turns, texts)
    _legend(figure, turns, texts, name)


def _lines(axes: Axes, turns: Sequence[TurnRecord], texts: Mapping[str, str]) -> None:
    from matplotlib.colors import to_rgba

    numbers = [turn.number for turn in turns]
    axes.axhline(0, color="#CCCCCC", linewidth=1, zorder=0)
    ends: list[tuple[float, str, str]] = []
    for key, colour, style, marker in (("arousal", AROUSAL, "--", "D"), ("valence", VALENCE, "-", "o")):
        values = [_value(turn.affect, key) for turn in turns]
        faded = [to_rgba(colour, 0.2 + 0.8 * (turn.affect.reliability if turn.affect else 0.0)) for turn in turns]
        axes.plot(numbers, values, style, color=colour, linewidth=1.8, alpha=0.45, zorder=2)
        size = (52 if len(turns) <= _MANY // 2 else 16) * (0.7 if marker == "D" else 1)
        for colours, above in (("white", 3), (faded, 4)):
            axes.scatter(numbers, values, s=size, marker=marker, color=colours, linewidths=0, zorder=above)
        ends.append((next(v for v in reversed(values) if v == v), key, colour))
    _label_ends(axes, ends, texts)
    axes.set_ylim(-1.05, 1.05)
    axes.set_yticks([-1, -0.5, 0, 0.5, 1], ["−1", "", "0", "", "+1"])
    for y, key, side in ((0.96, "pleasant", "top"), (-0.96, "unpleasant", "bottom")):
        axes.text(0.006, 0.5 + y / 2.1, texts[key], transform=axes.transAxes, fontsize=9.5, color=MUTED, va=side)
    _conflicts(axes, turns)


def _label_ends(axes: Axes, ends: Sequence[tuple[float, str, str]], texts: Mapping[str, str]) -> None:
    """Name each line at its end, the names apart from each other."""
    (low, *_), (high, *_) = sorted(ends)
    apart = max(0.0, 0.15 - (high - low)) / 2
    for (value, key, colour), shift in zip(sorted(ends), (-apart, apart), strict=True):
        axes.annotate(
            texts[key],
            (1.012, value + shift),
            xycoords=("axes fraction", "data"),
            color=colour,
            fontweight="bold",
            va="center",
            annotation_clip=False,
        )


def _conflicts(axes: Axes, turns: Sequence[TurnRecord]) -> None:
    marked = [turn.number for turn in turns if turn.affect and turn.affect.conflicts]
    for number in marked:
        axes.axvline(number, color="#C8C8C8", linewidth=1, linestyle=":", zorder=0)
    axes.scatter(marked, [0.97] * len(marked), marker="v", s=58, color=INK, linewidths=0, zorder=5)


def _strip(axes: Axes, turns: Sequence[TurnRecord], texts: Mapping[str, str], name: Callable[[Emotion], str]) -> None:
    for turn in turns:
        scores = turn.affect.scores if turn.affect else None
        if scores is None:
            _gap(axes, turn.number)
            continue
        axes.bar(turn.number, 1, _bar_width(turns), color=COLOURS[scores.top], linewidth=0)
        if len(turns) <= _FEW:
            dark = scores.top in (Emotion.SAD, Emotion.ANGRY, Emotion.DISGUST)
            style: dict[str, Any] = {"color": "white" if dark else INK, "fontsize": 10}
            axes.text(turn.number, 0.46, name(scores.top), ha="center", va="center", **style)
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    axes.annotate(texts["top"], (1.012, 0.5), xycoords="axes fraction", color=MUTED, va="center", fontsize=10)


def _stack(axes: Axes, turns: Sequence[TurnRecord], texts: Mapping[str, str]) -> None:
    known = [(turn.number, turn.affect.scores) for turn in turns if turn.affect and turn.affect.scores]
    floor = [0.0] * len(known)
    for emotion in EMOTIONS:
        parts = [scores[emotion] for _, scores in known]
        axes.bar([n for n, _ in known], parts, _bar_width(turns), floor, color=COLOURS[emotion], linewidth=0)
        floor = [low + part for low, part in zip(floor, parts, strict=True)]
    for turn in turns:
        if not (turn.affect and turn.affect.scores):
            _gap(axes, turn.number)
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, 1], ["0", "½", "1"])
    axes.annotate(
        texts["scores"].replace(" ", "\n"),
        (1.012, 0.5),
        xycoords="axes fraction",
        color=MUTED,
        va="center",
        fontsize=10,
    )


def _gap(axes: Axes, number: int) -> None:
    axes.bar(number, 1, 0.94, color="white", edgecolor="#D0D0D0", hatch="////", linewidth=0)


def _bar_width(turns: Sequence[TurnRecord]) -> float:
    return 0.94 if len(turns) <= _MANY else 1.0


def _bare(axes: Axes, turns: Sequence[TurnRecord]) -> None:
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0, labelcolor=MUTED, labelsize=10)
    # a short conversation fills the picture from the left instead of being stretched over it
    axes.set_xlim(turns[0].number - 0.6, max(turns[-1].number, turns[0].number + _LEAST_SLOTS - 1) + 0.6)
    axes.set_xticks([])


def _label_turns(axes: Axes, turns: Sequence[TurnRecord], texts: Mapping[str, str]) -> None:
    from matplotlib.ticker import MaxNLocator

    numbers = [turn.number for turn in turns]
    if len(numbers) > _FEW:
        numbers = [int(n) for n in MaxNLocator(12, integer=True).tick_values(numbers[0], numbers[-1])]
    axes.set_xticks([n for n in numbers if turns[0].number <= n <= turns[-1].number])
    axes.set_xlabel(texts["turn"], color=MUTED, fontsize=10.5)


def _legend(
    figure: Figure, turns: Sequence[TurnRecord], texts: Mapping[str, str], name: Callable[[Emotion], str]
) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    emotions = [Patch(color=COLOURS[emotion], label=name(emotion)) for emotion in EMOTIONS]
    figure.legend(
        handles=emotions, loc="lower center", ncols=7, frameon=False, bbox_to_anchor=(0.48, 0.005), handlelength=1.1
    )
    marks: list[Any] = [Line2D([], [], color=VALENCE, alpha=0.35, marker="o", linestyle="", label=texts["paler"])]
    if any(turn.affect and turn.affect.conflicts for turn in turns):
        marks.append(Line2D([], [], color=INK, marker="v", linestyle="", label=texts["conflict"]))
    if any(not (turn.affect and turn.affect.scores) for turn in turns):
        marks.append(Patch(facecolor="white", edgecolor="#B0B0B0", hatch="////", linewidth=0, label=texts["missing"]))
    figure.legend(
        handles=marks,
        loc="upper right",
        ncols=3,
        frameon=False,
        bbox_to_anchor=(0.9, 0.945),
        fontsize=10,
        labelcolor=MUTED,
        handletextpad=0.4,
        columnspacing=1.4,
    )


def _value(affect: Affect | None, key: str) -> float:
    scores = affect.scores if affect else None
    return float("nan") if scores is None else float(getattr(scores, key))


def _when(turns: Sequence[TurnRecord]) -> str:
    first, last = turns[0].started_at, turns[-1].finished_at
    until = f"{last:%H:%M}" if last.date() == first.date() else f"{last:%Y-%m-%d %H:%M}"
    return f"{first:%Y-%m-%d %H:%M} – {until} UTC"


def _save(figure: Figure, out: Path) -> None:
    try:
        figure.savefig(out)
    except (OSError, ValueError) as error:
        raise InputInvalid(f"cannot draw to {str(out)!r}: {error}; name a writable file ending in .png") from error
