"""The report as one page of HTML, alike to that of `attune eval perception`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Final

from evals.perception import page as perception_page
from evals.perception.page import number, percent, span
from evals.perception.texts import name_status
from evals.robustness.evaluation import LISTED, Robustness
from evals.robustness.measured import Drop
from evals.robustness.plot import plot_robustness
from evals.robustness.texts import name_condition, say

TEMPLATE: Final = "template.html.j2"

STATUSES: Final = ("ok", "uncertain", "too_short", "no_speech", "low_quality")
"""Columns of the table; others follow where they occur."""


def render_page(found: Robustness, lang: str = "en") -> str:
    """The page, in English or Chinese."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        # the template of this folder; the style of that one
        loader=FileSystemLoader([Path(__file__).parent, Path(perception_page.__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, percent=percent, span=span, drop=drop_text, drop_span=drop_span)
    return environment.get_template(TEMPLATE).render(_context(found, lang))


def drop_text(drop: Drop | None) -> str:
    """Points with their sign; a dash where there are none."""
    return "–" if drop is None else f"{drop.points:+.1f}"


def drop_span(drop: Drop | None) -> str:
    """The interval in brackets; nothing where there is none."""
    return "" if drop is None or drop.interval is None else f"[{drop.interval.low:+.1f}, {drop.interval.high:+.1f}]"


def shown_statuses(found: Robustness) -> tuple[str, ...]:
    """The statuses that a table has columns for."""
    seen = (status for each in found.conditions for status in each.statuses)
    return tuple(dict.fromkeys((*STATUSES, *seen)))


def _context(found: Robustness, lang: str) -> dict[str, Any]:
    from markupsafe import Markup

    from perception.metrics.plots import svg

    return {
        "lang": lang,
        "t": lambda key, **values: say(key, lang, **values),
        "found": found,
        "report": found.as_dict(),
        "condition_name": partial(name_condition, lang=lang),
        "status_name": partial(name_status, lang=lang),
        "statuses": shown_statuses(found),
        "speakers": _speakers(found, lang),
        "majority": _majority(found, lang),
        "when": found.run["began"].replace("T", " ").replace("+00:00", " UTC"),
        "listed": found.broken[:LISTED],
        # texts of ours only: the name of the manifest is left out of it
        "picture": Markup(svg(plot_robustness(found.conditions, lang=lang))),  # noqa: S704  (matplotlib escapes texts)
    }


def _speakers(found: Robustness, lang: str) -> str:
    if found.speaker is None:
        return say("no_speakers_note", lang)
    return say("speakers_note", lang, n=found.groups, column=found.speaker)


def _majority(found: Robustness, lang: str) -> str:
    clean = found.conditions[0].figures
    if clean is None:
        return ""
    name = clean.majority.value
    if lang == "zh":
        from agent.phrases import name_emotion

        name = name_emotion(clean.majority, lang)
    return say("majority", lang, emotion=name, value=percent(clean.majority_accuracy))
