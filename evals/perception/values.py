"""What an evaluation is asked, and what it finds of each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from agent.manifest import Row
from perception import Emotion, EmotionScores, Modality

FUSED: Final = "fused"
"""Name of what all senses together say, beside the names of the senses."""

SILENT: Final = "silent"
"""Status of the fused affect where no sense could tell."""

CLUSTERS: Final = ("speaker", "dialogue")
"""Columns whose rows are taken to be dependent, unless told otherwise; the first that all rows have."""

FEW: Final = 20
"""Rows below which a part is marked, and takes no part in a gap, unless told otherwise."""

Trouble = Literal["json", "row", "label", "media", "failed"]
"""Why a row is broken: no JSON, a wrong field, no label or one that is no emotion, a file, or what nobody foresaw."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What to evaluate, and how."""

    manifest: Path
    """JSON lines with labels; paths in it are relative to its folder."""
    label_column: str = "label"
    """Holds the true emotion."""
    label_map: Mapping[str, Emotion] = field(default_factory=dict)
    """Emotion by label, for labels that are no emotion name; nothing else is taken for a synonym."""
    senses: tuple[Modality, ...] = tuple(Modality)
    """Those to ask."""
    cluster: str | None = None
    """Column of what rows depend on, drawn whole by the bootstrap; chosen out of `CLUSTERS` when None."""
    by: tuple[str, ...] = ()
    """Columns by whose values the figures are given too."""
    limit: int | None = None
    """So many rows at most, drawn at random; all when None."""
    seed: int = 0
    """Of the drawing and of the bootstrap."""
    resamples: int = 1000
    """Of the bootstrap; 0 leaves the intervals out."""
    compare: Path | None = None
    """An earlier report, or its folder."""
    few: int = FEW
    """Rows below which a part is marked, and takes no part in a gap."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """A row that cannot be used; the fault is the data's, not a model's."""

    line: int
    """In the manifest, counted from 1."""
    id: str | int | None
    """Where it could be read."""
    trouble: Trouble
    """What kind of fault."""
    reason: str
    """For whoever wrote the manifest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledRow:
    """A row that can be perceived and judged."""

    line: int
    """In the manifest, counted from 1."""
    row: Row
    """With the evidence for the senses that are asked, and no other."""
    truth: Emotion
    """Its label."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """A manifest, read."""

    sha256: str
    """Of the file."""
    lines: int
    """Lines that are not blank."""
    rows: tuple[LabelledRow, ...]
    """To be perceived, in the order of the manifest."""
    broken: tuple[Broken, ...]
    """Not usable, in the order of the manifest."""
    without_evidence: int
    """Rows with nothing for the senses that are asked."""
    usable: int
    """Rows there were before `Plan.limit`."""
    unknown_labels: Mapping[str, int]
    """How often each label occurs that is no emotion, the commonest first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What one sense, or all of them together, said of a row."""

    status: str
    """`ok` when it stood by its scores; else why not."""
    scores: EmotionScores | None
    """Also where it was uncertain."""
    quality: float
    """Of the evidence, in [0, 1]; reliability of the fused affect."""
    latency_ms: float
    """Wall time of the perceiver, in milliseconds; 0 of the fused affect."""
    model: str
    """Name and version."""

    @property
    def stood_by(self) -> bool:
        """Whether the turn would have used it."""
        return self.status == "ok" and self.scores is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasuredRow:
    """A row, perceived."""

    line: int
    """In the manifest, counted from 1."""
    id: str | int
    """As the manifest has it."""
    truth: Emotion
    """Its label."""
    cells: Mapping[str, str | None]
    """Values of the columns that are asked for, as text; None where the row has none."""
    text: str | None
    """Words typed or transcribed."""
    seconds: float | None
    """Length of the recording."""
    answers: Mapping[str, Answer]
    """By sense that had evidence, and `FUSED`."""
