"""A small model on top of the senses: what is lost by giving each one weight for all emotions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from perception.emotions import EMOTIONS
from perception.errors import ScoresUnusable
from perception.fusion.fitting.fit import FOLDS, Score, fold_of
from perception.fusion.fitting.rows import Floats, ScoredRows
from perception.fusion.fitting.simplex import figures
from perception.fusion.pooling import FLOOR
from perception.metrics import Predictions

_PENALTY: Final = 0.1
"""C of the logistic regression: smaller is smoother."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Stacked:
    """A stacking model, judged on rows it was not fitted to."""

    held_out: Score
    """Cross-validated over groups."""
    predictions: Predictions
    """What it says of each row, fitted to the other folds."""
    coefficients: Floats
    """24 x 7, fitted to all rows: of each sense seven centred logs and whether it spoke, then emotions."""
    intercept: Floats
    """Seven."""


def stack(rows: ScoredRows) -> Stacked:
    """Multinomial logistic regression (Wolpert 1992, "Stacked generalization", Neural Networks 5) on log scores.

    Raises:
        ScoresUnusable: a fold holds all rows of an emotion, or there is only one emotion.
    """
    inputs, fold = stacking_inputs(rows), fold_of(rows)
    told = np.empty((len(rows), len(EMOTIONS)))
    for place in np.unique(fold):
        out = fold == place
        told[out] = _probabilities(_fitted(inputs[~out], rows.truth[~out]), inputs[out])
    whole = _fitted(inputs, rows.truth)
    accuracy, macro_f1 = figures(told.argmax(axis=1).astype(np.int8)[None], rows.truth)
    return Stacked(
        held_out=Score(accuracy=float(accuracy[0]), macro_f1=float(macro_f1[0])),
        predictions=Predictions(truth=rows.truth, probabilities=told, groups=rows.groups),
        coefficients=whole[0],
        intercept=whole[1],
    )


def stacking_inputs(rows: ScoredRows) -> Floats:
    """Rows x 24: log scores less their mean, times quality, and whether there were any, sense by sense."""
    logs = np.log(np.maximum(rows.scores, FLOOR))
    centred = (logs - logs.mean(axis=2, keepdims=True)) * rows.quality[:, :, None]
    return np.concatenate([centred, rows.heard[:, :, None]], axis=2).reshape(len(rows), -1)


def _fitted(inputs: Floats, truth: NDArray[np.int64]) -> tuple[Floats, Floats]:
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(truth)) < 3:
        raise ScoresUnusable(
            f"stacking needs three emotions in each of {FOLDS} parts of the rows; give more rows, or leave it out"
        )
    model: Any = LogisticRegression(C=_PENALTY, max_iter=1000, class_weight="balanced").fit(inputs, truth)
    coefficients = np.zeros((inputs.shape[1], len(EMOTIONS)))
    intercept = np.full(len(EMOTIONS), -30.0)  # an emotion that no row has is as good as ruled out
    coefficients[:, model.classes_], intercept[model.classes_] = model.coef_.T, model.intercept_
    return coefficients, intercept


def _probabilities(model: tuple[Floats, Floats], inputs: Floats) -> Floats:
    logits = inputs @ model[0] + model[1]
    told = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(told / told.sum(axis=1, keepdims=True))
