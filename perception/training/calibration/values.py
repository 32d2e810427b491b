"""What calibration found, and how it travels with the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.training.errors import CalibrationInvalid

Method = Literal["temperature", "vector"]
"""One factor for all classes (temperature scaling), or a factor and a bias for each (vector scaling)."""

ONES: Final = (1.0,) * len(EMOTIONS)
ZEROS: Final = (0.0,) * len(EMOTIONS)
_PREFIX: Final = "calibration."


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What calibration saw on the development rows; the figures after it are of the rows it was fitted on."""

    rows: int
    """How many."""
    groups: int | None
    """How many speakers or dialogues they come from; None when the rows were taken as independent."""
    nll_before: float
    """Mean negative log-likelihood of the truth with the logits as they were, in nats."""
    nll_after: float
    """The same with calibrated logits."""
    ece_before: float
    """Expected calibration error over 15 bins of the logits as they were, in [0, 1]."""
    ece_after: float
    """The same of calibrated logits."""
    selective_risk: float
    """Part of the rows at or above the threshold that are wrong, in [0, 1]."""
    coverage: float
    """Part of the rows at or above the threshold, in [0, 1]."""
    reached: bool
    """Whether a threshold keeps the stated risk; if not, this one is the best that could be had."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """How logits become probabilities, and which are too unsure to be used.

    `softmax(scale * logits / temperature + bias)`: temperature scaling and vector scaling of Guo et al. (2017, On
    Calibration of Modern Neural Networks, ICML).
    """

    method: Method
    """With `temperature`, `scale` is ones and `bias` zeros."""
    temperature: float
    """What logits are divided by, above 0."""
    scale: tuple[float, ...] = ONES
    """Seven factors, in the order of `Emotion`, each above 0."""
    bias: tuple[float, ...] = ZEROS
    """Seven, in nats, added last."""
    uncertain_below: float
    """Confidence under which an answer is `uncertain`, in [0, 1]."""
    risk: float | None = None
    """Part of the answers not `uncertain` that may be wrong, as it was asked for, in (0, 1); None where unknown."""
    dev: Seen | None = None
    """What was seen on the development rows; None for weights that do not tell."""

    def __post_init__(self) -> None:
        numbers = (self.temperature, *self.scale, *self.bias, self.uncertain_below)
        if not np.isfinite(numbers).all() or min(self.temperature, *self.scale) <= 0:
            raise CalibrationInvalid(f"temperature and scale must be finite and above 0, bias finite; got {self!r}")
        if not len(self.scale) == len(self.bias) == len(EMOTIONS):
            raise CalibrationInvalid(f"scale and bias need {len(EMOTIONS)} values each, got {self.scale}, {self.bias}")
        if self.method not in ("temperature", "vector"):
            raise CalibrationInvalid(f"{self.method!r} is no method of calibration: 'temperature' or 'vector'")
        if self.method == "temperature" and (self.scale, self.bias) != (ONES, ZEROS):
            raise CalibrationInvalid(f"temperature scaling takes no scale and no bias, got {self.scale}, {self.bias}")

    @property
    def factor(self) -> NDArray[np.float64]:
        """Seven: what a class's logit is multiplied by, `scale / temperature`."""
        return np.array(self.scale) / self.temperature

    def apply(self, logits: NDArray[Any]) -> NDArray[np.float64]:
        """Probabilities (... x 7) of logits (... x 7) in float64."""
        moved = np.asarray(logits, dtype=np.float64) * self.factor + np.array(self.bias)
        raised = np.exp(moved - moved.max(axis=-1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=-1, keepdims=True))

    def metadata(self) -> dict[str, str]:
        """What is stored with the weights; `from_metadata` gives back the very same calibration.

        Perceivers read `uncertain_below`; all else tells what is inside the weights already.
        """
        told = {
            "temperature": repr(float(self.temperature)),
            "uncertain_below": repr(float(self.uncertain_below)),
            f"{_PREFIX}method": self.method,
            f"{_PREFIX}scale": _joined(self.scale),
            f"{_PREFIX}bias": _joined(self.bias),
        }
        if self.risk is not None:
            told[f"{_PREFIX}risk"] = repr(float(self.risk))
        if self.dev is not None:
            told |= {f"{_PREFIX}{field.name}": repr(getattr(self.dev, field.name)) for field in fields(Seen)}
        return told

    @classmethod
    def from_metadata(cls, told: Mapping[str, str]) -> Calibration:
        """What `metadata` wrote, or a temperature and `uncertain_below` alone, as in older weights.

        Raises:
            CalibrationInvalid: something is missing or is no number.
        """
        try:
            return cls(
                method=told.get(f"{_PREFIX}method", "temperature"),  # type: ignore[arg-type]  # checked when built
                temperature=float(told["temperature"]),
                scale=_split(told.get(f"{_PREFIX}scale"), ONES),
                bias=_split(told.get(f"{_PREFIX}bias"), ZEROS),
                uncertain_below=float(told["uncertain_below"]),
                risk=float(told[f"{_PREFIX}risk"]) if f"{_PREFIX}risk" in told else None,
                dev=_seen(told) if f"{_PREFIX}rows" in told else None,
            )
        except (KeyError, ValueError) as error:
            raise CalibrationInvalid(
                f"the weights' metadata hold no calibration ({error}): train them again with attune train"
            ) from error


def _joined(values: tuple[float, ...]) -> str:
    return " ".join(repr(float(value)) for value in values)


def _split(text: str | None, otherwise: tuple[float, ...]) -> tuple[float, ...]:
    return otherwise if text is None else tuple(float(each) for each in text.split())


def _seen(told: Mapping[str, str]) -> Seen:
    text = {field.name: told[f"{_PREFIX}{field.name}"] for field in fields(Seen)}
    return Seen(
        rows=int(text.pop("rows")),
        groups=_count(text.pop("groups")),
        reached=_flag(text.pop("reached")),
        **{name: float(value) for name, value in text.items()},
    )


def _count(text: str) -> int | None:
    return None if text == "None" else int(text)


def _flag(text: str) -> bool:
    if text not in ("True", "False"):
        raise ValueError(f"reached is {text!r}, not True or False")
    return text == "True"
