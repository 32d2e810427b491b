"""The report as one page of HTML: no script, no network, everything escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

import evals
from perception import EMOTIONS, Emotion
from perception.metrics.plots.style import COLOURS, emotion_name
from perception.text.sentiment import POLARITIES

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATE: Final = "template.html.j2"
GROUPS: Final = 30
"""Groups that are shown; the others are in `report.json`."""
SIDE_COLOURS: Final[Mapping[str, str]] = {"positive": "#44AA99", "neutral": "#CCCCCC", "negative": "#882255"}
"""Out of Paul Tol's muted palette, so that no side looks like an emotion."""
_TICKS: Final = 8


def render_page(report: Mapping[str, Any], lang: str = "en") -> str:
    """The page, in English or Chinese.

    Args:
        report: As `make_report` makes it.
        lang: `en` or `zh`.
    """
    return _template().render(_context(report, lang))


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # the style is that of an evaluation's report; importing that package would take seconds
    folders = [Path(__file__).parent, Path(evals.__file__).parent / "perception"]
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=_number, percent=_percent, thousands="{:,}".format)
    return environment.get_template(TEMPLATE)


def say(key: str, lang: str, **values: object) -> str:
    """A text, in English or Chinese."""
    text: str = _texts()[key][lang]
    return text.format(**values) if values else text


@lru_cache(maxsize=1)
def _texts() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("texts.yaml").read_text(encoding="utf-8"))
    return loaded


def class_namer(lang: str) -> Callable[[str], str]:
    """How an emotion or a side is called. Neutral is called alike as both."""
    return lambda key: say(key, lang) if key in _SIDES else emotion_name(Emotion(key), lang)


_SIDES: Final = tuple(str(side) for side in POLARITIES)


def _context(report: Mapping[str, Any], lang: str) -> dict[str, Any]:
    time = report["time"]
    return {
        "lang": lang,
        "r": report,
        "t": lambda key, **values: say(key, lang, **values),
        "name": class_namer(lang),
        "status_name": partial(_worded, lang, "status"),
        "worded": partial(_worded, lang),
        "emotions": [str(emotion) for emotion in EMOTIONS],
        "sides": _SIDES,
        "colours": {**{str(emotion): colour for emotion, colour in COLOURS.items()}, **SIDE_COLOURS},
        "shown_groups": GROUPS,
        "ticks": _ticks(time["parts"]) if time else (),
        "most_rows": max((part["rows"] for part in time["parts"]), default=1) if time else 1,
        "span": _span,
        "shade": _shade,
    }


def _number(value: float | None, digits: int = 3) -> str:
    """A figure; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def _percent(value: float | None) -> str:
    """A part of the rows."""
    return "–" if value is None else f"{value:.1%}"


def _worded(lang: str, kind: str, code: str) -> str:
    """A status, a cause or a cue in words; one that nobody foresaw as it is."""
    key = f"{kind}_{code}"
    return say(key, lang) if key in _texts() else code


def _ticks(parts: Sequence[Mapping[str, Any]]) -> Sequence[int]:
    """Places on the axis of time that get a date."""
    step = max(1, -(-len(parts) // _TICKS))
    return range(0, len(parts), step)


def _span(interval: Mapping[str, float] | None) -> str:
    """An interval in brackets; nothing where there is none."""
    return f"[{interval['low']:.3f}, {interval['high']:.3f}]" if interval else ""


def _shade(count: int, total: int) -> str:
    """Colour of a cell of a confusion matrix, as CSS: the more of its label's rows, the darker."""
    part = count / total if total else 0.0
    red, green, blue = (round(255 - part * (255 - full)) for full in (8, 81, 156))
    return f"background:rgb({red},{green},{blue});color:{'#fff' if part > 0.55 else '#222'}"
