"""What an evaluation of transcription takes and finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.manifest import Row
from evals.perception.values import Broken
from perception.metrics import Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """A row of which it is known what was said."""

    line: int
    """In the manifest, counted from 1."""
    row: Row
    """With the recording."""
    reference: str
    """What was said."""
    corpus: str
    """Where it is from; `all` where the manifest does not say."""
    speaker: str | None
    """Who spoke; None where the manifest does not say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What a model wrote down of one row."""

    spoken: Spoken
    """The row."""
    hypothesis: str
    """As written; empty where the model gave no words."""
    status: str
    """Of the transcript; `ok` when there are words."""
    words: int
    """Units of the reference, normalised: words, or Chinese characters."""
    substitutions: int
    """Units written wrongly."""
    deletions: int
    """Units left out."""
    insertions: int
    """Units invented."""
    seconds: float
    """Length of the recording."""
    wall_seconds: float
    """How long writing took."""
    cpu_seconds: float
    """Of the processor, over all threads of this process."""

    @property
    def errors(self) -> int:
        """All kinds together."""
        return self.substitutions + self.deletions + self.insertions


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """The figures of a corpus, or of all rows."""

    name: str
    """Of the corpus; `all` for the rows of every one."""
    rows: tuple[Written, ...]
    """At least one."""
    interval: Interval | None
    """95 % bootstrap interval of the word error rate; None of one row, or without resamples."""
    drawn: str
    """What the bootstrap drew: `speaker` or `clip`."""

    @property
    def words(self) -> int:
        """Of the references."""
        return sum(row.words for row in self.rows)

    @property
    def wer(self) -> float:
        """Word error rate: errors by words of the reference; above 1 where much is invented."""
        return sum(row.errors for row in self.rows) / self.words

    @property
    def rtf(self) -> float:
        """Real-time factor: seconds of wall time for a second of sound."""
        return sum(row.wall_seconds for row in self.rows) / sum(row.seconds for row in self.rows)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, rounded to 4 digits."""
        return {
            "name": self.name,
            "clips": len(self.rows),
            "words": self.words,
            "wer": round(self.wer, 4),
            "interval": [round(end, 4) for end in (self.interval.low, self.interval.high)] if self.interval else None,
            "drawn": self.drawn,
            "substitutions": sum(row.substitutions for row in self.rows),
            "deletions": sum(row.deletions for row in self.rows),
            "insertions": sum(row.insertions for row in self.rows),
            "clips_without_error": sum(not row.errors for row in self.rows),
            "statuses": dict(Counter(row.status for row in self.rows).most_common()),
            "seconds": round(sum(row.seconds for row in self.rows), 1),
            "rtf": round(self.rtf, 4),
            "cpu_rtf": round(sum(row.cpu_seconds for row in self.rows) / sum(row.seconds for row in self.rows), 4),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class TranscriptionEvaluation:
    """All that was found."""

    manifest: str
    """Its file name."""
    sha256: str
    """Of its bytes."""
    lines: int
    """That are not blank."""
    broken: tuple[Broken, ...]
    """Rows that could not be used, and why."""
    models: Mapping[str, Sequence[Part]]
    """By model: each corpus, and `all` where there are several."""
    machine: Mapping[str, Any]
    """Where it ran."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "kind": "attune.eval.transcription",
            "version": 1,
            "manifest": {"name": self.manifest, "sha256": self.sha256, "lines": self.lines},
            "broken": [{"line": each.line, "id": each.id, "reason": each.reason} for each in self.broken],
            "models": {name: [part.as_dict() for part in parts] for name, parts in self.models.items()},
            "machine": dict(self.machine),
        }
