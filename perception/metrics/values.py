"""What is measured, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS, Emotion, EmotionScores


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Predictions:
    """What a model said of labelled rows."""

    truth: NDArray[np.int64]
    """Rows: the true emotion of each, as its place in `EMOTIONS`."""
    probabilities: NDArray[np.float64]
    """Rows x 7, in the order of `Emotion`; each row sums to 1."""
    groups: tuple[str, ...] | None = None
    """Speaker or dialogue of each row: rows of one group are not independent. None when all rows are."""
    answered: NDArray[np.bool_] | None = None
    """Whether the model stood by each row, or abstained; None when it has no threshold."""

    def __post_init__(self) -> None:
        rows = len(self.truth)
        if not rows:
            raise ValueError("there is nothing to measure: no rows")
        if self.probabilities.shape != (rows, len(EMOTIONS)):
            shape = self.probabilities.shape
            raise ValueError(f"{rows} truths need probabilities of shape {(rows, len(EMOTIONS))}, got {shape}")
        for name, column in (("groups", self.groups), ("answered", self.answered)):
            if column is not None and len(column) != rows:
                raise ValueError(f"{rows} truths need as many {name}, got {len(column)}")
        if self.truth.min() < 0 or self.truth.max() >= len(EMOTIONS):
            ends = (int(self.truth.min()), int(self.truth.max()))
            raise ValueError(f"a truth is a place in EMOTIONS, 0 to {len(EMOTIONS) - 1}; got {ends[0]} to {ends[1]}")
        # a comparison with NaN is false
        sound = (self.probabilities >= 0).all(axis=1) & (abs(self.probabilities.sum(axis=1) - 1) <= 1e-3)
        if not sound.all():
            row = int(sound.argmin())
            raise ValueError(
                f"each row of probabilities must be at least 0 and sum to 1; row {row} is {self.probabilities[row]}"
            )

    @classmethod
    def of(
        cls,
        truth: Sequence[Emotion],
        scores: Sequence[EmotionScores],
        *,
        groups: Sequence[str] | None = None,
        answered: Sequence[bool] | None = None,
    ) -> Self:
        """From the values that travel, row by row."""
        return cls(
            truth=np.array([EMOTIONS.index(emotion) for emotion in truth], dtype=np.int64),
            probabilities=np.array([each.values for each in scores], dtype=np.float64).reshape(-1, len(EMOTIONS)),
            groups=None if groups is None else tuple(groups),
            answered=None if answered is None else np.array(answered, dtype=np.bool_),
        )

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def predicted(self) -> NDArray[np.int64]:
        """The likeliest emotion of each row, as its place in `EMOTIONS`."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)

    @property
    def confidence(self) -> NDArray[np.float64]:
        """Probability of the likeliest emotion of each row."""
        return np.asarray(self.probabilities.max(axis=1), dtype=np.float64)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the likeliest emotion of each row is the true one."""
        return np.asarray(self.predicted == self.truth)

    def where(self, keep: NDArray[np.bool_]) -> Predictions:
        """The rows for which `keep` is true."""
        return Predictions(
            truth=self.truth[keep],
            probabilities=self.probabilities[keep],
            groups=None if self.groups is None else tuple(g for g, k in zip(self.groups, keep, strict=True) if k),
            answered=None if self.answered is None else self.answered[keep],
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """A confidence interval."""

    low: float
    """Lower end."""
    high: float
    """Upper end."""

    def __str__(self) -> str:
        return f"{self.low:.3f} to {self.high:.3f}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Quality of one model on one set of rows, with what a reader needs to believe it beside it."""

    name: str
    """Which rows, such as `GoEmotions dev`."""
    rows: int
    """How many."""
    groups: int | None
    """How many speakers or dialogues they come from; None when the rows are independent."""
    accuracy: float
    """Part of the rows that are right, in [0, 1]."""
    uar: float
    """Unweighted average recall over the classes present, in [0, 1]."""
    macro_f1: float
    """Mean F1 over the classes present, in [0, 1]."""
    weighted_f1: float
    """F1 of each class weighted by its true rows, in [0, 1]."""
    ece: float
    """Expected calibration error, 15 bins of equal width, in [0, 1] (Naeini et al. 2015; Guo et al. 2017)."""
    nll: float
    """Mean negative log-likelihood of the truth, in nats."""
    brier: float
    """Multi-class Brier score, in [0, 2]."""
    aurc: float
    """Area under the risk-coverage curve, in [0, 1] (Geifman & El-Yaniv 2017); lower is better."""
    accuracy_at_half: float
    """Accuracy of the half of the rows the model is surest of, in [0, 1]."""
    majority: Emotion
    """The commonest true class."""
    majority_accuracy: float
    """Accuracy of always answering `majority`."""
    support: Mapping[Emotion, int]
    """True rows by class, of the classes present."""
    recall: Mapping[Emotion, float]
    """By class, of the classes present."""
    precision: Mapping[Emotion, float]
    """By class, of the classes present; 0 where the model never answers it."""
    f1: Mapping[Emotion, float]
    """By class, of the classes present."""
    confusion: tuple[tuple[int, ...], ...]
    """Rows: truth; columns: prediction; both in the order of `Emotion`."""
    coverage: float | None = None
    """Part of the rows the model stood by, in [0, 1]; None when it has no threshold."""
    answered_accuracy: float | None = None
    """Accuracy of those; None when there are none."""
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    """95 % bootstrap interval of a figure by its field name; over groups where rows are not independent."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, figures rounded to 4 digits."""
        return {key: plain(value) for key, value in asdict(self).items()}


def plain(value: Any) -> Any:
    """JSON-ready: figures rounded to 4 digits (below 0.001 to two that count), emotions by name."""
    if isinstance(value, float):
        # of a p value, how small it is counts
        return round(value, 4) if abs(value) >= 0.001 else float(f"{value:.2g}")
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, Emotion) else value
