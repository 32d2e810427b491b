"""Emotions of a video over time, as a picture."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.errors import InputInvalid
from perception import EMOTIONS, Status

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from perception.video import VideoReading

_SMALL: Final = 0.1
"""An emotion that is never likelier than this has no line."""
_FEW: Final = 60
"""Up to so many frames, each has a mark."""

_TEXTS: Final = {
    "en": {
        "title": "What the face shows over time",
        "read": "{read} of {of} frames read; all in all {top}, {confidence:.0%}",
        "unread": "{of} frames, none could be read ({status})",
        "time": "seconds",
        "scores": "probability",
        "gap": "not read",
    },
    "zh": {
        "title": "表情随时间的变化",
        "read": "{of} 帧中读出 {read} 帧；总体为{top}，{confidence:.0%}",
        "unread": "共 {of} 帧，没有一帧能读出（{status}）",
        "time": "秒",
        "scores": "概率",
        "gap": "未读出",
    },
}


def plot_video(reading: VideoReading, out: Path, *, lang: str = "en") -> None:
    """Draw the probability of each emotion over time; the suffix of `out` names the format (png, svg, pdf).

    Args:
        reading: what was seen. Frames that could not be read break the lines and are marked below.
        out: the file to write, about 1350 pixels wide as PNG.
        lang: `en` or `zh`; Chinese needs a Chinese font on this machine, and without one the labels are English.

    Raises:
        InputInvalid: the file cannot be written, or the suffix names no format.
    """
    from perception.metrics.plots.output import save
    from perception.metrics.plots.style import bare, drawable, new_figure, styled, subtitle

    lang = drawable(lang)
    with styled():
        figure = new_figure(_TEXTS[lang]["title"], size=(9.0, 4.6))
        axes = figure.add_subplot()
        _draw(axes, reading, lang)
        subtitle(axes, textwrap.shorten(_summary(reading, lang), 100), width=100)
        bare(axes)
    try:
        save(figure, out)
    except (OSError, ValueError) as error:
        raise InputInvalid(f"cannot draw to {str(out)!r}: {error}; name a writable file ending in .png") from error


def _draw(axes: Axes, reading: VideoReading, lang: str) -> None:
    from perception.metrics.plots.style import COLOURS, MUTED, emotion_name

    texts, times = _TEXTS[lang], [frame.at for frame in reading.frames]
    scores = [f.observation.scores if f.observation.status is Status.OK else None for f in reading.frames]
    marker = "o" if len(times) <= _FEW else ""
    for emotion in EMOTIONS:
        values = [each[emotion] if each else float("nan") for each in scores]
        if any(value >= _SMALL for value in values):
            name = emotion_name(emotion, lang)
            axes.plot(times, values, marker=marker, markersize=4, linewidth=1.8, color=COLOURS[emotion], label=name)
    gaps = [at for at, each in zip(times, scores, strict=True) if each is None]
    if gaps:
        axes.plot(gaps, [-0.04] * len(gaps), "x", color=MUTED, markersize=5, label=texts["gap"])
    axes.set_ylim(-0.07, 1.03)
    axes.set_yticks([0, 0.5, 1], ["0", "½", "1"])
    axes.set_xlabel(texts["time"])
    axes.set_ylabel(texts["scores"])
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def _summary(reading: VideoReading, lang: str) -> str:
    from perception.metrics.plots.style import emotion_name

    whole, texts = reading.observation, _TEXTS[lang]
    read = reading.statuses.get(Status.OK, 0)
    if whole.status is not Status.OK or whole.scores is None:
        return texts["unread"].format(of=len(reading.frames), status=whole.status.value)
    top = emotion_name(whole.scores.top, lang)
    return texts["read"].format(read=read, of=len(reading.frames), top=top, confidence=whole.scores.confidence)
