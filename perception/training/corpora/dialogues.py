"""Utterances of dialogues, each with what was said before."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace

from perception.training.corpora.base import Row
from perception.training.corpora.example import Example


def in_context(turns: Iterable[tuple[Hashable, str, Row]]) -> Iterator[Row]:
    """Give each example the earlier turns of its dialogue. What is left out is context nevertheless.

    Args:
        turns: dialogue, words and row of each utterance, in the order in which they were said.
    """
    said: dict[Hashable, list[str]] = {}
    for dialogue, words, row in turns:
        before = said.setdefault(dialogue, [])
        yield replace(row, context=tuple(before)) if isinstance(row, Example) else row
        if words:
            before.append(words)
