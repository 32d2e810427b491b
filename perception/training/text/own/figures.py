"""How good a head is, on labels of any name.

`perception.metrics` measures the seven emotions; what of it takes any confusion matrix is used here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.metrics import Interval
from perception.metrics.calibration import BINS, bin_of
from perception.metrics.intervals import expanded_percentile
from perception.metrics.resampling import draws, from_confusion
from perception.metrics.values import plain

RESAMPLES: Final = 1000
FIGURES: Final = ("accuracy", "macro_f1", "uar")
"""Those with intervals."""

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answers:
    """What a head said of labelled rows."""

    truth: Places
    """Places of the true labels."""
    probabilities: Floats
    """Rows x labels, calibrated."""
    units: Places
    """By row, the number of its group, from 0 without gaps; each its own where rows are independent."""

    @property
    def confidence(self) -> Floats:
        """Of each row."""
        return np.asarray(self.probabilities.max(axis=1))

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the likeliest label of each row is the true one."""
        return np.asarray(self.probabilities.argmax(axis=1) == self.truth)


@dataclass(frozen=True, kw_only=True, slots=True)
class OfLabel:
    """Figures of a label."""

    support: int
    """True rows."""
    precision: float
    """In [0, 1]; 0 where it is never answered."""
    recall: float
    """In [0, 1]; 0 where it has no true row."""
    f1: float
    """In [0, 1]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelFigures:
    """Quality on one set of rows, with what a reader needs to believe it beside it."""

    rows: int
    """How many."""
    groups: int | None
    """How many groups they come from; None when they are independent."""
    accuracy: float
    """Part of the rows that are right, in [0, 1]."""
    macro_f1: float
    """Mean F1 over the labels present, in [0, 1]."""
    uar: float
    """Unweighted average recall over the labels present, in [0, 1]."""
    ece: float
    """Expected calibration error, 15 bins of equal width, in [0, 1]."""
    majority: str
    """The commonest true label."""
    majority_accuracy: float
    """Accuracy of always answering it."""
    coverage: float
    """Part of the rows that are answered, in [0, 1]."""
    answered_accuracy: float | None
    """Accuracy of those; None when there are none."""
    labels: Mapping[str, OfLabel]
    """By label, of all."""
    confusion: tuple[tuple[int, ...], ...]
    """Rows: truth; columns: answer; both in the order of `labels`."""
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    """95 % bootstrap interval of a figure by its field name, over groups where there are any."""

    @property
    def present(self) -> int:
        """Labels that have true rows."""
        return sum(each.support > 0 for each in self.labels.values())

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, figures rounded to 4 digits."""
        return {key: plain(value) for key, value in asdict(self).items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Gain:
    """What one head is better by than another on the same rows."""

    difference: float
    """Of the figure, in [-1, 1]."""
    interval: Interval | None
    """95 %, paired bootstrap; None where one row or group is all there is."""


def measure_labels(
    answers: Answers, labels: Sequence[str], *, threshold: float, grouped: bool, seed: int = 0
) -> LabelFigures:
    """Measure, with intervals where there are two rows or groups.

    Args:
        answers: what was said.
        labels: names, in the order of the probabilities.
        threshold: confidence from which a row is answered.
        grouped: whether rows come in groups.
        seed: of the bootstrap.
    """
    counts = _confusion(answers, len(labels))
    values = from_confusion(counts[None])
    support, said, right = counts.sum(axis=1), counts.sum(axis=0), np.diagonal(counts)
    answered = answers.confidence >= threshold
    units = int(answers.units.max()) + 1
    drawn = _resampled(answers, len(labels), seed) if units > 1 else {}
    best = int(support.argmax())
    return LabelFigures(
        rows=len(answers.truth),
        groups=units if grouped else None,
        ece=_ece(answers),
        majority=labels[best],
        majority_accuracy=float(support[best] / len(answers.truth)),
        coverage=float(answered.mean()),
        answered_accuracy=float(answers.right[answered].mean()) if answered.any() else None,
        labels={
            name: OfLabel(
                support=int(support[k]),
                precision=float(right[k] / max(said[k], 1)),
                recall=float(right[k] / max(support[k], 1)),
                f1=float(2 * right[k] / max(support[k] + said[k], 1)),
            )
            for k, name in enumerate(labels)
        },
        confusion=tuple(tuple(row) for row in counts.astype(int).tolist()),
        intervals={name: expanded_percentile(drawn[name], units) for name in drawn},
        **{name: float(values[name][0]) for name in FIGURES},
    )


def compare_labels(answers: Answers, others: Answers, labels: int, *, seed: int = 0) -> Mapping[str, Gain]:
    """What the first is better by than the second, by figure; of the same rows in the same order."""
    units = int(answers.units.max()) + 1
    plain_values = [from_confusion(_confusion(each, labels)[None]) for each in (answers, others)]
    drawn = [_resampled(each, labels, seed) if units > 1 else {} for each in (answers, others)]
    return {
        name: Gain(
            difference=float(plain_values[0][name][0] - plain_values[1][name][0]),
            interval=expanded_percentile(drawn[0][name] - drawn[1][name], units) if units > 1 else None,
        )
        for name in FIGURES
    }


def _confusion(answers: Answers, labels: int) -> Floats:
    cell = answers.truth * labels + answers.probabilities.argmax(axis=1)
    return np.bincount(cell, minlength=labels * labels).reshape(labels, labels).astype(np.float64)


def _resampled(answers: Answers, labels: int, seed: int) -> Mapping[str, Floats]:
    """Each figure of each resample; whole groups are drawn."""
    from scipy.sparse import coo_array

    rows, units = len(answers.truth), int(answers.units.max()) + 1
    cell = answers.truth * labels + answers.probabilities.argmax(axis=1)
    counts = coo_array((np.ones(rows), (cell, answers.units)), shape=(labels * labels, units)).tocsr()
    parts = [
        from_confusion((counts @ drawn.T).T.reshape(-1, labels, labels))
        for drawn in draws(units, rows, resamples=RESAMPLES, seed=seed)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in FIGURES}


def _ece(answers: Answers) -> float:
    gaps = np.bincount(bin_of(answers.confidence), answers.right - answers.confidence, minlength=BINS)
    return float(np.abs(gaps).sum() / len(answers.truth))
