"""What a training run measured: the figures of every model card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from perception.emotions import EMOTIONS, Emotion


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Quality of one model on one held-out set, the majority class beside it."""

    name: str
    """Which rows, such as `GoEmotions dev`."""
    rows: int
    """How many."""
    accuracy: float
    """Part of the rows that are right, in [0, 1]."""
    uar: float
    """Unweighted average recall over the classes present, in [0, 1]."""
    macro_f1: float
    """Over the classes present, in [0, 1]."""
    majority: Emotion
    """The commonest true class."""
    majority_accuracy: float
    """Accuracy of always answering `majority`."""
    recall: Mapping[Emotion, float]
    """By class, of the classes present."""
    confusion: tuple[tuple[int, ...], ...]
    """Rows: truth; columns: prediction; both in the order of `Emotion`."""


def measure(name: str, truth: Sequence[Emotion], predicted: Sequence[Emotion]) -> Figures:
    """Compare predictions with the truth, row by row.

    Raises:
        ValueError: there are no rows, or not as many predictions as truths.
    """
    from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, recall_score

    if not truth or len(truth) != len(predicted):
        raise ValueError(f"{name}: {len(truth)} truths and {len(predicted)} predictions cannot be compared")
    true, guess = [str(t) for t in truth], [str(p) for p in predicted]
    present = [emotion for emotion in EMOTIONS if emotion in true]
    labels = [str(emotion) for emotion in present]
    majority, count = Counter(truth).most_common(1)[0]
    recalls = recall_score(true, guess, labels=labels, average=None, zero_division=0)
    matrix = confusion_matrix(true, guess, labels=[str(emotion) for emotion in EMOTIONS])
    return Figures(
        name=name,
        rows=len(truth),
        accuracy=float(accuracy_score(true, guess)),
        uar=float(sum(recalls) / len(recalls)),
        macro_f1=float(f1_score(true, guess, labels=labels, average="macro", zero_division=0)),
        majority=majority,
        majority_accuracy=count / len(truth),
        recall={emotion: float(r) for emotion, r in zip(present, recalls, strict=True)},
        confusion=tuple(tuple(int(n) for n in row) for row in matrix),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A data set that shaped a model."""

    name: str
    """As its authors call it, with the part used."""
    licence: str
    """SPDX identifier where there is one."""
    rows: int
    """Rows trained on, after duplicates were dropped."""
    note: str = ""
    """What else a reader must know."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingReport:
    """Everything a model card says about a run."""

    model: str
    """Name and version, as in each observation: `text-en-tfidf-1`."""
    weights: tuple[Path, ...]
    """The files written."""
    summary: str
    """What it is, in one or two sentences."""
    licence: str
    """Of the weights: an SPDX identifier, or `research, non-commercial`."""
    sources: tuple[Source, ...]
    """The data it was trained on."""
    splits: str
    """How train, development and held-out rows were kept apart."""
    figures: tuple[Figures, ...]
    """Held-out figures: rows that training never saw."""
    limits: tuple[str, ...]
    """Where it fails, one sentence each."""
    command: str
    """What reproduces it."""
    seconds: float
    """Wall time of the training."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """More facts by name, such as temperature, parameters, parity of the export."""
