"""How good the answers are, out of a confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api.analyze.labelled import Matrix
from perception.metrics import Interval
from perception.metrics.intervals import expanded_percentile
from perception.metrics.resampling import from_confusion
from perception.metrics.values import plain

RESAMPLES: Final = 1000
FIGURES: Final = ("accuracy", "macro_f1", "uar")
SEED: Final = 0

Floats = NDArray[np.float64]


def measure_matrix(matrix: Matrix, names: Sequence[str]) -> dict[str, Any]:
    """The figures of labelled rows, JSON-ready; rows are taken to be independent.

    The intervals are those of the bootstrap over rows. As nothing but the counts matters to these figures, resamples
    are drawn as counts, from a multinomial distribution, which is the same and does not grow with the rows.

    Args:
        matrix: counts.
        names: of the classes.
    """
    scored = np.array(matrix.scored, dtype=np.float64)
    answered = np.array(matrix.answered, dtype=np.float64)
    rows, silent = int(scored.sum()), sum(matrix.silent)
    found: dict[str, Any] = {"labelled": rows + silent, "scored": rows, "answered": int(answered.sum())}
    if not rows:
        return found
    drawn = _resamples(scored)
    values = from_confusion(scored[None])
    spans = {name: _span(each, rows) for name, each in from_confusion(drawn).items()} if rows > 1 else {}
    support = scored.sum(axis=1)
    best = int(support.argmax())
    shown = {
        **found,
        **{name: float(values[name][0]) for name in FIGURES},
        "intervals": {name: spans[name] for name in FIGURES if name in spans},
        "majority": names[best],
        "majority_accuracy": float(support[best] / rows),
        "answered_accuracy": float(np.trace(answered) / answered.sum()) if answered.sum() else None,
        "accuracy_silence_wrong": float(np.trace(answered) / (rows + silent)),
        "classes": {
            names[k]: _class(scored, drawn, k, rows) for k in range(len(names)) if support[k] or scored[:, k].any()
        },
        "confusion": {"order": list(names), "counts": matrix.scored},
    }
    return {key: plain(value) for key, value in shown.items()}


def _resamples(counts: Floats) -> Floats:
    rows = int(counts.sum())
    random = np.random.default_rng(SEED)
    drawn = random.multinomial(rows, (counts / rows).ravel(), size=RESAMPLES)
    return drawn.reshape(-1, *counts.shape).astype(np.float64)


def _class(counts: Floats, drawn: Floats, k: int, rows: int) -> dict[str, Any]:
    """Precision, recall and F1 of a class; no recall and no F1 where it has no true row."""
    values = _of_class(counts[None], k)
    held = drawn[drawn[:, k, :].sum(axis=1) > 0]
    spans = {name: _span(each, rows) for name, each in _of_class(held, k).items()} if rows > 1 and len(held) else {}
    support = int(counts[k].sum())
    figures: Mapping[str, float | None] = {
        name: float(each[0]) if support or name == "precision" else None for name, each in values.items()
    }
    return {"support": support, **figures, "intervals": spans if support else {}}


def _of_class(counts: Floats, k: int) -> Mapping[str, Floats]:
    right, true, said = counts[:, k, k], counts[:, k, :].sum(axis=1), counts[:, :, k].sum(axis=1)
    return {
        "precision": right / np.maximum(said, 1),
        "recall": right / np.maximum(true, 1),
        "f1": 2 * right / np.maximum(true + said, 1),
    }


def _span(values: Floats, rows: int) -> dict[str, float]:
    interval: Interval = expanded_percentile(values, rows)
    return {"low": interval.low, "high": interval.high}
