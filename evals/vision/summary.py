"""An evaluation of sight in a few lines, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from evals.perception import texts as perception_texts
from evals.perception.cuts import Cut, Gap
from evals.perception.page import number, percent, span
from evals.perception.summary import source_lines
from evals.perception.texts import name_status
from evals.robustness.faces import FaceRobustness
from evals.robustness.page import drop_span, drop_text
from evals.vision.evaluation import VisionEvaluation
from evals.vision.texts import name_reason, say
from perception import EMOTIONS


def summary_lines(found: VisionEvaluation, lang: str = "en") -> Iterator[str]:
    """The corpus and what was excluded, the figures, those of each emotion, of each group, and of degraded faces."""
    corpus, vision = found.prepared.corpus, found.vision
    split = say("summary_split", lang, split=found.plan.split) if found.plan.split else ""
    rows = f"{len(found.perceived.rows):,}"
    yield say("summary_corpus", lang, title=corpus.title, rows=rows, split=split)
    if found.trained_on:
        yield f"  {say('trained_on', lang)}"
    if found.prepared.excluded:
        told = "; ".join(f"{name_reason(key, lang)} ({n:,})" for key, n in found.prepared.excluded.items())
        yield say("summary_excluded", lang, reasons=told)
    broken, rate = f"{len(found.perceived.broken):,}", found.perceived.run["rows_per_second"]
    yield perception_texts.say("summary_rows", lang, perceived=rows, broken=broken, rate=rate)
    yield from source_lines(vision, lang)
    coverage = percent(vision.coverage)
    yield "  " + say("summary_answered", lang, value=number(vision.figures.answered_accuracy), coverage=coverage)
    told = ", ".join(f"{name_status(status, lang)} {n:,}" for status, n in vision.statuses.items())
    yield say("summary_statuses", lang, statuses=told)
    yield from _classes(found)
    for cut in vision.cuts:
        if cut.kind == "column":
            yield from _cut(cut, lang)
    if found.degraded is not None:
        yield from _degraded(found.degraded, lang)


def _classes(found: VisionEvaluation) -> Iterator[str]:
    figures = found.vision.figures
    yield f"  {'':<10} {'precision':>9} {'recall':>7} {'F1':>7} {'n':>7}"
    for emotion in EMOTIONS:
        if emotion in figures.support:
            values = f"{figures.precision[emotion]:>9.3f} {figures.recall[emotion]:>7.3f} {figures.f1[emotion]:>7.3f}"
            yield f"  {emotion.value:<10} {values} {figures.support[emotion]:>7,}"


def _cut(cut: Cut, lang: str) -> Iterator[str]:
    yield say("summary_group", lang, column=cut.column)
    for part in cut.parts:
        spans = part.figures.intervals
        accuracy = f"{number(part.figures.accuracy)} {span(spans.get('accuracy')):<16}"
        uar = f"{number(part.figures.uar)} {span(spans.get('uar')):<16}"
        few = f" ({say('few', lang)})" if part.few else ""
        name = part.value if part.value is not None else perception_texts.say("none_value", lang)
        yield f"  {name:<16} n={part.figures.rows:<6,} {say('accuracy', lang)} {accuracy} UAR {uar}{few}".rstrip()
    for gap in cut.gaps:
        yield f"  {_gap(gap, lang)}"


def _gap(gap: Gap, lang: str) -> str:
    none = perception_texts.say("none_value", lang)
    best, worst = gap.best or none, gap.worst or none
    metric, difference = perception_texts.say(gap.metric, lang), number(gap.difference)
    told = perception_texts.say("gap", lang, metric=metric, difference=difference, best=best, worst=worst)
    return f"{told} {span(gap.interval)}".rstrip()


def _degraded(found: FaceRobustness, lang: str) -> Iterator[str]:
    yield say("summary_degraded", lang, strength=f"{found.strength:g}")
    for each in found.conditions:
        accuracy = number(each.figures.accuracy if each.figures else None)
        drop, interval = drop_text(each.accuracy_drop), drop_span(each.accuracy_drop)
        yield f"  {each.name:<13} {accuracy} {drop:>6} {interval:<15} ok {percent(each.coverage):>6}".rstrip()
