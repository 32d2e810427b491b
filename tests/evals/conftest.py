"""A sense whose answers are written into the words it is asked, so that figures can be computed by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent import Senses
from perception import EmotionScores, Modality, Observation, Status, Utterance
from perception.testing import ScriptedPerceiver


class Reader(ScriptedPerceiver):
    """Takes `happy 0.8` for 0.8 happy, the rest neutral (or surprise); `uncertain: happy 0.8` is uncertain; `mute` is
    empty."""

    def perceive(self, evidence: object, /) -> Observation:
        assert isinstance(evidence, Utterance)
        status, _, words = evidence.text.rpartition(": ")
        if words == "mute":
            return Observation(modality=self.modality, status=Status.EMPTY, model=self.model)
        emotion, probability = words.split()[:2]
        rest = "surprise" if emotion == "neutral" else "neutral"
        scores = EmotionScores.of({emotion: float(probability), rest: 1 - float(probability)})
        return Observation(
            modality=self.modality, status=Status(status or "ok"), model=self.model, scores=scores, quality=0.5
        )


@pytest.fixture
def senses() -> Iterator[Senses]:
    made = Senses(
        text=Reader(Modality.TEXT),
        vision=ScriptedPerceiver(Modality.VISION, EmotionScores.of({"happy": 0.6, "neutral": 0.4})),
    )
    yield made
    made.close()


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A manifest of rows (text, label) or of whole rows, and of lines that are no rows."""

    def written(rows: Sequence[tuple[str, str] | Mapping[str, Any] | bytes], name: str = "rows.jsonl") -> Path:
        lines = []
        for number, row in enumerate(rows):
            if isinstance(row, tuple):
                row = {"text": row[0], "label": row[1]}
            line = row if isinstance(row, bytes) else json.dumps({"id": f"r{number}", **row}).encode()
            lines.append(line)
        path = tmp_path / name
        path.write_bytes(b"\n".join(lines))
        return path

    return written
