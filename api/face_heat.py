"""Which parts of a face carry its emotion, in words and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from rich.text import Text

from api.errors import InputInvalid

if TYPE_CHECKING:
    from agent.senses import Senses
    from perception import Frame
    from perception.vision.heat import HeatMap

PICTURES: Final = (".png", ".svg", ".pdf")
"""Endings of what `plot_heat` draws."""

_REGIONS: Final = {
    "forehead": {"en": "forehead", "zh": "额头"},
    "brows": {"en": "brows", "zh": "眉毛"},
    "right_eye": {"en": "right eye", "zh": "右眼"},
    "left_eye": {"en": "left eye", "zh": "左眼"},
    "nose": {"en": "nose", "zh": "鼻子"},
    "cheeks": {"en": "cheeks", "zh": "脸颊"},
    "mouth": {"en": "mouth", "zh": "嘴"},
    "chin": {"en": "chin", "zh": "下巴"},
}
_TEXTS: Final = {
    "en": {
        "carried": "what shows “{emotion}” in the face: {regions}",
        "nowhere": "no part of the face alone shows “{emotion}”",
        "title": "Where the face shows it: {emotion}, {confidence:.0%}",
        "bar": "log odds it loses when covered",
        "join": ", ",
    },
    "zh": {
        "carried": "脸上显出“{emotion}”的部位：{regions}",
        "nowhere": "没有哪个部位单独显出“{emotion}”",
        "title": "脸上哪里显出情绪：{emotion}，{confidence:.0%}",
        "bar": "遮住后对数几率的下降",
        "join": "、",
    },
}
_FAINTEST: Final = 0.5
"""Nats at which the colours of a map end at least: a map of nothing looks like nothing."""


async def explain_face(senses: Senses, frame: Frame) -> HeatMap | None:
    """The heat map of the face that speaks to us; None without a face, or where the sense is switched off.

    Raises:
        InputInvalid: the vision sense the settings name cannot explain itself.
        ModelError: a model cannot be loaded.
    """
    from perception import Modality

    sense = senses.perceiver(Modality.VISION)
    if sense is None:
        return None
    explain = getattr(sense, "explain", None)
    if explain is None:
        raise InputInvalid(
            f"the vision sense {sense.model!r} cannot tell what it goes by; set ATTUNE_VISION=embedded for --explain"
        )
    told: HeatMap | None = await senses.run(Modality.VISION, lambda: explain(frame))
    return told


def heat_in_words(heat: HeatMap, lang: str) -> Text:
    """One line: the emotion and the parts of the face that carry it, strongest first."""
    from agent.phrases import name_emotion

    texts = _TEXTS.get(lang, _TEXTS["en"])
    named = name_emotion(heat.emotion, lang)
    if not heat.carried_by:
        return Text(texts["nowhere"].format(emotion=named), style="dim")
    regions = texts["join"].join(f"{_region(part.code, lang)} {part.share:+.2f}" for part in heat.carried_by)
    return Text(texts["carried"].format(emotion=named, regions=regions))


def plot_heat(heat: HeatMap, out: Path, *, lang: str = "en") -> None:
    """Draw the face, and the map over it; the suffix of `out` names the format (png, svg, pdf).

    Args:
        heat: the map.
        out: the file to write, about 1250 pixels wide as PNG. It shows the person's face.
        lang: `en` or `zh`; Chinese needs a Chinese font on this machine, and without one the labels are English.

    Raises:
        InputInvalid: the file cannot be written, or the suffix names no format.
    """
    from matplotlib.cm import ScalarMappable

    from perception.metrics.plots.output import save
    from perception.metrics.plots.style import drawable, emotion_name, new_figure, styled

    lang = drawable(lang)
    texts = _TEXTS[lang]
    with styled():
        title = texts["title"].format(emotion=emotion_name(heat.emotion, lang), confidence=heat.confidence)
        figure = new_figure(title, size=(8.4, 4.4))
        plain, mapped = figure.subplots(1, 2)
        for axes in (plain, mapped):
            axes.imshow(heat.face, cmap="gray", vmin=0, vmax=255, extent=(0, 1, 1, 0))
            axes.set_axis_off()
        falls = _smooth(heat)
        strongest = max(_FAINTEST, float(abs(falls).max()))
        drawn = mapped.imshow(
            falls,
            cmap="RdBu_r",
            vmin=-strongest,
            vmax=strongest,
            alpha=0.75 * (abs(falls) / strongest) ** 0.5,
            extent=(0, 1, 1, 0),
            interpolation="bilinear",
        )
        bar = ScalarMappable(cmap=drawn.cmap, norm=drawn.norm)  # without the transparency of the map
        figure.colorbar(bar, ax=mapped, shrink=0.8, label=texts["bar"])
        if heat.carried_by:
            regions = texts["join"].join(_region(part.code, lang) for part in heat.carried_by)
            mapped.set_title(regions, loc="left", fontsize=9.5)
    try:
        save(figure, out)
    except (OSError, ValueError) as error:
        raise InputInvalid(f"cannot draw to {str(out)!r}: {error}; name a writable file ending in .png") from error


def _smooth(heat: HeatMap) -> NDArray[np.float64]:
    """The map without the edges of the patch, which are no edges of the face."""
    import cv2

    from perception.vision.heat import SHOWN, STEP

    large = cv2.resize(heat.falls, (SHOWN, SHOWN), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.GaussianBlur(large, (0, 0), STEP * SHOWN / len(heat.falls) / 2))


def _region(code: str, lang: str) -> str:
    forms = _REGIONS[code]
    return forms.get(lang, forms["en"])
