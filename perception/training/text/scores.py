"""By which figures an epoch of a text model is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.training.experiments.loop import SCORE


def text_score(truth: NDArray[np.int64], logits: NDArray[Any]) -> Mapping[str, float]:
    """Accuracy and macro-F1 over the emotions that occur; the score is their mean."""
    from sklearn.metrics import f1_score

    answers = logits.argmax(axis=1)
    accuracy = float((answers == truth).mean())
    macro = float(f1_score(truth, answers, labels=np.unique(truth), average="macro", zero_division=0))
    return {"dev/accuracy": accuracy, "dev/macro_f1": macro, SCORE: (accuracy + macro) / 2}
