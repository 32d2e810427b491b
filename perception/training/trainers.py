"""Which trainers there are. Listing them imports none."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Final

from perception.training.errors import ExperimentInvalid
from perception.training.experiments.folded import FoldedTask
from perception.training.experiments.task import Given, Task

GROUP: Final = "attune.trainers"
"""Entry points of other distributions: a function from `Given` to a `Task` or a `FoldedTask`."""

_OURS: Final = {
    "audio-sequence": "perception.training.audio.task",
    "fusion-gated": "perception.training.fusion.task",
    "text-encoder": "perception.training.text.encoders.task",
    "text-tfidf": "perception.training.text.task",
    "vision-cnn": "perception.training.vision.task",
    "vision-landmarks": "perception.training.vision.landmarks.task",
}

DEFAULTS: Final = {
    "audio": ("audio-whisper-attentive", "audio-acrnn"),
    "fusion": ("fusion-gated",),
    "text": ("text-en-tfidf", "text-en-minilm", "text-zh-tfidf", "text-zh-e5"),
    "vision": ("vision-cnn",),
}
"""The experiments that `attune train <sense>` runs when it is told no other."""


def trainer_names() -> tuple[str, ...]:
    """Names that the field `trainer` of an experiment may have."""
    return tuple(sorted({*_OURS, *(point.name for point in entry_points(group=GROUP))}))


def make_task(given: Given) -> Task | FoldedTask:
    """Read the data of an experiment and make what learns from it.

    Raises:
        ExperimentInvalid: no trainer has that name, or the recipe is none for it.
        TrainingDataMissing: the data is not there.
        TrainingExtraMissing: the trainer needs packages that are not installed.
        LicenceForbids: the weights policy leaves no data.
    """
    name = given.experiment.trainer
    if name in _OURS:
        task: Task | FoldedTask = import_module(_OURS[name]).make(given)
        return task
    for point in entry_points(group=GROUP, name=name):
        made: Task | FoldedTask = point.load()(given)
        return made
    raise ExperimentInvalid(
        f"{given.experiment.experiment}: there is no trainer {name!r}; there are {', '.join(trainer_names())}"
    )
