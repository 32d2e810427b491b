"""An experiment in YAML: which model, from which data, trained how. The one thing that, with the data, makes a run.

experiment: vision-cnn
trainer: vision-cnn
model: vision-ferplus-cnn-2
seed: 0
epochs: 28
early_stopping: {patience: 8}
recipe: {rate: 0.003, dropout: 0.2}
sweep:
  kind: random
  runs: 6
  over:
    recipe.rate: {low: 0.001, high: 0.01, log: true}
    recipe.dropout: [0.0, 0.2, 0.4]
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from perception.training.errors import ExperimentInvalid

RECIPES: Final = Path(__file__).resolve().parent.parent / "recipes"
"""The folder of the experiments that ship."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Range(_Strict):
    """A continuous choice of a random sweep."""

    low: float
    high: float
    log: bool = False
    """Whether to draw in proportion to 1/x, as is right for rates and penalties."""


class Sweep(_Strict):
    """Which values to try."""

    kind: Literal["grid", "random"] = "grid"
    runs: int = Field(default=8, ge=1)
    """How many a random sweep draws; a grid tries all."""
    over: Mapping[str, list[Any] | Range] = Field(min_length=1)
    """By dotted name of a field: its values, or for a random sweep its range."""


class EarlyStopping(_Strict):
    """When to give up."""

    patience: int = Field(ge=1)
    """Epochs without a better development score."""


class Experiment(_Strict):
    """All that decides a run, but for the data."""

    experiment: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    """Its name; runs of one experiment are compared with each other."""
    trainer: str
    """Which trainer reads `recipe`."""
    model: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    """Name and version of the weights it makes: the name of the file and of the model in each observation."""
    seed: int = Field(default=0, ge=0)
    """Of all that is random."""
    epochs: int = Field(ge=1)
    """Passes over the training rows; the learning rate is scheduled over all of them."""
    early_stopping: EarlyStopping | None = None
    calibration: Literal["auto", "temperature", "vector"] = "auto"
    """How logits become probabilities, fitted on the development rows."""
    risk: float = Field(default=0.3, gt=0, lt=1)
    """Share of wrong answers among those given that is aimed at; below the confidence for it, the sense abstains."""
    int8: bool | Literal["ships"] = False
    """Whether to make an int8 variant too and state what it loses; with `ships` it takes the place of the weights where
    it pays, and the figures are its own."""
    leave_corpus_out: bool = False
    """Of a cross-validated experiment: whether to hold out each whole corpus in turn too."""
    limit: int | None = Field(default=None, ge=1)
    """At most so many rows of the data, chosen by hash before they are parted: for trials."""
    recipe: Mapping[str, Any] = Field(default_factory=dict)
    """What the trainer wants to know; it says what there is."""
    sweep: Sweep | None = None

    @property
    def digest(self) -> str:
        """Eight hex digits that tell this experiment from one with other settings; the sweep is no part of it."""
        told = self.model_dump(mode="json", exclude={"sweep", "seed"})
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:8]

    @property
    def run_name(self) -> str:
        """Of the run this makes: the same settings and the same seed give the same name."""
        return f"seed{self.seed}-{self.digest}"

    def changed(self, changes: Mapping[str, Any]) -> Experiment:
        """The same with other values, by dotted name: `{"recipe.rate": 0.01}`.

        Raises:
            ExperimentInvalid: a name or a value is not one that can be.
        """
        told = self.model_dump(mode="json")
        for name, value in changes.items():
            *path, last = name.split(".")
            place = told
            for step in path:
                if not isinstance(place.get(step), dict):
                    place[step] = {}
                place = place[step]
            place[last] = value
        return _checked(told, f"{self.experiment} with {', '.join(f'{n}={v}' for n, v in changes.items())}")

    def as_yaml(self) -> str:
        """As it can be read again."""
        return yaml.safe_dump(self.model_dump(mode="json", exclude_none=True), sort_keys=False, allow_unicode=True)


def recipe_names() -> tuple[str, ...]:
    """Names of the experiments that ship."""
    return tuple(sorted(path.stem for path in RECIPES.glob("*.yaml")))


def load_experiment(name: str | Path) -> Experiment:
    """Read an experiment: the name of one that ships, or the path of a YAML file.

    Raises:
        ExperimentInvalid: there is none, it is no YAML, or a field is not what it should be.
    """
    path = Path(name)
    if path.suffix not in {".yaml", ".yml"}:
        path = RECIPES / f"{name}.yaml"
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ExperimentInvalid(
            f"there is no experiment {str(name)!r}; those that ship are {', '.join(recipe_names())}, "
            "and a file of your own ends in .yaml"
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ExperimentInvalid(f"{str(path)!r} cannot be read as YAML: {error}") from error
    return _checked(told, str(path))


def _checked(told: Any, where: str) -> Experiment:
    try:
        return Experiment.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"])) or "the file"
        known = f"; the fields are {', '.join(Experiment.model_fields)}" if first["type"] == "extra_forbidden" else ""
        shown = "" if first["type"] == "missing" else f" (it is {first['input']!r})"
        raise ExperimentInvalid(f"{where}: {name}: {first['msg'].lower()}{shown}{known}") from error
