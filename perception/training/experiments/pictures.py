"""The pictures of a run: how it learned, what it confuses, and whether its confidence can be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perception.metrics import Figures
from perception.training.calibration import Calibration
from perception.training.experiments.held_out import MeanUar
from perception.training.experiments.loop import Fitted
from perception.training.experiments.task import Rows


def draw(
    folder: Path, fitted: Fitted, dev: Rows, told: NDArray[np.float64], figures: Figures, calibration: Calibration
) -> None:
    """Write `learning.png`, `confusion.png`, `recall.png`, `reliability.png` and `risk-coverage.png`."""
    from perception.metrics import plots

    predictions = dev.predictions(told)
    pictures = {
        "confusion": plots.plot_confusion(figures),
        "recall": plots.plot_recall(figures),
        "reliability": plots.plot_reliability(predictions, name=dev.name),
        "risk-coverage": plots.plot_risk_coverage(predictions, name=dev.name, threshold=calibration.uncertain_below),
    }
    if len(fitted.progressed.history) > 1:
        pictures["learning"] = plots.plot_learning(_series(fitted), best=fitted.progressed.best_epoch)
    for name, picture in pictures.items():
        plots.save(picture, folder / f"{name}.png")


def draw_views(folder: Path, means: Sequence[MeanUar]) -> None:
    """Write `views.png`: the mean UAR of the corpora, and that of each, by the way rows were judged."""
    from perception.metrics import plots

    if len(means) > 1:
        parts = {name: [mean.by_corpus[name] for mean in means] for name in means[0].by_corpus}
        picture = plots.plot_views(
            [mean.view for mean in means], [mean.value for mean in means], [mean.interval for mean in means], parts
        )
        plots.save(picture, folder / "views.png")


def _series(fitted: Fitted) -> Mapping[str, list[tuple[int, float]]]:
    """Each figure over the epochs; the learning rate has a scale of its own and stays out."""
    series: dict[str, list[tuple[int, float]]] = {}
    for epoch, figures in enumerate(fitted.progressed.history, start=1):
        for name, value in figures.items():
            if name != "train/rate":
                series.setdefault(name, []).append((epoch, value))
    return series
