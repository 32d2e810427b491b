"""The confidence under which an answer is not to be used, chosen by the risk of what is left.

Selective classification: of the rows at or above a threshold, the risk is the part that is wrong and the coverage the
part of all rows (Geifman & El-Yaniv 2017, Selective Classification for Deep Neural Networks, NeurIPS).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.metrics.values import Predictions
from perception.training.errors import CalibrationInvalid

ENOUGH: Final = 20
"""A risk is believed from so many rows on, and from a twentieth of all rows on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """A confidence threshold, and what it does on the rows it was chosen on."""

    confidence: float
    """Answers below it are `uncertain`, in [1/7, 1]; at 1/7 none are."""
    risk: float
    """The risk that was asked for, in (0, 1)."""
    reached: bool
    """Whether the risk is kept here and at every higher threshold that counts; if not, this is the best there is."""
    selective_risk: float
    """Part of the rows at or above the threshold that are wrong, in [0, 1]."""
    coverage: float
    """Part of the rows at or above the threshold, in [0, 1]."""
    rows: int
    """How many those are."""
    delta: float | None = None
    """Chance that the risk of new rows is above `bound`; None for a threshold without a guarantee."""
    bound: float | None = None
    """What the risk of new rows is at most, in [0, 1], but for that chance."""


def choose_threshold(
    probabilities: NDArray[np.float64],
    truth: NDArray[np.int64],
    *,
    risk: float,
    groups: Sequence[str] | None = None,
    delta: float | None = None,
) -> Threshold:
    """The smallest threshold that keeps a risk.

    Without `delta` it is empirical: the risk is kept by it and by every higher threshold that enough rows reach (20,
    a twentieth of all, and two groups where there are groups), so that no lucky dip of the curve is taken. Where even
    the highest such threshold has more risk, the result is the smallest threshold that is no worse than it.

    With `delta` it is by selection with guaranteed risk (SGR, algorithm 2 of Geifman & El-Yaniv 2017): new rows like
    these have more risk with probability `delta` at most. Rows of one group are worth fewer independent ones, by the
    design effect of their errors (Korn & Graubard 1998, Survey Methodology 24, 193-201).

    Args:
        probabilities: rows x 7, calibrated.
        truth: rows; places in `EMOTIONS`.
        risk: part of the answers that may be wrong, in (0, 1).
        groups: speaker or dialogue of each row; None when rows are independent.
        delta: in (0, 1); None for the empirical risk.

    Raises:
        CalibrationInvalid: risk or delta is outside (0, 1), or the rows are none.
    """
    found = _predictions(probabilities, truth, groups)
    return select_threshold(
        found.confidence, found.right, least=1 / len(EMOTIONS), risk=risk, groups=found.groups, delta=delta
    )


def select_threshold(
    confidence: NDArray[np.float64],
    right: NDArray[np.bool_],
    *,
    least: float,
    risk: float,
    groups: Sequence[str] | None = None,
    delta: float | None = None,
) -> Threshold:
    """`choose_threshold` for answers of any kind.

    Args:
        confidence: of each answer, at least one.
        right: whether it is the true one.
        least: the threshold under which no confidence can be, such as one part of the classes.
        risk: as above.
        groups: as above.
        delta: as above.

    Raises:
        CalibrationInvalid: risk or delta is outside (0, 1).
    """
    for name, value in (("risk", risk), ("delta", delta)):
        if value is not None and not 0 < value < 1:
            raise CalibrationInvalid(f"{name} must lie in (0, 1), got {value!r}")
    curve = _Curve.of(confidence, right, groups, least)
    return _empirical(curve, risk) if delta is None else _guaranteed(curve, risk, delta)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Curve:
    """Rows from the surest on; the n-th place of each column tells of a threshold at the n-th confidence."""

    confidence: NDArray[np.float64]
    """Of the rows, falling."""
    accepted: NDArray[np.int64]
    """Rows at or above it, with all of equal confidence."""
    wrong: NDArray[np.int64]
    """How many of those are wrong."""
    groups: NDArray[np.int64]
    """How many groups they come from."""
    effect: float
    """Design effect: how many rows are worth one independent row, at least 1."""
    least: float
    """The threshold that answers all."""

    @classmethod
    def of(
        cls, confidence: NDArray[np.float64], right: NDArray[np.bool_], groups: Sequence[str] | None, least: float
    ) -> _Curve:
        order = np.argsort(-confidence, kind="stable")
        falling = confidence[order]
        accepted = np.searchsorted(-falling, -falling, side="right")
        _, group = np.unique(groups or np.arange(len(order)), return_inverse=True)
        newest = np.isin(np.arange(len(order)), np.unique(group[order], return_index=True)[1])
        return cls(
            confidence=falling,
            accepted=accepted,
            wrong=np.cumsum(~right[order], dtype=np.int64)[accepted - 1],
            groups=np.cumsum(newest, dtype=np.int64)[accepted - 1],
            effect=1.0 if groups is None else _design_effect(~right, group),
            least=least,
        )

    @property
    def risk(self) -> NDArray[np.float64]:
        return np.asarray(self.wrong / self.accepted)

    def at(self, place: int, *, risk: float, reached: bool) -> Threshold:
        everything = self.accepted[place] == len(self.confidence)
        return Threshold(
            # where all rows may be answered, so may those less sure than any of them
            confidence=self.least if everything else float(self.confidence[place]),
            risk=risk,
            reached=reached,
            selective_risk=float(self.risk[place]),
            coverage=float(self.accepted[place] / len(self.confidence)),
            rows=int(self.accepted[place]),
        )


def _empirical(curve: _Curve, risk: float) -> Threshold:
    rows = len(curve.confidence)
    least = min(rows, max(ENOUGH, math.ceil(rows / 20)))
    enough = np.flatnonzero((curve.accepted >= least) & (curve.groups >= min(2, curve.groups[-1])))
    worst = np.maximum.accumulate(curve.risk[enough])
    allowed = max(risk, float(worst[0]))
    place = int(enough[np.flatnonzero(worst <= allowed)[-1]])
    return curve.at(place, risk=risk, reached=bool(worst[0] <= risk))


def _guaranteed(curve: _Curve, risk: float, delta: float) -> Threshold:
    """All rows first, then halves; each look costs a share of delta, since the best of many bounds is partly luck."""
    low, high = 0, len(curve.confidence) - 1  # places on the curve: the surest row, and all rows
    share = delta / (math.ceil(math.log2(len(curve.confidence))) + 1)
    bounds = {high: _bound(curve, high, share)}
    while bounds[max(bounds)] > risk and low < high:
        place = (low + high) // 2
        bounds[place] = _bound(curve, place, share)
        low, high = (place + 1, high) if bounds[place] <= risk else (low, place)
    kept = [place for place, bound in bounds.items() if bound <= risk]
    best = max(kept) if kept else min(bounds, key=lambda place: bounds[place])
    return replace(curve.at(best, risk=risk, reached=bool(kept)), delta=delta, bound=bounds[best])


def _bound(curve: _Curve, place: int, delta: float) -> float:
    rows, wrong = curve.accepted[place] / curve.effect, curve.wrong[place] / curve.effect
    return risk_bound(float(wrong), float(rows), delta)


def risk_bound(wrong: float, rows: float, delta: float) -> float:
    """The risk under which so few errors have probability `delta`: the binomial tail inverted.

    Lemma 3.1 of Geifman & El-Yaniv (2017), which is the upper end of Clopper & Pearson (1934).

    Args:
        wrong: rows that are wrong; need not be whole (effective rows).
        rows: how many rows.
        delta: in (0, 1).
    """
    from scipy.stats import beta

    return 1.0 if wrong >= rows else float(beta.ppf(1 - delta, wrong + 1, rows - wrong))


def _design_effect(wrong: NDArray[np.bool_], group: NDArray[np.int64]) -> float:
    """How much more the error rate of grouped rows varies than that of independent rows, at least 1."""
    rows, rate, count = len(wrong), float(wrong.mean()), int(group.max()) + 1
    if count < 2:
        return float(rows)
    if rate in (0.0, 1.0):
        return rows / count  # nothing shows how alike the rows of a group are: each group is worth one
    apart = np.bincount(group, wrong) - rate * np.bincount(group)
    varies = count / (count - 1) * float((apart**2).sum()) / rows**2
    return max(1.0, varies / (rate * (1 - rate) / rows))


def _predictions(
    probabilities: NDArray[np.float64], truth: NDArray[np.int64], groups: Sequence[str] | None
) -> Predictions:
    try:
        return Predictions(
            truth=np.asarray(truth, dtype=np.int64),
            probabilities=np.asarray(probabilities, dtype=np.float64),
            groups=None if groups is None else tuple(groups),
        )
    except ValueError as error:
        raise CalibrationInvalid(f"these development rows cannot be calibrated on: {error}") from error
