"""The outcome in lines, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.phrases import name_emotion
from evals.behaviour.judging import probability
from evals.behaviour.outcome import BehaviourEvaluation, Group
from evals.behaviour.texts import say
from evals.behaviour.values import Answers, Failure, Item, Moves
from perception import Emotion, Observation


def summary_lines(found: BehaviourEvaluation, lang: str = "en", *, listed: bool = False) -> Iterator[str]:
    """A table of at most 80 columns: categories as `--category` takes them, then kinds and all.

    Args:
        found: The outcome.
        lang: `en` or `zh`.
        listed: Whether the failures are shown too, so that nobody needs to be told how to see them.
    """
    yield say("head", lang)
    for each in found.categories:
        yield _line(each, found.cells(each.name))
    for each in found.kinds:
        yield _line(each, ())
    yield _line(found.overall, found.languages)
    items, failed = found.overall.items, len(found.failures)
    if failed:
        yield say("failed", lang, count=failed, items=items) + ("" if listed else say("hint", lang))
    else:
        yield say("passed", lang, items=items)


def failure_lines(found: BehaviourEvaluation, lang: str = "en") -> Iterator[str]:
    """For each text that failed, what it is, what was expected, and what was said."""
    for judged in found.failures:
        for failure in judged.failures:
            # a text of spaces and line breaks has to be seen too
            yield f"{judged.item.id}  {failure.text!r}"
            yield say("expected", lang, what=_expected(judged.item, lang))
            yield _said(judged.item, failure, lang)


def _line(group: Group, cells: Sequence[Group]) -> str:
    by = {cell.name: f"{cell.rate:.0%}" for cell in cells}
    span = f"[{group.interval.low:.3f}, {group.interval.high:.3f}]"
    parts = "".join(f" {by.get(name, '–'):>6}" for name in ("en", "zh", "other")) if cells else ""
    return f"{group.name:<22} {group.items:>5} {group.passed:>6} {group.rate:>6.1%}  {span:<15}{parts}".rstrip()


def _expected(item: Item, lang: str) -> str:
    expected = item.expected
    if isinstance(expected, Answers):
        parts = [_names(expected.top, lang)] if expected.top else []
        parts += [say("not", lang, names=_names(expected.unlike, lang))] if expected.unlike else []
        parts += [say("status", lang, names=say("or", lang).join(expected.status))] if expected.status else []
        return say("and", lang).join(parts)
    text = repr(item.text)
    if isinstance(expected, Moves):
        return say(expected.change, lang, names=_names(expected.emotions, lang), text=text)
    return say("same", lang, text=text)


def _said(item: Item, failure: Failure, lang: str) -> str:
    emotions = item.expected.emotions if isinstance(item.expected, Moves) else ()
    what = _felt(failure.said, emotions, lang)
    if failure.base is None:
        return say("said", lang, what=what)
    return say("said_from", lang, what=what, base=_felt(failure.base, emotions, lang))


def _felt(said: Observation, emotions: Sequence[Emotion], lang: str) -> str:
    """The top emotion, or the emotions that should have moved, with their probability and the status."""
    if said.scores is None:
        return say("no_scores", lang, status=said.status)
    top = name_emotion(said.scores.top, lang)
    if not emotions:
        return say("scored", lang, name=top, probability=f"{said.scores.confidence:.2f}", status=said.status)
    shown = f"{probability(emotions, said):.2f}"
    return say("moved", lang, name=_names(emotions, lang), probability=shown, status=said.status, top=top)


def _names(emotions: Sequence[Emotion], lang: str) -> str:
    return say("or", lang).join(name_emotion(each, lang) for each in emotions)
