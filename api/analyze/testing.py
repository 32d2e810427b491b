"""A text sense for tests. It never runs for a user."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from api.analyze import Analyzed, AnalyzePlan, analyze
from api.analyze.values import Columns
from perception import EMOTIONS, EmotionScores, Modality, Observation, Status, Utterance


class WordScorer:
    """Feels the name of an emotion in a text, with the more doubt the longer it is; may fail, as a kill would."""

    def __init__(self, *, fail_at: int | None = None) -> None:
        """Fail at the batch of this number, from 0."""
        self.fail_at = fail_at
        self.batches: list[int] = []
        """Utterances of each batch that was asked for."""
        self.seen: list[Utterance] = []
        """All of them."""

    def __call__(self, utterances: Sequence[Utterance]) -> Sequence[Observation]:
        if len(self.batches) == self.fail_at:
            raise Killed
        self.batches.append(len(utterances))
        self.seen.extend(utterances)
        return [self._felt(each.text) for each in utterances]

    def _felt(self, text: str) -> Observation:
        found = next((emotion for emotion in EMOTIONS if emotion in text), None)
        doubt = 0.02 * (len(text) % 7)
        scores = EmotionScores.of({**dict.fromkeys(EMOTIONS, 0.01 + doubt), found or "neutral": 1.0})
        status = Status.OK if found else Status.UNCERTAIN
        return Observation(modality=Modality.TEXT, status=status, model="words-1", scores=scores)


class Killed(BaseException):
    """Where a real process would be gone."""


def run(source: Path, out: Path, *, scorer: WordScorer | None = None, **options: Any) -> Analyzed:
    """Analyse a table; `options` are those of `AnalyzePlan`, and the names of the columns `text` and `label`."""
    columns = Columns(text=options.pop("text", "text"), label=options.pop("label", None))
    plan = AnalyzePlan(source=source, out=out, columns=columns, **options)
    return analyze(plan, scorer or WordScorer(), models={"model": "words-1"})
