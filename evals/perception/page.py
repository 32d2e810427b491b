"""The report as one page of HTML: no script, no network, everything escaped."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from evals.perception.cuts import Cut, Gap, Part
from evals.perception.evaluation import LISTED, Evaluation
from evals.perception.measured import Measured
from evals.perception.paired import METRICS
from evals.perception.texts import name_source, name_status, say, terms
from evals.perception.values import FUSED
from perception import EMOTIONS, Emotion
from perception.metrics import Interval

TEMPLATE: Final = "template.html.j2"

FIGURES: Final = (
    "accuracy", "uar", "macro_f1", "weighted_f1", "accuracy_at_half", "aurc", "ece", "nll", "brier"
)  # fmt: skip
"""In the order of the table of all figures."""


def render_page(evaluation: Evaluation, lang: str = "en", *, more: str = "") -> str:
    """The page, in English or Chinese.

    Args:
        evaluation: What was found.
        lang: `en` or `zh`.
        more: Sections to stand before the method, as markup that is safe.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, percent=percent, span=span, thousands="{:,}".format)
    return environment.get_template(TEMPLATE).render(_context(evaluation, lang), more=more)


def number(value: float | None, digits: int = 3) -> str:
    """A figure; a dash where there is none."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def percent(value: float | None) -> str:
    """A part of the rows."""
    return "–" if value is None else f"{value:.1%}"


def span(interval: Interval | None) -> str:
    """An interval in brackets; nothing where there is none."""
    return "" if interval is None else f"[{interval.low:.3f}, {interval.high:.3f}]"


def _context(evaluation: Evaluation, lang: str) -> dict[str, Any]:
    return {
        "lang": lang,
        "t": partial(_say, lang),
        "emotion_name": _namer(lang),
        "status_name": partial(_status, lang),
        "source_name": partial(_source, lang),
        "cut_name": partial(_cut_name, lang),
        "part_name": partial(_part_name, lang),
        "gap_text": partial(_gap_text, lang),
        "terms": terms(lang),
        "e": evaluation,
        "report": evaluation.as_dict(),
        "emotions": EMOTIONS,
        "figure_names": FIGURES,
        "compared": METRICS,
        "when": evaluation.run["began"].replace("T", " ").replace("+00:00", " UTC"),
        "few": evaluation.plan.few,
        "fused": FUSED,
        "listed": LISTED,
        "groups_note": _groups_note(evaluation, lang),
        "group_count": evaluation.groups,
        "detailed": _detailed(evaluation),
        "pictures": {name: _pictures(each, lang) for name, each in _detailed(evaluation).items()},
        "whisker": _whisker,
        "shade": _shade,
    }


def _detailed(evaluation: Evaluation) -> Mapping[str, Measured]:
    """Sources that get a section: all together says nothing new where one sense was asked."""
    senses = {name: each for name, each in evaluation.sources.items() if name != FUSED}
    asked = [name for name in evaluation.statuses if name != FUSED]
    return senses if len(asked) == 1 else evaluation.sources


def _say(lang: str, key: str, **values: object) -> str:
    return say(key, lang, **values)


def _status(lang: str, status: str) -> str:
    return name_status(status, lang)


def _source(lang: str, source: str) -> str:
    return name_source(source, lang)


def _namer(lang: str) -> Any:
    if lang == "en":
        return lambda emotion: str(Emotion(emotion))
    from agent.phrases import name_emotion

    return lambda emotion: name_emotion(Emotion(emotion), lang)


def _groups_note(evaluation: Evaluation, lang: str) -> str:
    """What the intervals rest on."""
    if not evaluation.plan.resamples:
        return say("no_intervals_note", lang)
    if evaluation.cluster is None:
        return say("no_groups_note", lang)
    key = "groups_note" if evaluation.groups > 1 else "one_group_note"
    return say(key, lang, column=evaluation.cluster, n=evaluation.groups)


def _cut_name(lang: str, cut: Cut) -> str:
    return say("by_column", lang, column=cut.column) if cut.kind == "column" else say(f"by_{cut.column}", lang)


def _gap_text(lang: str, cut: Cut, gap: Gap) -> str:
    said = say(
        "gap",
        lang,
        metric=say(gap.metric, lang),
        difference=number(gap.difference),
        best=_part_name(lang, cut, gap.best),
        worst=_part_name(lang, cut, gap.worst),
    )
    if gap.interval is None:
        return said
    return said + say("gap_interval", lang, low=number(gap.interval.low), high=number(gap.interval.high))


def _part_name(lang: str, cut: Cut, value: str | None) -> str:
    if value is None:
        return say("none_value", lang)
    return name_status(value, lang) if (cut.kind, cut.column) == ("known", "status") else value


def _pictures(measured: Measured, lang: str) -> Mapping[str, Any]:
    """Diagrams as markup. Their texts are numbers and words of ours; names out of the data are left out of them."""
    from markupsafe import Markup

    from perception.metrics.plots import plot_reliability, plot_risk_coverage, svg

    drawn = {
        "reliability": plot_reliability(measured.predictions, lang=lang),
        "risk_coverage": plot_risk_coverage(measured.predictions, lang=lang),
    }
    return {name: Markup(svg(figure)) for name, figure in drawn.items()}  # noqa: S704  (matplotlib escapes texts)


def _whisker(part: Part) -> dict[str, float | None]:
    """Where the marks of a part stand, in percent of the width."""
    interval = part.figures.intervals.get("uar")
    return {
        "value": 100 * part.figures.uar,
        "low": 100 * interval.low if interval else None,
        "width": 100 * (interval.high - interval.low) if interval else None,
        "majority": 100 * part.figures.majority_accuracy,
    }


def _shade(count: int, total: int) -> str:
    """Colour of a cell of the confusion matrix, as CSS: the more of its label's rows, the darker."""
    part = count / total if total else 0.0
    ink = "#fff" if part > 0.55 else "#222"
    red, green, blue = (round(255 - part * (255 - full)) for full in (8, 81, 156))
    return f"background:rgb({red},{green},{blue});color:{ink}"
