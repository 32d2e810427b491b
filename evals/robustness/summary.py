"""A robustness report in a few lines, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from evals.perception.page import number, percent, span
from evals.robustness.evaluation import Robustness
from evals.robustness.measured import Condition
from evals.robustness.page import drop_span, drop_text
from evals.robustness.texts import say


def summary_lines(found: Robustness, lang: str = "en") -> Iterator[str]:
    """A line for each condition, of at most 80 columns; names as `--conditions` takes them."""
    yield say("summary_rows", lang, perceived=f"{len(found.rows):,}", broken=f"{len(found.broken):,}")
    if found.left_out:
        yield say("left_out", lang, names=", ".join(found.left_out))
    yield f"{'':<14} {'n':>5}  {'UAR':<20} {'drop':>6} {'[95 %]':<15} {'ok':>6} {'q':>5}"
    for each in found.conditions:
        yield _line(each)


def _line(each: Condition) -> str:
    figures = each.figures
    uar = f"{number(figures.uar)} {span(figures.intervals.get('uar'))}" if figures else "–"
    return (
        f"{each.name:<14} {each.scored:>5}  {uar:<20} {drop_text(each.drop):>6} {drop_span(each.drop):<15} "
        f"{percent(each.coverage):>6} {each.quality:>5.2f}"
    )
