"""Colours, fonts and words of the pictures."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from perception.emotions import Emotion

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe & Ito's palette, which people with any colour vision can tell apart; neutral is grey
COLOURS: Final[Mapping[Emotion, str]] = {
    Emotion.HAPPY: "#E69F00",
    Emotion.SAD: "#0072B2",
    Emotion.ANGRY: "#D55E00",
    Emotion.FEAR: "#CC79A7",
    Emotion.SURPRISE: "#56B4E9",
    Emotion.DISGUST: "#009E73",
    Emotion.NEUTRAL: "#BBBBBB",
}
INK: Final = "#333333"
MUTED: Final = "#777777"
FAINT: Final = "#DDDDDD"
BLUE: Final = COLOURS[Emotion.SAD]
RED: Final = COLOURS[Emotion.ANGRY]

_CJK_FONTS: Final = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "Arial Unicode MS",
)
_CHINESE: Final[Mapping[Emotion, str]] = {
    Emotion.HAPPY: "高兴",
    Emotion.SAD: "难过",
    Emotion.ANGRY: "生气",
    Emotion.FEAR: "害怕",
    Emotion.SURPRISE: "惊讶",
    Emotion.DISGUST: "厌恶",
    Emotion.NEUTRAL: "平静",
}
TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "confusion": "What each emotion is taken for",
        "labels": "What each label is taken for",
        "true label": "truth",
        "answer": "prediction",
        "truth": "truth",
        "prediction": "prediction",
        "part": "part of the true class",
        "absent": "no rows",
        "recall": "Recall by emotion, UAR {value:.3f}",
        "part found": "part of its rows that were found; dashed: the average (UAR)",
        "reliability": "Reliability, ECE {value:.3f}",
        "confidence": "confidence",
        "accuracy": "accuracy",
        "perfect": "perfectly calibrated",
        "rows": "rows",
        "risk": "Risk and coverage, AURC {value:.3f}",
        "coverage": "coverage: part of the rows answered, surest first",
        "error": "risk: part of those that is wrong",
        "all": "all answered: accuracy {value:.2f}",
        "threshold": "confidence ≥ {threshold:.2f}: answers {coverage:.0%},\naccuracy {accuracy:.2f}",
        "nothing": "confidence ≥ {threshold:.2f}: answers nothing",
        "learning": "Learning curves",
        "step": "step",
        "losses": "loss",
        "metrics": "metric",
        "best": "best: {step}",
        "runs": "Runs compared",
        "interval": "95 % interval",
    },
    "zh": {
        "confusion": "各种情绪被识别成什么",
        "labels": "各类标签被识别成什么",
        "true label": "真实标签",
        "answer": "预测标签",
        "truth": "真实情绪",
        "prediction": "预测情绪",
        "part": "占该真实类别的比例",
        "absent": "没有样本",
        "recall": "各情绪的召回率，UAR {value:.3f}",
        "part found": "该类样本中被识别出的比例；虚线为平均值（UAR）",
        "reliability": "可靠性，ECE {value:.3f}",
        "confidence": "置信度",
        "accuracy": "准确率",
        "perfect": "完全校准",
        "rows": "样本数",
        "risk": "风险与覆盖率，AURC {value:.3f}",
        "coverage": "覆盖率：作答样本的比例，最有把握的在前",
        "error": "风险：其中答错的比例",
        "all": "全部作答：准确率 {value:.2f}",
        "threshold": "置信度 ≥ {threshold:.2f}：作答 {coverage:.0%}，\n准确率 {accuracy:.2f}",
        "nothing": "置信度 ≥ {threshold:.2f}：全部不作答",
        "learning": "学习曲线",
        "step": "步数",
        "losses": "损失",
        "metrics": "指标",
        "best": "最佳：{step}",
        "runs": "各次运行比较",
        "interval": "95% 置信区间",
    },
}


def cjk_font() -> str | None:
    """A Chinese font of this machine, or None."""
    from matplotlib.font_manager import fontManager

    present = {font.name for font in fontManager.ttflist}
    return next((name for name in _CJK_FONTS if name in present), None)


def drawable(lang: str) -> str:
    """The language to draw in: Chinese needs a Chinese font, and without one the texts are English.

    Raises:
        ValueError: the language is neither `en` nor `zh`.
    """
    if lang not in TEXTS:
        raise ValueError(f"plots speak {' and '.join(TEXTS)}, not {lang!r}")
    return lang if lang == "en" or cjk_font() else "en"


def drawable_text(text: str) -> bool:
    """Whether the fonts of the pictures have every character of a text."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    fonts = [get_font(findfont(FontProperties(family=family))) for family in _families()]
    return all(any(font.get_char_index(ord(character)) for font in fonts) for character in text)


def _families() -> list[str]:
    """Chinese signs come from the second font, all others look the same in both languages."""
    return ["DejaVu Sans", *filter(None, [cjk_font()])]


def emotion_name(emotion: Emotion, lang: str) -> str:
    return _CHINESE[emotion] if lang == "zh" else emotion.value


@contextmanager
def styled() -> Iterator[None]:
    """The settings to draw and to save under: ticks are only made when a figure is saved.

    A name that somebody gave, in letters that no font here has, is drawn as boxes, without a warning for each letter.
    """
    from matplotlib import rc_context

    settings: dict[str, Any] = {
        "font.family": _families(),
        "font.size": 10,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": "#999999",
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "legend.frameon": False,
        # paths, not letters: whoever opens the file may lack the font
        "svg.fonttype": "path",
        "svg.hashsalt": "attune",
    }
    with rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font", category=UserWarning)
        yield


def new_figure(title: str, *, size: tuple[float, float] = (6.4, 4.8)) -> Figure:
    """An empty figure that keeps its texts apart and inside, of `size` in inches at 150 dots each."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure = Figure(figsize=size, dpi=150, facecolor="white", layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1))
    figure.suptitle(title, x=0.02, ha="left", fontsize=13, fontweight="bold")
    return figure


def subtitle(axes: Axes, text: str, *, width: int = 60) -> None:
    if text:
        axes.set_title(textwrap.fill(text, width), loc="left", fontsize=9.5, color=MUTED)


def bare(axes: Axes) -> None:
    """Without the two spines that bear no scale."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
