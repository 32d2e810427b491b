"""The evaluation of fusion in lines for a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evals.fusion.evaluation import ALLOWED, FusionEvaluation
from evals.words import say
from perception.metrics.compare import Difference

_TEXTS = Path(__file__).with_name("texts.yaml")


def summary_lines(found: FusionEvaluation, lang: str) -> Iterator[str]:
    """A line for each condition, and whether fusing is ever worse than one sense."""
    yield say(_TEXTS, "head", lang, **found.trust)
    for each in found.conditions:
        sense, best = max(each.singles.items(), key=lambda pair: pair[1].accuracy)
        yield say(
            _TEXTS, "row", lang, name=each.name, rows=each.rows, late=each.late, best=best.accuracy, sense=sense,
            gain=_points(best.gain), linear=_points(each.linear),
        )  # fmt: skip
        if each.gated is not None and each.beyond_classes is not None:
            yield say(_TEXTS, "gated", lang, gated=_points(each.gated), beyond=_points(each.beyond_classes))
    failing = [c.name for c in found.conditions if c.gap < -ALLOWED and "conflicting" not in c.name]
    yield say(_TEXTS, "fails", lang, names=", ".join(failing)) if failing else say(_TEXTS, "holds", lang)


def _points(each: Difference) -> str:
    between = each.interval
    told = f" ({100 * between.low:+.1f} to {100 * between.high:+.1f})" if between else ""
    return f"{100 * each.difference:+.1f}{told}"
