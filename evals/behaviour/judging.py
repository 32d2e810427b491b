"""Whether what was said is what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from evals.behaviour.values import Answers, Failure, Item, Judged, Moves
from perception import Emotion, Observation, Status

TOLERANCE: Final = 0.05
"""Probability by which a variant may go the wrong way where it should not go that way."""

LEAST: Final = 0.01
"""Probability a variant has to add where it should add some: less is noise."""

_ANSWERED: Final = (Status.OK, Status.UNCERTAIN)


def judge(item: Item, said: Sequence[Observation]) -> Judged:
    """Judge a test.

    Args:
        item: The test.
        said: Of each of `item.texts`, in that order.

    Raises:
        ValueError: there are more or fewer observations than texts.
    """
    if len(said) != len(item.texts):
        raise ValueError(f"{item.id} has {len(item.texts)} texts, got {len(said)} observations")
    base, *variants = said
    models = sorted({each.model for each in said if each.scores})
    if isinstance(item.expected, Answers):
        failures = () if answers(item.expected, base) else (Failure(text=item.text, said=base),)
        return Judged(item=item, failures=failures, models=models)
    expected = item.expected
    wrong = (
        Failure(text=text, said=variant, base=base)
        for text, variant in zip(expected.variants, variants, strict=True)
        if not (moves(expected, base, variant) if isinstance(expected, Moves) else unchanged(base, variant))
    )
    return Judged(item=item, failures=tuple(wrong), models=models)


def answers(expected: Answers, said: Observation) -> bool:
    """Whether the status is one that may be, and the top of the scores too, whether or not the sense was certain.

    To have no scores is right only where a status that has none is expected.
    """
    if expected.status and said.status not in expected.status:
        return False
    if said.scores is None:
        return bool(expected.status) and said.status not in _ANSWERED
    top = said.scores.top
    return (not expected.top or top in expected.top) and top not in expected.unlike


def unchanged(base: Observation, variant: Observation) -> bool:
    """Whether both have the same top emotion, or both have no scores."""
    if base.scores is None or variant.scores is None:
        return base.scores is variant.scores
    return base.scores.top is variant.scores.top


def moves(expected: Moves, base: Observation, variant: Observation) -> bool:
    """Whether the probability moves as it should; without scores on either side it does not."""
    before, after = (probability(expected.emotions, each) for each in (base, variant))
    if before is None or after is None:
        return False
    if expected.change == "up":
        return after - before > LEAST
    wrong_way = before - after if expected.change == "not_down" else after - before
    return wrong_way <= TOLERANCE


def probability(emotions: Sequence[Emotion], said: Observation) -> float | None:
    """Of these emotions together; None without scores."""
    return None if said.scores is None else sum(said.scores[each] for each in emotions)
