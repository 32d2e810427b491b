"""What a trainer makes of an experiment and a folder of data: rows that are ready, and a model that learns them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from perception.metrics import Predictions
from perception.models.policy import WeightsPolicy
from perception.observation import Modality
from perception.training.calibration import Calibration
from perception.training.cards.report import Source
from perception.training.errors import ExperimentInvalid
from perception.training.experiments.config import Experiment
from perception.training.experiments.loop import Learner, Progress
from perception.training.splits import Splits

RecipeT = TypeVar("RecipeT")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Rows:
    """Labelled rows that a model is measured on."""

    name: str
    """Which, as a reader of the card knows them: `FER+ validation`."""
    ids: tuple[str, ...]
    """Of each row."""
    truth: NDArray[np.int64]
    """Rows: place in `EMOTIONS`."""
    groups: tuple[str, ...] | None
    """Speaker or dialogue of each row; None where rows are independent."""
    inputs: Any
    """What the task's own `logits` and `answers` take."""

    def __len__(self) -> int:
        return len(self.ids)

    def some(self, places: NDArray[np.int64]) -> Rows:
        """Those at the places given."""
        inputs = self.inputs[places] if isinstance(self.inputs, np.ndarray) else [self.inputs[i] for i in places]
        return replace(
            self,
            ids=tuple(self.ids[i] for i in places),
            truth=self.truth[places],
            groups=None if self.groups is None else tuple(self.groups[i] for i in places),
            inputs=inputs,
        )

    def predictions(self, probabilities: NDArray[Any], *, uncertain_below: float | None = None) -> Predictions:
        """What a model said of them (rows x 7); it abstains below a confidence where one is given."""
        told = np.asarray(probabilities, dtype=np.float64)
        told = told / told.sum(axis=1, keepdims=True)
        answered = None if uncertain_below is None else told.max(axis=1) >= uncertain_below
        return Predictions(truth=self.truth, probabilities=told, groups=self.groups, answered=answered)


Answers = Callable[[Rows], NDArray[np.float64]]
"""Exported weights, loaded: rows to probabilities (rows x 7)."""


class Task(Learner, Protocol):
    """A learner with its data. Building one reads and splits the data; nothing is trained yet."""

    @property
    def modality(self) -> Modality | Literal["fusion"]:
        """The sense the weights are for, or all of them."""

    @property
    def languages(self) -> Sequence[str]:
        """ISO 639-1 codes of the data; none where language plays no part."""

    @property
    def splits(self) -> Splits:
        """Which row is in which part."""

    @property
    def sources(self) -> Sequence[Source]:
        """The data sets that shape the weights."""

    @property
    def left_out(self) -> Sequence[Source]:
        """Those that the weights policy kept away."""

    @property
    def summary(self) -> str:
        """What the model is, in one or two sentences."""

    @property
    def limits(self) -> Sequence[str]:
        """Where it fails, a sentence each."""

    @property
    def notes(self) -> Mapping[str, str]:
        """What else a card says, by name; asked for when training is over."""

    @property
    def resampled_by(self) -> str:
        """What the groups of its rows are: `speaker`, `dialogue`; of independent rows it is not asked."""

    @property
    def parameters(self) -> int:
        """How many numbers were learned."""

    def dev(self) -> Rows:
        """The development rows."""

    def tests(self) -> Sequence[Rows]:
        """The held-out rows, set by set."""

    def logits(self, rows: Rows) -> NDArray[np.float64]:
        """What the trained model says (rows x 7), before calibration."""

    def export(self, folder: Path, calibration: Calibration) -> Path:
        """Write the weights that the runtime loads; the same weights give the same bytes."""

    def runtime(self, weights: Path) -> Answers:
        """Load exported weights by the code that runs in the sense, on one thread."""

    def quantise(self, weights: Path, folder: Path) -> Path | None:
        """Write an int8 variant; None where the format has none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What a trainer is given."""

    data: Path
    """Folder of the corpora."""
    experiment: Experiment
    """What is to be trained."""
    cache: Path
    """Where features may be kept."""
    policy: WeightsPolicy = "any"
    """`commercial` leaves out data that does not allow commercial use."""
    progress: Progress = lambda _part, _line: None
    """Told how far reading has come."""


def read_recipe(kind: type[RecipeT], experiment: Experiment, part: str | None = None) -> RecipeT:
    """The recipe of an experiment, or a part of it that has fields of its own, as the dataclass a trainer wants.

    Raises:
        ExperimentInvalid: a field is unknown, missing, or of another type.
    """
    from pydantic import TypeAdapter, ValidationError

    told = experiment.recipe if part is None else experiment.recipe.get(part, {})
    where = "recipe" if part is None else f"recipe.{part}"
    if not isinstance(told, Mapping):
        raise ExperimentInvalid(f"{experiment.experiment}: {where} takes fields, not {told!r}")
    known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(told) - set(known))
    lacking = [n for n, f in known.items() if f.default is f.default_factory is MISSING and n not in told]
    if unknown or lacking:
        wrong = f"no field {unknown[0]!r}" if unknown else f"a field {lacking[0]!r}, which is missing"
        raise ExperimentInvalid(
            f"{experiment.experiment}: a {where} for {experiment.trainer} has {wrong}; "
            f"its fields are {', '.join(known)}"
        )
    try:
        return TypeAdapter(kind).validate_python(dict(told))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, (where, *first["loc"])))
        raise ExperimentInvalid(
            f"{experiment.experiment}: {name}: {first['msg'].lower()} (it is {first['input']!r})"
        ) from error
