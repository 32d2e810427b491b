"""Cross-validation: who is held out, and figures by a calibration that did not see the rows it is measured on."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from perception.metrics import Interval
from perception.metrics.plots import plot_views
from perception.training.experiments.checkpoint import Progressed
from perception.training.experiments.config import Experiment
from perception.training.experiments.folded import ALL, FoldedFit, FoldedTask, Plan, is_folded
from perception.training.experiments.held_out import mean_uar, measure_held_out, pooled_calibration
from perception.training.experiments.loop import Fitted
from perception.training.experiments.task import Rows, Task

pytestmark = pytest.mark.unit

EXPERIMENT = Experiment(experiment="x", trainer="t", model="m", epochs=1, calibration="temperature")
RNG = np.random.default_rng(0)
TRUTH = np.tile(np.arange(7), 20)
FOLDS = np.repeat(np.arange(5), 28)
SPEAKERS = tuple(f"s{i}" for i in np.repeat(np.arange(10), 14))
CORPORA = tuple(np.where(np.arange(140) < 84, "one", "two").tolist())
ROWS = Rows(name="all", ids=tuple(map(str, range(140))), truth=TRUTH, groups=SPEAKERS, inputs=np.arange(140))
PLAN = Plan(folds=FOLDS, corpora=CORPORA, dropped=0, digest="d")


def logits(right: float) -> np.ndarray:
    told = RNG.normal(size=(140, 7))
    told[np.arange(140), TRUTH] += right
    return told


def fit(**views: np.ndarray) -> FoldedFit:
    fitted = Fitted(progressed=Progressed(epoch=1), stopped="done")
    return FoldedFit(held_out=dict(views), foreign={}, fitted=fitted, seconds=1.0)


def test_each_row_is_held_out_once_and_the_last_fit_has_all() -> None:
    fits = PLAN.fits(corpora=False)
    assert [*fits] == ["fold-1", "fold-2", "fold-3", "fold-4", "fold-5", ALL]
    assert (np.sum(list(fits.values()), axis=0) == 1).all()
    assert not fits[ALL].any()


def test_whole_corpora_are_held_out_where_there_are_several() -> None:
    assert {"without-one", "without-two"} <= PLAN.fits(corpora=True).keys()
    alone = Plan(folds=FOLDS, corpora=("one",) * 140, dropped=0, digest="d")
    assert not any(name.startswith("without") for name in alone.fits(corpora=True))


def test_the_mean_of_corpora_counts_each_alike() -> None:
    told = np.full((140, 7), 0.0)
    told[np.arange(140), TRUTH] = 1.0
    told[84:] = 0.0
    told[84:, 0] = 1.0  # of the second corpus only the first emotion is right
    found = mean_uar(ROWS, CORPORA, "alone", told)
    assert found.by_corpus == {"one": 1.0, "two": pytest.approx(1 / 7)}
    assert found.value == pytest.approx((1 + 1 / 7) / 2)
    assert found.interval.low <= found.value <= found.interval.high


def test_emotions_that_a_corpus_lacks_do_not_count() -> None:
    few = ROWS.some(np.flatnonzero(TRUTH < 3))
    told = np.eye(7)[few.truth]
    assert mean_uar(few, ["one"] * len(few), "alone", told).value == 1.0


def test_figures_are_of_a_calibration_from_other_folds() -> None:
    told = logits(2.0)
    first = measure_held_out(ROWS, PLAN, fit(alone=told), EXPERIMENT).probabilities
    shouted = told.copy()
    shouted[FOLDS == 0] *= 50  # the first fold's own logits must not move its calibration
    second = measure_held_out(ROWS, PLAN, fit(alone=shouted), EXPERIMENT).probabilities
    cooled = np.log(second[FOLDS == 0])
    expected = np.log(first[FOLDS == 0])
    ratio = (cooled[:, 0] - cooled[:, 1]) / (expected[:, 0] - expected[:, 1])
    assert np.median(ratio) == pytest.approx(50, rel=0.05)
    assert not np.allclose(first[FOLDS == 1], second[FOLDS == 1])


def test_the_last_view_has_figures_of_its_own_and_the_calibration_sees_both() -> None:
    both = fit(alone=logits(1.0), **{"after 4": logits(4.0)})
    found = measure_held_out(ROWS, PLAN, both, EXPERIMENT)
    assert [each.name for each in found.figures] == [
        "all corpora",
        "one",
        "two",
        *(f"{name}, after 4 utterances of the speaker" for name in ("all corpora", "one", "two")),
    ]
    assert found.figures[3].uar > found.figures[0].uar
    assert [mean.view for mean in found.means] == ["alone", "after 4"]
    seen = pooled_calibration(ROWS, both, EXPERIMENT).dev
    assert seen is not None
    assert seen.rows == 280


def test_views_are_drawn_with_their_values() -> None:
    figure = plot_views(
        ["alone", "after 4"], [0.5, 0.625], [Interval(low=0.4, high=0.6)] * 2, {"one": [0.4, 0.6], "two": [0.6, 0.65]}
    )
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["0.500", "0.625"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["alone", "after 4"]


class Unfitted:
    """A task that, like that of the linear model of text, knows its parameters only once it is fitted."""

    @property
    def parameters(self) -> int:
        raise AssertionError("fit first")


class Folded(Unfitted):
    plan = PLAN


def test_how_a_task_is_judged_is_told_without_reading_what_it_has_not_yet() -> None:
    assert not is_folded(cast("Task", Unfitted()))
    assert is_folded(cast("FoldedTask", Folded()))
