"""The best trust in each sense, how sure that is, and how much of its gain is left on rows it was not fitted to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from perception.fusion.fitting.resampled import Bootstrap, bootstrap, interval
from perception.fusion.fitting.rows import MODALITIES, Floats, ScoredRows
from perception.fusion.fitting.simplex import STEP, Searched, figures, search
from perception.fusion.pooling import DEFAULT_POOLING, FLOOR, Pooling
from perception.metrics import Interval, Predictions
from perception.observation import Modality

Metric = Literal["accuracy", "macro_f1"]
FOLDS: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """How good answers are on the rows; a row without an answer is wrong."""

    accuracy: float
    """Part that is right, in [0, 1]."""
    macro_f1: float
    """Mean F1 over the classes present, in [0, 1]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rival:
    """Another way to trust the senses, and by how much the fitted one beats it."""

    trust: Mapping[Modality, float]
    """In each sense."""
    score: Score
    """Of it."""
    gain: float
    """How much better the fitted trust is, by the metric it was fitted to, on the rows it was fitted to."""
    interval: Interval | None
    """95 % interval of the gain, paired; None where all rows are of one group."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Fit:
    """What was found."""

    pooling: Pooling
    """How weighted scores become one."""
    metric: Metric
    """What was made as high as it goes."""
    trust: Mapping[Modality, float]
    """In each sense; they sum to 1."""
    intervals: Mapping[Modality, Interval]
    """Where 95 % of the resamples find the best trust in each sense; wide where it hardly matters."""
    score: Score
    """On the rows it was fitted to."""
    score_interval: Interval | None
    """95 % interval of the metric at the optimum."""
    held_out: Score
    """Cross-validated: each row answered with a trust fitted to the other folds. This is the one to believe."""
    folds: int
    """How many."""
    rivals: Mapping[str, Rival]
    """By name: each sense alone (`text`), `equal`, and those the caller named."""
    predictions: Predictions
    """What the fitted trust says of the rows."""
    searched: Searched
    """Every combination, for the picture."""


def fit_trust(
    rows: ScoredRows,
    *,
    pooling: Pooling = DEFAULT_POOLING,
    metric: Metric = "macro_f1",
    step: float = STEP,
    rivals: Mapping[str, Mapping[Modality, float]] | None = None,
    resamples: int = 200,
    seed: int = 0,
) -> Fit:
    """Find the trust that answers best.

    Args:
        rows: labelled.
        pooling: how weighted scores become one.
        metric: what to make as high as it goes.
        step: of the search.
        rivals: other trusts to compare with, by name.
        resamples: of the bootstrap; it draws whole groups where there are any.
        seed: of the bootstrap.
    """
    searched = search(rows, pooling=pooling, step=step)
    values = getattr(searched, metric)
    best = _best(values, searched.trusts)
    others = {**_singles(rows), "equal": dict.fromkeys(rows.present, 1 / len(rows.present)), **(rivals or {})}
    of_others = np.stack([answers(rows, trust, pooling) for trust in others.values()])
    drawn = bootstrap(rows, searched, of_others, best=best, metric=metric, resamples=resamples, seed=seed)
    return Fit(
        pooling=pooling,
        metric=metric,
        trust=_named(searched.trusts[best]),
        intervals={m: interval(drawn.trusts[:, place]) for place, m in enumerate(MODALITIES)} if drawn else {},
        score=Score(accuracy=float(searched.accuracy[best]), macro_f1=float(searched.macro_f1[best])),
        score_interval=interval(drawn.best) if drawn else None,
        held_out=_held_out(rows, searched, metric),
        folds=FOLDS,
        rivals=_rivals(rows, others, of_others, float(values[best]), metric, drawn),
        predictions=predictions(rows, _named(searched.trusts[best]), pooling),
        searched=searched,
    )


def predictions(rows: ScoredRows, trust: Mapping[Modality, float], pooling: Pooling) -> Predictions:
    """What a trust says of rows; where no trusted sense said anything it does not answer."""
    weights = rows.base * np.array([trust.get(m, 0.0) for m in MODALITIES])
    total = weights.sum(axis=1)
    told = evidence_pool(rows, weights, pooling)
    return Predictions(truth=rows.truth, probabilities=told, groups=rows.groups, answered=total > 0)


def evidence_pool(rows: ScoredRows, weights: Floats, pooling: Pooling) -> Floats:
    """Pooled scores (rows x 7) under weights (rows x 3); even where no weight is above 0."""
    total = weights.sum(axis=1, keepdims=True)
    shares = weights / np.where(total > 0, total, 1.0)
    pooled = (shares[:, :, None] * rows.scores).sum(axis=1)
    if pooling == "log":
        agreed = np.exp((shares[:, :, None] * np.log(np.maximum(rows.scores, FLOOR))).sum(axis=1))
        pooled = agreed + np.maximum(0.0, 1.0 - agreed.sum(axis=1, keepdims=True)) * pooled
    pooled = np.where(total > 0, pooled, 1.0)
    return np.asarray(pooled / pooled.sum(axis=1, keepdims=True))


def answers(rows: ScoredRows, trust: Mapping[Modality, float], pooling: Pooling) -> NDArray[np.int8]:
    """The likeliest emotion of each row under a trust, or -1."""
    weights = rows.base * np.array([trust.get(m, 0.0) for m in MODALITIES])
    told = evidence_pool(rows, weights, pooling).argmax(axis=1).astype(np.int8)
    return np.where(weights.sum(axis=1) > 0, told, np.int8(-1))


def fold_of(rows: ScoredRows, folds: int = FOLDS) -> NDArray[np.int64]:
    """The fold of each row, by hash of its group, or of itself."""
    names = rows.groups or rows.ids
    return np.array([int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % folds for name in names])


def _best(values: Floats, trusts: Floats) -> int:
    """The middle of the best: where many combinations answer alike, none of them is a corner by chance."""
    tied = np.flatnonzero(values >= values.max() - 1e-9)
    middle = trusts[tied].mean(axis=0)
    return int(tied[np.abs(trusts[tied] - middle).sum(axis=1).argmin()])


def _held_out(rows: ScoredRows, searched: Searched, metric: Metric) -> Score:
    told = np.full((1, len(rows)), -1, dtype=np.int8)
    fold = fold_of(rows)
    for place in np.unique(fold):
        out = fold == place
        if out.all():
            continue
        accuracy, macro_f1 = figures(searched.predicted[:, ~out], rows.truth[~out])
        best = _best(accuracy if metric == "accuracy" else macro_f1, searched.trusts)
        told[0, out] = searched.predicted[best, out]
    accuracy, macro_f1 = figures(told, rows.truth)
    return Score(accuracy=float(accuracy[0]), macro_f1=float(macro_f1[0]))


def _singles(rows: ScoredRows) -> dict[str, Mapping[Modality, float]]:
    return {modality.value: {modality: 1.0} for modality in rows.present}


def _rivals(
    rows: ScoredRows,
    others: Mapping[str, Mapping[Modality, float]],
    predicted: NDArray[np.int8],
    best: float,
    metric: Metric,
    drawn: Bootstrap | None,
) -> dict[str, Rival]:
    accuracy, macro_f1 = figures(predicted, rows.truth)
    values = accuracy if metric == "accuracy" else macro_f1
    return {
        name: Rival(
            trust=dict(trust),
            score=Score(accuracy=float(accuracy[place]), macro_f1=float(macro_f1[place])),
            gain=best - float(values[place]),
            interval=interval(drawn.best - drawn.others[:, place]) if drawn else None,
        )
        for place, (name, trust) in enumerate(others.items())
    }


def _named(trust: Sequence[Any] | Floats) -> dict[Modality, float]:
    return {modality: round(float(trust[place]), 4) for place, modality in enumerate(MODALITIES)}
