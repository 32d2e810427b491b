"""The outcome in lines, for a terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

from agent.phrases import name_emotion
from evals.statements.values import Claim, Counts, StatementsEvaluation
from evals.words import say

_say = partial(say, Path(__file__).with_name("texts.yaml"))


def summary_lines(found: StatementsEvaluation, lang: str = "en", *, listed: bool = False) -> Iterator[str]:
    """A table: languages, polarities, kinds, and all.

    Args:
        found: the outcome.
        lang: `en` or `zh`.
        listed: whether the failures are shown too.
    """
    yield _say("head", lang)
    for part in found.parts.values():
        yield from map(_line, part)
    yield _line(found.overall)
    count, texts = len(found.failures), found.overall.texts
    if count:
        yield _say("failed", lang, count=count, texts=texts) + ("" if listed else _say("hint", lang))
    else:
        yield _say("passed", lang, texts=texts)


def failure_lines(found: StatementsEvaluation, lang: str = "en") -> Iterator[str]:
    """For each text that failed: the text, what it states and denies, and what was found."""
    for each in found.failures:
        yield f"{each.text.id}  {each.text.kind}  {each.text.text!r}"
        yield _say("expected", lang, claims=_claims(each.text.expected, lang))
        yield _say("found", lang, claims=_claims(each.found, lang))


def _line(counts: Counts) -> str:
    span = f"[{counts.interval.low:.3f}, {counts.interval.high:.3f}]" if counts.interval else ""
    parts = "".join(f" {value:>6}" for value in (counts.texts, counts.hits, counts.false, counts.missed))
    return (
        f"{counts.name:<15}{parts}  {counts.precision:>9.3f} {counts.recall:>6.3f} {counts.f1:>6.3f}  {span}".rstrip()
    )


def _claims(claims: Collection[Claim], lang: str) -> str:
    said = [_say(each.polarity, lang, emotion=name_emotion(each.emotion, lang)) for each in sorted(claims)]
    return _say("and", lang).join(said) or _say("nothing", lang)
