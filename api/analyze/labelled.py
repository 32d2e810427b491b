"""Labelled rows, counted as confusion matrices, so that a million of them take no more room than ten."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from api.analyze.buckets import short
from api.analyze.labels import meaning
from api.analyze.values import Row, Verdict
from perception import EMOTIONS
from perception.text.sentiment import POLARITIES

UNKNOWN: Final = 200
"""Labels that mean nothing here and are told apart."""


class Labelled:
    """What labelled rows were felt as."""

    def __init__(self) -> None:
        self.emotions = Matrix(len(EMOTIONS))
        """By emotion, of the rows whose label names one."""
        self.sides = Matrix(len(POLARITIES))
        """By side, of the rows whose label names one."""
        self.kinds: Counter[str] = Counter()
        """Labels that name an `emotion` alone, a `side` alone, or `both`; `missing` and `unknown` ones."""
        self.unknown: Counter[str] = Counter()
        """Labels that name neither."""

    def add(self, row: Row, verdict: Verdict) -> None:
        """Count a row."""
        label = (row.label or "").strip()
        if not label:
            self.kinds["missing"] += 1
            return
        emotion, side = meaning(label)
        if emotion is None and side is None:
            self.kinds["unknown"] += 1
            key = short(label)
            if key in self.unknown or len(self.unknown) < UNKNOWN:
                self.unknown[key] += 1
            return
        self.kinds["both" if emotion and side else "emotion" if emotion else "side"] += 1
        scores = verdict.observation.scores if verdict.observation else None
        sentiment = verdict.sentiment
        if emotion is not None:
            said = EMOTIONS.index(scores.top) if scores else None
            self.emotions.add(EMOTIONS.index(emotion), said, answered=verdict.answered)
        if side is not None:
            said = POLARITIES.index(sentiment.top) if sentiment else None
            self.sides.add(POLARITIES.index(side), said, answered=verdict.answered)

    def state(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "emotions": self.emotions.state(),
            "sides": self.sides.state(),
            "kinds": dict(self.kinds),
            "unknown": dict(self.unknown),
        }

    @classmethod
    def of(cls, state: dict[str, Any]) -> Labelled:
        """The inverse of `state`."""
        found = cls()
        found.emotions = Matrix.of(state["emotions"])
        found.sides = Matrix.of(state["sides"])
        found.kinds = Counter(state["kinds"])
        found.unknown = Counter(state["unknown"])
        return found


class Matrix:
    """Counts of truth and answer."""

    def __init__(self, classes: int) -> None:
        self.scored = [[0] * classes for _ in range(classes)]
        """Rows with scores: the line is the truth, the column the answer."""
        self.answered = [[0] * classes for _ in range(classes)]
        """Those the text sense stands by."""
        self.silent = [0] * classes
        """Rows without scores, by truth."""

    def add(self, truth: int, said: int | None, *, answered: bool) -> None:
        if said is None:
            self.silent[truth] += 1
            return
        self.scored[truth][said] += 1
        if answered:
            self.answered[truth][said] += 1

    def state(self) -> dict[str, Any]:
        return {"scored": self.scored, "answered": self.answered, "silent": self.silent}

    @classmethod
    def of(cls, state: dict[str, Any]) -> Matrix:
        found = cls(len(state["silent"]))
        found.scored, found.answered, found.silent = state["scored"], state["answered"], state["silent"]
        return found
