"""The affect of a person over weeks or years, across their conversations, as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from api.errors import InputInvalid
from api.plot_style import AROUSAL, COLOURS, INK, MUTED, VALENCE, cjk_font, namer
from memory import TimelineBucket
from perception import EMOTIONS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FEW: Final = 60
"""Up to so many points, each is set apart."""

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "title": "How it felt over time",
        "told": "{turns:,} turns from {since:%Y-%m-%d} to {until:%Y-%m-%d}, {wide} a point",
        "hours": "{} h",
        "hour": "an hour",
        "days": "{} days",
        "day": "a day",
        "valence": "valence",
        "arousal": "arousal",
        "shares": "emotion\nshares",
        "turns": "turns",
        "nothing": "Nothing was said in this time.",
        "missing": "no reading",
        "gaps": "; in the gaps, nothing was said",
    },
    "zh": {
        "title": "情绪随时间的变化",
        "told": "共 {turns:,} 轮，{since:%Y-%m-%d} 至 {until:%Y-%m-%d}，每点{wide}",
        "hours": " {} 小时",
        "hour": " 1 小时",
        "days": " {} 天",
        "day": " 1 天",
        "valence": "效价",
        "arousal": "唤醒度",
        "shares": "情绪\n占比",
        "turns": "轮次",
        "nothing": "这段时间没有对话。",
        "missing": "没有读数",
        "gaps": "；空白处没有对话",
    },
}


def plot_life(
    buckets: Sequence[TimelineBucket],
    out: Path,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    lang: str = "en",
) -> None:
    """Draw valence, arousal, the shares of the emotions and how much was said; the suffix of `out` names the format.

    Args:
        buckets: oldest first, all equally wide. Where one is missing, nothing was said, and a gap is left.
        out: the file to write (png, svg, pdf), about 1500 pixels wide as PNG.
        since: where the axis begins; with the first bucket when None.
        until: where it ends; with the last bucket when None.
        lang: `en` or `zh`; Chinese needs a Chinese font on this machine, and without one the labels are English.

    Raises:
        InputInvalid: the file cannot be written, or the suffix names no format.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    font = cjk_font() if lang == "zh" else None
    with rc_context({"font.family": [*([font] if font else []), "DejaVu Sans"], "font.size": 11, "text.color": INK}):
        figure = Figure(figsize=(10, 6), dpi=150, facecolor="white")
        _draw(figure, buckets, since, until, "zh" if font else "en")
        try:
            figure.savefig(out)
        except (OSError, ValueError) as error:
            raise InputInvalid(f"cannot draw to {str(out)!r}: {error}; name a writable file ending in .png") from error


def _draw(
    figure: Figure, buckets: Sequence[TimelineBucket], since: datetime | None, until: datetime | None, lang: str
) -> None:
    texts = _TEXTS[lang]
    figure.text(0.075, 0.945, texts["title"], fontsize=16, fontweight="bold")
    if not buckets:
        figure.text(0.5, 0.5, texts["nothing"], fontsize=14, ha="center", color=MUTED)
        return
    figure.text(0.075, 0.905, _summary(buckets, texts), fontsize=10.5, color=MUTED)
    grid = figure.add_gridspec(
        3, 1, height_ratios=(3.2, 2.1, 0.7), hspace=0.14, left=0.075, right=0.89, top=0.86, bottom=0.155
    )
    lines, stack, bars = (figure.add_subplot(cell) for cell in (grid[0], grid[1], grid[2]))
    _lines(lines, buckets, texts)
    _stack(stack, buckets, texts)
    _turns(bars, buckets, texts)
    begin, end = _day(since or buckets[0].since), _day(until or buckets[-1].until)
    margin = (end - begin) * 0.008
    for axes in (lines, stack, bars):
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.tick_params(length=0, labelcolor=MUTED, labelsize=10)
        axes.set_xlim(begin - margin, end + margin)
        axes.set_xticks([])
    _dates(bars)
    _legend(figure, buckets, texts, lang)


def _lines(axes: Axes, buckets: Sequence[TimelineBucket], texts: Mapping[str, str]) -> None:
    axes.axhline(0, color="#CCCCCC", linewidth=1, zorder=0)
    size = 26 if len(buckets) <= _FEW else 8
    ends = []
    for key, colour, style, marker in (("arousal", AROUSAL, "--", "D"), ("valence", VALENCE, "-", "o")):
        for run in _runs(buckets):
            axes.plot([_middle(b) for b in run], [getattr(b, key) for b in run], style, color=colour, linewidth=1.5)
        known = [bucket for bucket in buckets if bucket.scores]
        values = [getattr(bucket, key) for bucket in known]
        axes.scatter([_middle(b) for b in known], values, s=size, marker=marker, color=colour, linewidths=0, zorder=3)
        ends += [(values[-1], key, colour)] if values else []
    for (value, key, colour), shift in zip(sorted(ends), _apart(ends), strict=True):
        place: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "va": "center", "annotation_clip": False}
        axes.annotate(texts[key], (1.012, value + shift), color=colour, fontweight="bold", **place)
    axes.set_ylim(-1.05, 1.05)
    axes.set_yticks([-1, -0.5, 0, 0.5, 1], ["−1", "", "0", "", "+1"])


def _apart(ends: Sequence[tuple[float, str, str]]) -> tuple[float, ...]:
    """How far to move the names of two lines that end close together."""
    if not ends:
        return ()
    (low, *_), (high, *_) = sorted(ends)
    shift = max(0.0, 0.15 - (high - low)) / 2
    return (-shift, shift)


def _stack(axes: Axes, buckets: Sequence[TimelineBucket], texts: Mapping[str, str]) -> None:
    known = [(bucket, bucket.scores) for bucket in buckets if bucket.scores]
    places, width = [_middle(bucket) for bucket, _ in known], _width(buckets)
    floor = [0.0] * len(known)
    for emotion in EMOTIONS:
        parts = [scores[emotion] for _, scores in known]
        axes.bar(places, parts, width, floor, color=COLOURS[emotion], linewidth=0)
        floor = [low + part for low, part in zip(floor, parts, strict=True)]
    unread = [_middle(bucket) for bucket in buckets if not bucket.scores]
    axes.bar(unread, 1, width, color="white", edgecolor="#D0D0D0", hatch="////", linewidth=0)
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, 1], ["0", "½", "1"])
    axes.annotate(texts["shares"], (1.012, 0.5), xycoords="axes fraction", color=MUTED, va="center", fontsize=10)


def _turns(axes: Axes, buckets: Sequence[TimelineBucket], texts: Mapping[str, str]) -> None:
    most = max(bucket.turns for bucket in buckets)
    axes.bar([_middle(b) for b in buckets], [b.turns for b in buckets], _width(buckets), color="#9AA5B1", linewidth=0)
    axes.set_ylim(0, most)
    axes.set_yticks([most], [f"{most:,}"])
    axes.annotate(texts["turns"], (1.012, 0.5), xycoords="axes fraction", color=MUTED, va="center", fontsize=10)


def _dates(axes: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    axes.xaxis_date()
    locator = AutoDateLocator(minticks=4, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    # names of months would be English in a Chinese picture
    numbers = ["%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%S.%f"]
    shown = ConciseDateFormatter(
        locator, formats=numbers, zero_formats=["", "%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M"], show_offset=False
    )
    axes.xaxis.set_major_formatter(shown)


def _legend(figure: Figure, buckets: Sequence[TimelineBucket], texts: Mapping[str, str], lang: str) -> None:
    from matplotlib.patches import Patch

    name = namer(lang)
    emotions = [Patch(color=COLOURS[emotion], label=name(emotion)) for emotion in EMOTIONS]
    style: dict[str, Any] = {"frameon": False, "handlelength": 1.1}
    figure.legend(handles=emotions, loc="lower center", ncols=7, bbox_to_anchor=(0.48, 0.005), **style)
    if any(not bucket.scores for bucket in buckets):
        mark = Patch(facecolor="white", edgecolor="#B0B0B0", hatch="////", linewidth=0, label=texts["missing"])
        place: dict[str, Any] = {"bbox_to_anchor": (0.9, 0.945), "fontsize": 10, "labelcolor": MUTED}
        figure.legend(handles=[mark], loc="upper right", **style, **place)


def _runs(buckets: Sequence[TimelineBucket]) -> Iterator[list[TimelineBucket]]:
    """Buckets with scores that follow each other without a gap."""
    run: list[TimelineBucket] = []
    for bucket in buckets:
        if run and (bucket.since != run[-1].until or not bucket.scores):
            yield run
            run = []
        if bucket.scores:
            run.append(bucket)
    if run:
        yield run


def _day(moment: datetime) -> float:
    """Days since 1970, as Matplotlib counts them."""
    return moment.timestamp() / 86_400


def _middle(bucket: TimelineBucket) -> float:
    return (_day(bucket.since) + _day(bucket.until)) / 2


def _width(buckets: Sequence[TimelineBucket]) -> float:
    # thinner bars are no whole number of pixels: some would have lines between them, and some not
    part = 0.94 if len(buckets) <= _FEW else 1.0
    return part * (_day(buckets[0].until) - _day(buckets[0].since))


def _summary(buckets: Sequence[TimelineBucket], texts: Mapping[str, str]) -> str:
    hours = round((buckets[0].until - buckets[0].since) / timedelta(hours=1))
    many = hours // 24 if hours >= 24 else hours
    unit = "day" if hours >= 24 else "hour"
    wide = texts[unit] if many == 1 else texts[f"{unit}s"].format(many)
    last = buckets[-1].until - timedelta(microseconds=1)
    turns = sum(bucket.turns for bucket in buckets)
    told = texts["told"].format(turns=turns, since=buckets[0].since, until=last, wide=wide)
    gaps = any(after.since != before.until for before, after in pairwise(buckets))
    return told + texts["gaps"] if gaps else told
