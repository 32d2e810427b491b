"""Labels of a user's own at run time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from perception.errors import ModelRefused
from perception.perceiver import Utterance
from perception.text.own.base import Base, SenseBase
from perception.text.own.model import OwnModel, load_own
from perception.text.reading import Reading, read


class Said(NamedTuple):
    """What is said of a text."""

    label: str | None
    """The likeliest; None of a text with nothing to read in it."""
    confidence: float
    """Its calibrated probability, in [0, 1]."""
    answered: bool
    """Whether the model stands by it: it is sure enough, and the text is in a language it learned from."""


class OwnLabels:
    """Gives texts the labels that a head of a user's own has learned. May be called from several threads."""

    def __init__(self, path: Path, *, base: Base | None = None, commercial_only: bool = False) -> None:
        """Read the head; the base model loads on first use.

        Args:
            path: what `attune train text --data FILE` wrote.
            base: what the head stands on; the text sense that ships when None.
            commercial_only: of the text sense that ships, use only what its card allows commercially.

        Raises:
            ModelRefused: the file is no such head, or is damaged.
        """
        self._path = path
        self._model = load_own(path)
        self._base = base or SenseBase(commercial_only=commercial_only)
        self._checked: set[int] = set()

    @property
    def model(self) -> OwnModel:
        """The head."""
        return self._model

    def warm_up(self) -> None:
        """Load every base model it stands on.

        Raises:
            ModelError: one cannot be loaded, or is another than the head was learned on.
        """
        for place in range(len(self._model.dense)):
            self._check(place)

    def label(self, utterances: Sequence[Utterance]) -> list[Said]:
        """The label of each utterance, in order. Earlier turns are not read.

        Raises:
            ModelError: a base model cannot be loaded, or is another than the head was learned on.
        """
        forced = self._model.lang
        readings = [read(Utterance(text=each.text, lang=forced or each.lang)) for each in utterances]
        said = [Said(label=None, confidence=0.0, answered=False)] * len(readings)
        for place in range(len(self._model.dense)):
            where = [i for i, each in enumerate(readings) if each.clean and self._place(each) == place]
            for i, each in zip(where, self._say([readings[i] for i in where], place), strict=True):
                said[i] = each
        return said

    def _place(self, reading: Reading) -> int:
        return self._model.dense_for(self._model.lang or reading.language.code)

    def _say(self, readings: Sequence[Reading], place: int) -> list[Said]:
        if not readings:
            return []
        self._check(place)
        model, texts = self._model, [each.clean for each in readings]
        found = model.probabilities(texts, self._base.numbers(texts, model.dense[place].lang), place)
        best = np.argmax(found, axis=1)
        return [
            Said(
                label=model.labels[label],
                confidence=float(row[label]),
                answered=bool(row[label] >= model.threshold) and self._knows(reading),
            )
            for row, label, reading in zip(found, best.tolist(), readings, strict=True)
        ]

    def _knows(self, reading: Reading) -> bool:
        """Whether there were texts of its language to learn from; one that looks like none may be of any."""
        if self._model.lang is not None or not reading.language.sure:
            return True
        return reading.language.code in self._model.seen

    def _check(self, place: int) -> None:
        if place in self._checked:
            return
        dense = self._model.dense[place]
        found = self._base.name(dense.lang)
        if found != dense.base:
            raise ModelRefused(
                f"{str(self._path)!r} was learned on the text model {dense.base!r}, and the one here is {found!r}, "
                "whose numbers mean other things; train it again with: attune train text --data MY.csv"
            )
        self._checked.add(place)
