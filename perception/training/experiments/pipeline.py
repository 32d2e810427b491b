"""From an experiment to weights with a card: data, epochs, calibration, export, figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perception.training.cards import TrainingReport, weights_licence
from perception.training.errors import ExperimentInvalid
from perception.training.experiments.conclude import conclude
from perception.training.experiments.conclude_folded import conclude_folded
from perception.training.experiments.config import Experiment
from perception.training.experiments.folded import FoldedTask, clean, fit_folds, is_folded
from perception.training.experiments.loop import Fitted, Progress, fit
from perception.training.experiments.orders import Orders
from perception.training.experiments.precision import pin_threads
from perception.training.experiments.run import RunFolder
from perception.training.experiments.task import Given, Task
from perception.training.experiments.tracker import Ended, Tracker, require_tracking
from perception.training.trainers import make_task


def run_experiment(
    experiment: Experiment, orders: Orders, *, progress: Progress = lambda _part, _line: None
) -> TrainingReport:
    """Train, calibrate, export, measure, and write everything into the run's folder.

    A run that was interrupted, or stopped for its budget, goes on from its last epoch.

    Args:
        experiment: what to train.
        orders: how.
        progress: told the part done, in [0, 1], and a line about it.

    Raises:
        TrainingError: whatever keeps it from being done; see `perception.training.errors`.
    """
    require_tracking()
    folder = RunFolder(root=orders.runs, experiment=experiment)
    with folder.claimed(fresh=orders.fresh):
        task = _task(folder, orders, progress)
        tracker = Tracker(orders.runs)
        run_id = tracker.begin(experiment.experiment, experiment.run_name, folder.path, _flat(experiment))
        ended: Ended = "FAILED"
        try:
            report = _run(task, folder, orders, tracker, run_id, progress)
            ended = "FINISHED"
        except KeyboardInterrupt:
            ended = "KILLED"
            raise
        finally:
            tracker.end(run_id, ended)
    return report


def _task(folder: RunFolder, orders: Orders, progress: Progress) -> Task | FoldedTask:
    given = Given(
        data=orders.data,
        experiment=folder.experiment,
        cache=folder.cache,
        policy=orders.policy,
        progress=lambda part, line: progress(0.2 * part, line),
    )
    task = make_task(given)
    pin_threads()
    weights_licence(task.sources)  # before hours are spent on weights that nobody may have
    return task


def _run(
    task: Task | FoldedTask, folder: RunFolder, orders: Orders, tracker: Tracker, run_id: str, progress: Progress
) -> TrainingReport:
    if is_folded(task):
        return _run_folded(task, folder, orders, tracker, run_id, progress)
    fitted = _fit(task, folder, orders, tracker, run_id, progress)
    progress(0.9, "calibrating, exporting, measuring")
    concluded = conclude(task, fitted, folder, orders)
    tracker.log(run_id, concluded.figures, epoch=fitted.progressed.epoch)
    tracker.tag(run_id, {"splits": task.splits.digest, "weights": concluded.sha256, "stopped": fitted.stopped})
    if fitted.stopped != "budget":
        folder.checkpoint.unlink(missing_ok=True)
    progress(1.0, f"done: {concluded.line}")
    return concluded.report


def _fit(task: Task, folder: RunFolder, orders: Orders, tracker: Tracker, run_id: str, progress: Progress) -> Fitted:
    experiment = folder.experiment
    early = experiment.early_stopping
    return fit(
        task,
        epochs=experiment.epochs,
        checkpoint=folder.checkpoint,
        key={"experiment": experiment.digest, "seed": str(experiment.seed), "data": task.splits.digest},
        patience=early.patience if early else None,
        seconds=orders.seconds,
        progress=lambda part, line: progress(0.2 + 0.7 * part, line),
        log=lambda epoch, figures: tracker.log(run_id, figures, epoch=epoch),
    )


def _run_folded(
    task: FoldedTask, folder: RunFolder, orders: Orders, tracker: Tracker, run_id: str, progress: Progress
) -> TrainingReport:
    experiment = folder.experiment
    if orders.final:
        raise ExperimentInvalid(
            f"{experiment.experiment} is judged by cross-validation and has no test split; leave --final out"
        )
    fit = fit_folds(
        task,
        folder.path,
        epochs=experiment.epochs,
        corpora=experiment.leave_corpus_out,
        key={"experiment": experiment.digest, "seed": str(experiment.seed), "data": task.plan.digest},
        seconds=orders.seconds,
        progress=lambda part, line: progress(0.2 + 0.7 * part, line),
        log=lambda epoch, figures: tracker.log(run_id, figures, epoch=epoch),
    )
    progress(0.9, "calibrating, exporting, measuring")
    concluded = conclude_folded(task, fit, folder, orders)
    tracker.log(run_id, concluded.figures, epoch=experiment.epochs)
    tracker.tag(run_id, {"splits": task.plan.digest, "weights": concluded.sha256, "stopped": fit.fitted.stopped})
    if fit.fitted.stopped != "budget":
        clean(folder.path)
    progress(1.0, f"done: {concluded.line}")
    return concluded.report


def _flat(experiment: Experiment) -> dict[str, Any]:
    """Settings by dotted name."""
    told = experiment.model_dump(mode="json", exclude={"sweep", "recipe", "early_stopping"}, exclude_none=True)
    recipe: Mapping[str, Any] = {f"recipe.{name}": value for name, value in experiment.recipe.items()}
    early = experiment.early_stopping
    return told | dict(recipe) | ({"early_stopping.patience": early.patience} if early else {})
