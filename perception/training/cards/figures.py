"""Figures as tables of a card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from perception.emotions import EMOTIONS
from perception.metrics.values import Figures
from perception.training.cards.markdown import cell, code, plain, table

_COLUMNS: Final = {"accuracy": "accuracy", "uar": "UAR", "macro_f1": "macro-F1", "weighted_f1": "weighted F1"}


def figure_tables(figures: Figures, group: str) -> Iterator[str]:
    """One set: this model beside the majority class, then the confusion matrix with the recall of each class.

    Args:
        figures: of the set.
        group: what its groups are, in the singular: `speaker`, `dialogue`.
    """
    rows = f"{figures.rows:,} rows"
    groups = "" if figures.groups is None else f" of {figures.groups:,} {group}{'s' if figures.groups != 1 else ''}"
    yield f"### {plain(figures.name)} ({rows}{groups})"
    yield from table(("", *_COLUMNS.values()), (_this(figures), _always(figures)))
    over = group if figures.groups is not None else "row"
    yield (
        f"In brackets: 95 % interval, bootstrapped over {over}s." if figures.intervals else "No interval was computed."
    )
    yield from table(("truth \\ answer", *EMOTIONS, "rows", "recall", "F1"), _by_class(figures))


def calibration_table(sets: Sequence[Figures]) -> Iterator[str]:
    """How far the confidence of a model can be believed, set by set."""
    header = ("set", "ECE", "NLL", "Brier", "AURC", "right, surest half", "answered", "of those wrong (risk)")
    yield from table(header, (_believed(figures) for figures in sets))


def _this(figures: Figures) -> tuple[str, ...]:
    values = []
    for name in _COLUMNS:
        interval = figures.intervals.get(name)
        values.append(f"{getattr(figures, name):.3f}" + (f" ({interval})" if interval else ""))
    return ("this model", *values)


def _always(figures: Figures) -> tuple[str, ...]:
    """The majority class recalls all of its rows, is as precise as it is common, and every other F1 is 0."""
    common, classes = figures.majority_accuracy, len(figures.support)
    f1 = 2 * common / (1 + common)
    values = (common, 1 / classes, f1 / classes, common * f1)
    return (f"always {code(figures.majority)}", *(f"{value:.3f}" for value in values))


def _by_class(figures: Figures) -> Iterator[tuple[str, ...]]:
    for emotion, row in zip(EMOTIONS, figures.confusion, strict=True):
        if emotion in figures.support:
            counts = (*row, figures.support[emotion])
            rates = (figures.recall[emotion], figures.f1[emotion])
            yield (f"**{emotion}**", *map(cell, counts), *(f"{rate:.2f}" for rate in rates))


def _believed(figures: Figures) -> tuple[str, ...]:
    measured = (figures.ece, figures.nll, figures.brier, figures.aurc)
    risk = None if figures.answered_accuracy is None else 1 - figures.answered_accuracy
    parts = (figures.accuracy_at_half, figures.coverage, risk)
    return (
        cell(figures.name),
        *(f"{value:.3f}" for value in measured),
        *("" if part is None else f"{part:.1%}" for part in parts),
    )
