"""From the rows of a table to a head, and how good it is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perception.text.own.base import Base
from perception.text.own.model import OwnModel
from perception.training.calibration import Threshold
from perception.training.experiments.trials import at_most
from perception.training.splits import grouped_folds
from perception.training.text.own.figures import (
    Answers,
    Gain,
    LabelFigures,
    compare_labels,
    measure_labels,
)
from perception.training.text.own.head import Head, Judged, calibrated, choose_penalty, fit_head, softmax
from perception.training.text.own.numbers import BaseNumbers, ask_bases
from perception.training.text.own.parts import Parts, part_labels
from perception.training.text.own.rows import Gathered, Labelled, OwnRow, gather_labels
from perception.training.text.own.views import View, make_view

FEW: Final = 200
"""Development rows below which settings are chosen by folds of these and the training rows, all of which then train."""
FOLDS: Final = 5
_TRIED_ON: Final = 20_000
"""Rows that penalties are tried on, at most."""
_ENOUGH: Final = 5
"""Rows in a language from which on texts in it get answers."""

Tell = Callable[[float, str], None]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnSettings:
    """How labels are learned."""

    lang: str | None = None
    """ISO 639-1 code of all texts; told from each when None."""
    risk: float = 0.2
    """Part of the answers that may be wrong, in (0, 1): the less, the fewer rows are answered."""
    seed: int = 0
    """Of the bootstrap. Parts, folds and the head depend on the rows alone."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Learned:
    """A head, and what is to be said of it."""

    model: OwnModel
    """The head with what it stands on."""
    settings: OwnSettings
    """As asked for."""
    gathered: Gathered
    """The table, looked through."""
    parts: Parts
    """Which rows trained it, chose its settings, and measured it."""
    folds: int
    """How many chose settings; 0 where development rows did."""
    judged: tuple[Judged, ...]
    """The penalties that were tried, the best first."""
    threshold: Threshold
    """The confidence from which there is an answer."""
    test: LabelFigures
    """On test rows, which nothing was fitted to nor chosen by."""
    ngrams: LabelFigures
    """Of the same head on n-grams alone, on the same rows."""
    gain: Mapping[str, Gain]
    """What the base model adds to n-grams, by figure."""
    seconds: float
    """Time it took."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Fitted:
    """A calibrated head."""

    head: Head
    judged: tuple[Judged, ...]
    temperature: float
    threshold: Threshold


def learn_labels(
    table: Iterable[Labelled], base: Base, settings: OwnSettings, tell: Tell = lambda _part, _words: None
) -> Learned:
    """Learn labels.

    Args:
        table: rows with their labels.
        base: what the head stands on.
        settings: how.
        tell: told the part done, in [0, 1], and a few words about it.

    Raises:
        LabelsInvalid: there are no labels that can be learned.
        SplitImpossible: there are too few groups to part.
        ModelError: the base model cannot be loaded.
    """
    began = time.monotonic()
    tell(0.0, "reading the table and looking for copies")
    gathered = gather_labels(table, settings.lang)
    parts = part_labels(gathered.rows)
    return _Learner(gathered, parts, base, settings, tell).learn(began)


class _Learner:
    def __init__(self, gathered: Gathered, parts: Parts, base: Base, settings: OwnSettings, tell: Tell) -> None:
        self._gathered, self._parts, self._base, self._settings, self._tell = gathered, parts, base, settings, tell
        kept = {row.id: part for part, rows in parts.rows.items() for row in rows}
        self._rows = [row for row in gathered.rows if row.id in kept]
        self._labels = tuple(sorted({row.label for row in self._rows}))
        self._truth = np.array([self._labels.index(row.label) for row in self._rows])
        part = np.array([kept[row.id] for row in self._rows])
        self._train, self._dev, self._test = (part == name for name in ("train", "dev", "test"))
        self._folded = int(self._dev.sum()) < FEW

    def learn(self, began: float) -> Learned:
        bases = ask_bases(
            self._rows,
            self._base,
            self._settings.lang,
            lambda part: self._tell(0.05 + 0.6 * part, "asking the text sense of each row"),
        )
        views, final = self._views(bases)
        whole = self._fitted(views, final, whole=True, begins=0.65)
        alone = self._fitted(views, final, whole=False, begins=0.8)
        self._tell(0.95, "measuring on test rows")
        answers, others = (self._answers(each, final, whole=each is whole) for each in (whole, alone))
        measured = [
            measure_labels(
                said,
                self._labels,
                threshold=fitted.threshold.confidence,
                grouped=self._parts.grouped,
                seed=self._settings.seed,
            )
            for said, fitted in ((answers, whole), (others, alone))
        ]
        self._tell(1.0, "done")
        return Learned(
            model=self._model(whole, final),
            settings=self._settings,
            gathered=self._gathered,
            parts=self._parts,
            folds=len(views) if self._folded else 0,
            judged=whole.judged,
            threshold=whole.threshold,
            test=measured[0],
            ngrams=measured[1],
            gain=compare_labels(answers, others, len(self._labels), seed=self._settings.seed),
            seconds=time.monotonic() - began,
        )

    def _views(self, bases: Sequence[BaseNumbers]) -> tuple[list[View], View]:
        """Those that settings are chosen by, and that of the head that stays."""
        self._tell(0.65, "counting n-grams")
        pool = self._train | self._dev
        if not self._folded:
            final = self._view(bases, self._train, self._dev)
            return [final], final
        fold = self._folds(pool)
        return (
            [self._view(bases, pool & (fold != k), fold == k) for k in range(int(fold.max()) + 1)],
            self._view(bases, pool, self._dev),
        )

    def _folds(self, pool: Mask) -> NDArray[np.int64]:
        """The fold of each row; -1 of test rows."""
        rows = [row for row, inside in zip(self._rows, pool, strict=True) if inside]
        groups = [self._group(row) for row in rows]
        corpora = ["table" if self._parts.grouped else row.label for row in rows]
        fold = np.full(len(self._rows), -1)
        fold[pool] = grouped_folds(groups, corpora, min(FOLDS, len(set(groups))))
        return fold

    def _view(self, bases: Sequence[BaseNumbers], fit: Mask, judged: Mask) -> View:
        return make_view(bases, [row.text for row in self._rows], fit, judged)

    def _fitted(self, views: Sequence[View], final: View, *, whole: bool, begins: float) -> _Fitted:
        words = "fitting the head" + ("" if whole else " on n-grams alone, to compare with")
        folds = [self._tried(view).fold(self._truth, whole=whole) for view in views]
        judged = choose_penalty(folds, len(self._labels), lambda part: self._tell(begins + 0.12 * part, words))
        best = judged[0]
        matrix = final.matrix(whole=whole)
        head = fit_head(matrix[final.fit], self._truth[final.fit], len(self._labels), penalty=best.penalty)
        logits = best.logits if self._folded else head.logits(matrix[self._dev])
        groups = None
        if self._parts.grouped:
            groups = [self._group(row) for view in views for row, j in zip(self._rows, view.judged, strict=True) if j]
        temperature, threshold = calibrated(logits, best.truth, self._settings.risk, groups)
        return _Fitted(head=head, judged=judged, temperature=temperature, threshold=threshold)

    def _tried(self, view: View) -> View:
        """The view with no more rows to fit on than penalties are tried on."""
        inside = [row.text for row, fits in zip(self._rows, view.fit, strict=True) if fits]
        fit = view.fit.copy()
        fit[view.fit] = at_most(inside, _TRIED_ON)
        return replace(view, fit=fit)

    def _answers(self, fitted: _Fitted, final: View, *, whole: bool) -> Answers:
        logits = fitted.head.logits(final.matrix(whole=whole)[self._test])
        rows = [row for row, inside in zip(self._rows, self._test, strict=True) if inside]
        units = np.unique([self._group(row) for row in rows], return_inverse=True)[1]
        probabilities = softmax(logits / fitted.temperature)
        return Answers(truth=self._truth[self._test], probabilities=probabilities, units=units)

    def _group(self, row: OwnRow) -> str:
        return (row.group if self._parts.grouped else None) or f"row {row.id}"

    def _model(self, fitted: _Fitted, final: View) -> OwnModel:
        codes = Counter(row.language.code for row in self._rows)
        return OwnModel(
            labels=self._labels,
            lang=self._settings.lang,
            dense=final.scales,
            blocks=final.blocks,
            coefficients=fitted.head.coefficients,
            intercept=fitted.head.intercept,
            temperature=fitted.temperature,
            threshold=fitted.threshold.confidence,
            seen=frozenset(code for code, rows in codes.items() if rows >= _ENOUGH),
        )
