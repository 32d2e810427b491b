"""`attune eval statements`: the detector on the texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from evals.statements.values import Claim, Counts, Judged, StatementsEvaluation, Text
from perception.metrics import Interval
from perception.metrics.intervals import expanded_percentile
from perception.metrics.resampling import draws
from perception.text.statements import Polarity, Statement, find_statements

Find = Callable[[str, str | None], Iterable[Statement]]


def evaluate_statements(
    texts: Sequence[Text], *, split: str = "test", find: Find = find_statements, resamples: int = 1000, seed: int = 0
) -> StatementsEvaluation:
    """Compare what is found in each text with what is there.

    The same claim twice in a text counts once, and where it stands does not count.

    Args:
        texts: at least one.
        split: their name, for the report.
        find: the detector: text and language to statements.
        resamples: of the bootstrap over texts; 0 leaves the intervals out.
        seed: of the bootstrap.
    """
    judged = [Judged(text=text, found=_claims(find(text.text, text.lang))) for text in texts]
    languages = [_counted(lang, [j for j in judged if j.text.lang == lang], resamples, seed) for lang in _of(texts)]
    kinds = dict.fromkeys(text.kind for text in texts)
    return StatementsEvaluation(
        split=split,
        overall=_counted("all", judged, resamples, seed),
        parts={
            "language": tuple(languages),
            "polarity": tuple(Counts.of(polarity.value, judged, polarity=polarity) for polarity in Polarity),
            "kind": tuple(Counts.of(kind, [j for j in judged if j.text.kind == kind]) for kind in kinds),
        },
        failures=tuple(each for each in judged if not each.passed),
    )


def _claims(statements: Iterable[Statement]) -> frozenset[Claim]:
    return frozenset(Claim(emotion=each.emotion, polarity=each.polarity) for each in statements)


def _of(texts: Sequence[Text]) -> Iterable[str]:
    return dict.fromkeys(text.lang for text in texts)


def _counted(name: str, judged: Sequence[Judged], resamples: int, seed: int) -> Counts:
    return replace(Counts.of(name, judged), interval=_interval(judged, resamples, seed))


def _interval(judged: Sequence[Judged], resamples: int, seed: int) -> Interval | None:
    """95 % bootstrap interval of F1; None of one text, and where nothing went wrong: no resample differs."""
    hits = np.array([len(each.text.expected & each.found) for each in judged], dtype=np.float64)
    wrong = np.array([len(each.text.expected ^ each.found) for each in judged], dtype=np.float64)
    if len(judged) < 2 or not resamples or not wrong.any():
        return None
    drawn = np.concatenate(list(draws(len(judged), len(judged), resamples=resamples, seed=seed)))
    both = 2 * (drawn @ hits) + drawn @ wrong
    return expanded_percentile(np.divide(2 * (drawn @ hits), both, out=np.ones_like(both), where=both > 0), len(judged))
