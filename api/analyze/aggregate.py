"""What the report needs of rows that are gone by: bounded, however many there are."""

from __future__ import annotations

import heapq
from collections import Counter
from hashlib import blake2b
from typing import Any, Final

from api.analyze.buckets import Groups, Timeline, short
from api.analyze.labelled import Labelled
from api.analyze.rows import sound
from api.analyze.tally import Tally
from api.analyze.values import Batch, Columns, Row, Verdict
from perception import EMOTIONS
from perception.text import Polarity

SHOWN: Final = 50
"""Texts listed as the most negative."""
TEXT: Final = 600
"""Characters kept of each."""
_NAMES: Final = 200


class Aggregate:
    """Everything that is counted."""

    def __init__(self, columns: Columns) -> None:
        self.total = Tally()
        """All rows."""
        self.uncertain = [0] * len(EMOTIONS)
        """Rows with scores that the text sense does not stand by, by the likeliest emotion."""
        self.statuses: Counter[str] = Counter()
        """Rows by status."""
        self.causes: Counter[str] = Counter()
        """Rows by what is wrong with them."""
        self.faulty = 0
        """Rows with anything wrong."""
        self.cues: Counter[str] = Counter()
        """Rows by what the text sense noticed."""
        self.models: Counter[str] = Counter()
        """Rows by the model that looked."""
        self.groups = Groups() if columns.group is not None else None
        """Where there is a group column."""
        self.timeline = Timeline() if columns.time is not None else None
        """Where there is a time column."""
        self.labelled = Labelled() if columns.label is not None else None
        """Where there is a label column."""
        self._negative: list[tuple[float, int, dict[str, Any]]] = []
        self._listed: dict[str, dict[str, Any]] = {}

    def add(self, batch: Batch, verdicts: list[Verdict]) -> None:
        """Count a batch."""
        for row, verdict in zip(batch.rows, verdicts, strict=True):
            self._count(row, verdict)
            self.total.add(verdict)
            if self.groups is not None:
                self.groups.add(row.group, verdict)
            if self.timeline is not None:
                self.timeline.add(row.time, verdict)
            if self.labelled is not None:
                self.labelled.add(row, verdict)

    def most_negative(self) -> list[dict[str, Any]]:
        """The texts answered as negative of which that is likeliest, most so first; of equals the earlier."""
        ordered = sorted(self._negative, reverse=True)
        return [{key: value for key, value in shown.items() if key != "digest"} for _, _, shown in ordered]

    def _count(self, row: Row, verdict: Verdict) -> None:
        self.statuses[verdict.status] += 1
        if verdict.faults:
            self.faulty += 1
            self.causes.update({fault.cause for fault in verdict.faults})
        observation = verdict.observation
        if observation is None:
            return
        self._tell(self.models, {observation.model})
        self._tell(self.cues, {cue.code for cue in observation.cues})
        if observation.scores is None:
            return
        if not verdict.answered:
            self.uncertain[EMOTIONS.index(observation.scores.top)] += 1
        else:
            self._rank(row, verdict)

    def _tell(self, counter: Counter[str], names: set[str]) -> None:
        counter.update(name for name in names if name in counter or len(counter) < _NAMES)

    def _rank(self, row: Row, verdict: Verdict) -> None:
        sentiment = verdict.sentiment
        if sentiment is None or sentiment.top is not Polarity.NEGATIVE or row.text is None:
            return
        known = self._listed.get(_digest(row.text))
        if known is not None:
            known["times"] += 1
            return
        key = (sentiment[Polarity.NEGATIVE], -row.number)
        if len(self._negative) >= SHOWN and key <= self._negative[0][:2]:
            return
        entry = (*key, _shown(row, verdict))
        self._listed[entry[2]["digest"]] = entry[2]
        if len(self._negative) < SHOWN:
            heapq.heappush(self._negative, entry)
        else:
            _, _, gone = heapq.heapreplace(self._negative, entry)
            del self._listed[gone["digest"]]

    def state(self) -> dict[str, Any]:
        """JSON-ready: what a run that goes on begins with."""
        parts = {"groups": self.groups, "timeline": self.timeline, "labelled": self.labelled}
        return {
            "total": self.total.state(),
            "uncertain": self.uncertain,
            "statuses": dict(self.statuses),
            "causes": dict(self.causes),
            "faulty": self.faulty,
            "cues": dict(self.cues),
            "models": dict(self.models),
            "negative": sorted(self._negative, reverse=True),
            **{name: part.state() if part is not None else None for name, part in parts.items()},
        }

    @classmethod
    def of(cls, columns: Columns, state: dict[str, Any]) -> Aggregate:
        """The inverse of `state`."""
        found = cls(columns)
        found.total = Tally.of(state["total"])
        found.uncertain = state["uncertain"]
        found.faulty = state["faulty"]
        for name in ("statuses", "causes", "cues", "models"):
            setattr(found, name, Counter(state[name]))
        found._negative = [(p, number, shown) for p, number, shown in state["negative"]]
        heapq.heapify(found._negative)
        found._listed = {shown["digest"]: shown for _, _, shown in found._negative}
        found.groups = Groups.of(state["groups"]) if state["groups"] is not None else None
        found.timeline = Timeline.of(state["timeline"]) if state["timeline"] is not None else None
        found.labelled = Labelled.of(state["labelled"]) if state["labelled"] is not None else None
        return found


def _digest(text: str) -> str:
    """What tells a text from others, without holding it."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _shown(row: Row, verdict: Verdict) -> dict[str, Any]:
    _, emotion, confidence, intensity, _, *_ = verdict.values()
    assert verdict.sentiment is not None
    assert row.text is not None
    optional = {"group": row.group, "time": row.time, "label": row.label}
    return {
        "digest": _digest(row.text),
        "times": 1,
        "row": row.number,
        "text": sound(row.text[:TEXT]) + ("…" if len(row.text) > TEXT else ""),
        "emotion": emotion,
        "confidence": confidence,
        "negative": round(verdict.sentiment[Polarity.NEGATIVE], 4),
        "intensity": intensity,
        **{name: short(value) for name, value in optional.items() if value},
    }
