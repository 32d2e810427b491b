"""From logits of development rows to a calibration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.metrics.calibration import ece, nll, row_nll
from perception.metrics.values import Predictions
from perception.training.calibration.scaling import fit_temperature, fit_vector
from perception.training.calibration.threshold import Threshold, choose_threshold
from perception.training.calibration.values import Calibration, Method, Seen
from perception.training.errors import CalibrationInvalid

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

_METHODS: Final[tuple[Method, Method]] = ("temperature", "vector")
_FOLDS: Final = 5
_FEWEST: Final = 3
"""Groups under which folds cannot tell whether vector scaling pays."""


def calibrate(
    logits: NDArray[np.floating],
    truth: Places,
    *,
    risk: float = 0.3,
    method: Literal["auto", "temperature", "vector"] = "auto",
    groups: Sequence[str] | None = None,
    delta: float | None = None,
    seed: int = 0,
) -> Calibration:
    """Fit how logits become probabilities, and choose the confidence under which answers are `uncertain`.

    Args:
        logits: rows x 7, in the order of `Emotion`, by a model that did not see the rows.
        truth: rows; places in `EMOTIONS`.
        risk: part of the answers that are not `uncertain` that may be wrong, in (0, 1); see `choose_threshold`.
        method: `auto` takes vector scaling only where it pays: where the likelihood of rows in folds it was not fitted
            on (whole groups) is better than with a temperature by more than one standard error.
        groups: speaker or dialogue of each row; None when rows are independent.
        delta: chance that the risk of new rows is more; None for the empirical risk, without a guarantee.
        seed: of the folds.

    Raises:
        CalibrationInvalid: there are no rows, logits are not finite, a truth is no emotion, or the shapes differ.
    """
    exact, truth = _checked(logits, truth)
    unit = _units(groups, len(truth))
    chosen: Method = ("vector" if _pays(exact, truth, unit, seed) else "temperature") if method == "auto" else method
    fitted = _fitted(exact, truth, chosen)
    probabilities = fitted.apply(exact)
    threshold = choose_threshold(probabilities, truth, risk=risk, groups=groups, delta=delta)
    before = Calibration(method="temperature", temperature=1.0, uncertain_below=0.0).apply(exact)
    return Calibration(
        method=chosen,
        temperature=fitted.temperature,
        scale=fitted.scale,
        bias=fitted.bias,
        uncertain_below=threshold.confidence,
        risk=risk,
        dev=_seen(truth, before, probabilities, threshold, None if groups is None else int(unit.max()) + 1),
    )


def _checked(logits: NDArray[np.floating], truth: Places) -> tuple[Floats, Places]:
    exact, truth = np.asarray(logits, dtype=np.float64), np.asarray(truth)
    if not len(truth) or exact.shape != (len(truth), len(EMOTIONS)):
        raise CalibrationInvalid(
            f"calibration needs development rows, one truth and {len(EMOTIONS)} logits each; "
            f"got {len(truth)} truths and logits of shape {exact.shape}"
        )
    if not np.isfinite(exact).all():
        row = int(np.flatnonzero(~np.isfinite(exact).all(axis=1))[0])
        raise CalibrationInvalid(f"the logits of row {row} are not finite: {exact[row]}; look at how training went")
    if truth.dtype.kind not in "iu" or truth.min() < 0 or truth.max() >= len(EMOTIONS):
        raise CalibrationInvalid(f"a truth is a place in EMOTIONS, 0 to {len(EMOTIONS) - 1}; got {np.unique(truth)}")
    return exact, truth.astype(np.int64)


def _units(groups: Sequence[str] | None, rows: int) -> Places:
    """The group of each row as a number; each row its own where rows are independent."""
    if groups is None:
        return np.arange(rows)
    if len(groups) != rows:
        raise CalibrationInvalid(f"{rows} development rows need as many groups, got {len(groups)}")
    return np.unique(np.asarray(groups), return_inverse=True)[1].astype(np.int64)


def _fitted(logits: Floats, truth: Places, method: Method) -> Calibration:
    temperature = fit_temperature(logits, truth)
    if method == "temperature":
        return Calibration(method=method, temperature=temperature, uncertain_below=0.0)
    scale, bias = fit_vector(logits / temperature, truth)
    return Calibration(
        method=method,
        temperature=temperature,
        scale=tuple(scale.tolist()),
        bias=tuple(bias.tolist()),
        uncertain_below=0.0,
    )


def _pays(logits: Floats, truth: Places, unit: Places, seed: int) -> bool:
    """Whether vector scaling beats a temperature on rows it was not fitted on, by more than one standard error."""
    units = int(unit.max()) + 1
    if units < _FEWEST:
        return False
    gain = np.empty(len(truth))
    for fit, tried in _folds(unit, seed):
        one, many = (_fitted(logits[fit], truth[fit], method).apply(logits[tried]) for method in _METHODS)
        costs, fewer = (row_nll(Predictions(truth=truth[tried], probabilities=each)) for each in (one, many))
        gain[tried] = costs - fewer
    # rows of a group err together: the standard error is that of the groups' sums
    apart = np.bincount(unit, gain - gain.mean())
    error = float(np.sqrt(units / (units - 1) * (apart**2).sum())) / len(gain)
    return bool(gain.mean() > error)


def _folds(unit: Places, seed: int) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Rows to fit on and rows to try on, in turn; units stay whole."""
    from sklearn.model_selection import KFold

    units = np.unique(unit)
    for _, held in KFold(min(_FOLDS, len(units)), shuffle=True, random_state=seed).split(units):
        tried = np.isin(unit, held)
        yield ~tried, tried


def _seen(truth: Places, before: Floats, after: Floats, threshold: Threshold, groups: int | None) -> Seen:
    was, now = (Predictions(truth=truth, probabilities=each) for each in (before, after))
    return Seen(
        rows=len(truth),
        groups=groups,
        nll_before=nll(was),
        nll_after=nll(now),
        ece_before=ece(was),
        ece_after=ece(now),
        selective_risk=threshold.selective_risk,
        coverage=threshold.coverage,
        reached=threshold.reached,
    )
