"""An evaluation in a few lines, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from evals.perception.evaluation import Evaluation
from evals.perception.measured import Measured
from evals.perception.texts import name_source, name_status, say


def summary_lines(evaluation: Evaluation, lang: str = "en") -> Iterator[str]:
    """What a person wants to know first: per source the rows, the figures with their intervals, and the baseline."""
    yield say(
        "summary_rows",
        lang,
        perceived=f"{len(evaluation.rows):,}",
        broken=f"{len(evaluation.broken):,}",
        rate=evaluation.run["rows_per_second"],
    )
    for name, found in evaluation.statuses.items():
        if name in evaluation.sources:
            yield from source_lines(evaluation.sources[name], lang)
        else:
            said = ", ".join(f"{name_status(status, lang)} {n:,}" for status, n in found.items())
            yield f"{name_source(name, lang)}: {say('no_scores', lang)} ({said})"


def source_lines(measured: Measured, lang: str) -> Iterator[str]:
    """The figures of one sense, or of all together."""
    figures = measured.figures
    source = name_source(measured.name, lang)
    yield say("summary_source", lang, source=source, scored=f"{figures.rows:,}", asked=f"{measured.asked:,}")
    for metric in ("accuracy", "uar", "macro_f1"):
        span = figures.intervals.get(metric)
        shown = f"  [{span.low:.3f}, {span.high:.3f}]" if span else ""
        yield f"  {getattr(figures, metric):.3f}{shown}  {say(metric, lang)}"
    yield f"  {figures.majority_accuracy:.3f}  {say('majority_column', lang)}"
    yield f"  {measured.strict.accuracy:.3f}  {say('strict_accuracy', lang)}"
