"""Figures of a cross-validation: by corpus, by view, with calibrations that saw no row they are measured on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.metrics import Figures, Interval, Predictions, measure
from perception.training.calibration import Calibration, calibrate
from perception.training.experiments.config import Experiment
from perception.training.experiments.folded import FoldedFit, Plan
from perception.training.experiments.task import Rows

Logits = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MeanUar:
    """The mean of the corpora's unweighted average recalls: each corpus counts alike, however large."""

    view: str
    """In which way rows were judged."""
    value: float
    """In [0, 1]."""
    interval: Interval
    """95 %, by resampling the speakers of each corpus."""
    by_corpus: Mapping[str, float]
    """UAR of each."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HeldOut:
    """What was measured."""

    figures: tuple[Figures, ...]
    """All rows first, then each corpus, in the plainest view; then the same in the last view."""
    means: tuple[MeanUar, ...]
    """For each view, rows judged by fits that held out their speakers."""
    foreign: tuple[MeanUar, ...]
    """The same by fits that held out the whole corpus; empty where there were none."""
    probabilities: Logits
    """Rows x 7, in the plainest view, each by a calibration that did not see its fold."""


def measure_held_out(rows: Rows, plan: Plan, fit: FoldedFit, experiment: Experiment) -> HeldOut:
    """Measure every view."""
    views = list(fit.held_out)
    crossed = {view: _crossed(rows, plan, fit.held_out[view], experiment) for view in views}
    named = {views[0]: "", **({views[-1]: f", {views[-1]} utterances of the speaker"} if len(views) > 1 else {})}
    figures = [
        figure for view, suffix in named.items() for figure in _figures(rows, plan, crossed[view], suffix, experiment)
    ]
    return HeldOut(
        figures=tuple(figures),
        means=tuple(mean_uar(rows, plan.corpora, view, fit.held_out[view]) for view in views),
        foreign=tuple(mean_uar(rows, plan.corpora, view, logits) for view, logits in fit.foreign.items()),
        probabilities=crossed[views[0]][0],
    )


def pooled_calibration(rows: Rows, fit: FoldedFit, experiment: Experiment) -> Calibration:
    """For the network that learned from all rows: fitted on held-out answers of the folds, in the first and last view.

    It sees one network, which will be told of a speaker's earlier utterances or not.
    """
    views = list(fit.held_out)
    chosen = [views[0], views[-1]] if len(views) > 1 else views
    return calibrate(
        np.concatenate([fit.held_out[view] for view in chosen]),
        np.tile(rows.truth, len(chosen)),
        risk=experiment.risk,
        method=experiment.calibration,
        groups=list(rows.groups or rows.ids) * len(chosen),
        seed=experiment.seed,
    )


def _crossed(rows: Rows, plan: Plan, logits: Logits, experiment: Experiment) -> tuple[Logits, NDArray[np.bool_]]:
    """Probabilities and whether the sense would have answered; each fold by a calibration from the others."""
    told, answered = np.empty_like(logits), np.empty(len(logits), dtype=np.bool_)
    groups = rows.groups or rows.ids
    for fold in np.unique(plan.folds):
        held = plan.folds == fold
        fitted = calibrate(
            logits[~held],
            rows.truth[~held],
            risk=experiment.risk,
            method=experiment.calibration,
            groups=[group for group, out in zip(groups, held, strict=True) if not out],
            seed=experiment.seed,
        )
        told[held] = fitted.apply(logits[held])
        answered[held] = told[held].max(axis=1) >= fitted.uncertain_below
    return told, answered


def _figures(
    rows: Rows,
    plan: Plan,
    crossed: tuple[Logits, NDArray[np.bool_]],
    suffix: str,
    experiment: Experiment,
) -> list[Figures]:
    told, answered = crossed
    named = np.array(plan.corpora)
    parts = {"all corpora": np.ones(len(named), dtype=np.bool_)} | {
        name: named == name for name in sorted(set(plan.corpora))
    }
    return [
        measure(f"{name}{suffix}", _some(rows, told, answered, inside), seed=experiment.seed)
        for name, inside in parts.items()
    ]


def _some(rows: Rows, told: Logits, answered: NDArray[np.bool_], inside: NDArray[np.bool_]) -> Predictions:
    groups = None if rows.groups is None else tuple(np.array(rows.groups)[inside].tolist())
    return Predictions(truth=rows.truth[inside], probabilities=told[inside], groups=groups, answered=answered[inside])


def mean_uar(
    rows: Rows, corpora: Sequence[str], view: str, logits: Logits, *, resamples: int = 1000, seed: int = 0
) -> MeanUar:
    """Mean of the corpora's UARs, with an interval by resampling whole speakers within each corpus."""
    named, right = np.array(corpora), logits.argmax(axis=1) == rows.truth
    units = np.unique(np.array(rows.groups or rows.ids), return_inverse=True)[1]
    random = np.random.default_rng(seed)
    by_corpus, drawn = {}, []
    for corpus in sorted(set(corpora)):
        inside = named == corpus
        counts = _counts(rows.truth[inside], right[inside], units[inside])
        by_corpus[corpus] = float(_uar(counts.sum(axis=0)))
        picks = random.integers(len(counts), size=(resamples, len(counts)))
        drawn.append([_uar(counts[pick].sum(axis=0)) for pick in picks])
    low, high = np.nanpercentile(np.mean(drawn, axis=0), (2.5, 97.5))
    value = float(np.mean(list(by_corpus.values())))
    return MeanUar(view=view, value=value, interval=Interval(low=float(low), high=float(high)), by_corpus=by_corpus)


def _counts(truth: NDArray[np.int64], right: NDArray[np.bool_], units: NDArray[Any]) -> NDArray[np.int64]:
    """Speakers x emotions x (right, all)."""
    speakers = np.unique(units, return_inverse=True)[1]
    counts = np.zeros((int(speakers.max()) + 1, 7, 2), dtype=np.int64)
    np.add.at(counts, (speakers, truth), np.stack([right, np.ones_like(right)], axis=1).astype(np.int64))
    return counts


def _uar(counts: NDArray[np.int64]) -> float:
    there = counts[:, 1] > 0
    return float((counts[there, 0] / counts[there, 1]).mean())
