"""Running the tests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol, runtime_checkable

from evals.behaviour.judging import judge
from evals.behaviour.outcome import BehaviourEvaluation
from evals.behaviour.values import Item
from perception import Observation, Utterance
from perception.perceiver import TextPerceiver

BATCH: Final = 64
"""Texts that are given to a sense at once."""

Feel = Callable[[Utterance], Observation]


@runtime_checkable
class _Batching(Protocol):
    def perceive_batch(self, utterances: Sequence[Utterance], /) -> Sequence[Observation]:
        """Feel several texts, in order."""


def evaluate_behaviour(
    items: Sequence[Item], sense: TextPerceiver | Feel, *, progress: Callable[[int, int], None] | None = None
) -> BehaviourEvaluation:
    """Let a sense feel every text, and judge what it says. It is told no language and no context.

    Args:
        items: At least one.
        sense: A text perceiver, by its batch door where it has one, or a function.
        progress: Told how many texts are done, and of how many.

    Raises:
        ValueError: there are no items, or a batch door gives back more or fewer observations than it was given texts.
    """
    if not items:
        raise ValueError("there is nothing to test: no items")
    texts = [Utterance(text=text) for item in items for text in item.texts]
    said: list[Observation] = []
    for part in _felt(sense, texts):
        said.extend(part)
        if progress:
            progress(len(said), len(texts))
    left = iter(said)
    judged = tuple(judge(item, [next(left) for _ in item.texts]) for item in items)
    return BehaviourEvaluation(judged=judged, sha256=fingerprint(items))


def fingerprint(items: Sequence[Item]) -> str:
    """SHA-256 of what is tested: results compare only where it is the same."""
    told = [[each.id, each.expected.kind, *each.texts, each.expected.as_dict()] for each in items]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _felt(sense: TextPerceiver | Feel, texts: Sequence[Utterance]) -> Iterator[Sequence[Observation]]:
    feel: Feel = sense if callable(sense) else sense.perceive
    for start in range(0, len(texts), BATCH):
        part = texts[start : start + BATCH]
        found = sense.perceive_batch(part) if isinstance(sense, _Batching) else [feel(each) for each in part]
        if len(found) != len(part):
            raise ValueError(f"{len(part)} texts were given to perceive_batch, and {len(found)} observations came back")
        yield found
