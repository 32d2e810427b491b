"""What the text sense says of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from api.analyze.values import DIGITS, EMPTY, Fault, Row, Verdict
from perception import Observation, Utterance
from perception.text import Sentiment

if TYPE_CHECKING:
    from perception import Perceiver
    from perception.text.own import Said

Scorer = Callable[[Sequence[Utterance]], Sequence[Observation]]
"""Utterances in, an observation of each out, in order."""

Labeller = Callable[[Sequence[Utterance]], "Sequence[Said]"]
"""Utterances in, labels of the user's own out, in order."""

_WITHOUT_WORDS: Final = Fault(cause="empty_text", detail="nothing to see in it")


def scorer_of(perceiver: Perceiver[Utterance]) -> Scorer:
    """How a text perceiver scores many: all at once where it can, one by one otherwise."""
    at_once: Scorer | None = getattr(perceiver, "perceive_batch", None)
    return at_once or (lambda utterances: [perceiver.perceive(each) for each in utterances])


def score(rows: Sequence[Row], scorer: Scorer, lang: str | None, labeller: Labeller | None = None) -> list[Verdict]:
    """A verdict for each row, in order; the text sense and the user's own model are asked of those that have words."""
    utterances = [Utterance(text=row.text, lang=lang) for row in rows if row.text is not None]
    observations = scorer(utterances) if utterances else ()
    if len(observations) != len(utterances):
        raise ValueError(
            f"the text sense answered {len(observations)} of {len(utterances)} rows; report it to its maker"
        )
    said = iter(observations)
    verdicts = [_verdict(row, next(said) if row.text is not None else None) for row in rows]
    if labeller is None:
        return verdicts
    own = iter(labeller(utterances) if utterances else ())
    return [
        _labelled(each, next(own) if row.text is not None else None) for row, each in zip(rows, verdicts, strict=True)
    ]


def _labelled(verdict: Verdict, said: Said | None) -> Verdict:
    if said is None or said.label is None:
        return replace(verdict, own=(None, None, verdict.status if said is None else EMPTY))
    return replace(verdict, own=(said.label, round(said.confidence, DIGITS), "ok" if said.answered else "uncertain"))


def _verdict(row: Row, observation: Observation | None) -> Verdict:
    if observation is None:
        return Verdict(status=row.status or EMPTY, faults=row.faults)
    scores = observation.scores
    silent = observation.status.value == EMPTY
    return Verdict(
        status=observation.status.value,
        observation=observation,
        sentiment=Sentiment.of(scores) if scores is not None else None,
        faults=(*row.faults, _WITHOUT_WORDS) if silent else row.faults,
    )
