"""The end of a run: calibrated, exported, compared with what was trained, measured, and written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perception.metrics import Figures, measure
from perception.models.verified import sha256_of
from perception.training.calibration import Calibration, calibrate
from perception.training.cards import TrainingReport, write_card
from perception.training.experiments.facts import calibration_facts, library_versions, revision, speed_of, splits_of
from perception.training.experiments.int8 import Variant, int8_variant
from perception.training.experiments.loop import Fitted
from perception.training.experiments.orders import Orders
from perception.training.experiments.pictures import draw
from perception.training.experiments.report_json import write_report
from perception.training.experiments.run import RunFolder
from perception.training.experiments.task import Answers, Rows, Task
from perception.training.export import Parity, check_parity
from perception.training.splits import TestLedger

TOLERANCE = 2e-3
"""Largest difference of a probability between trained and exported model; half floats lose about 1e-3."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Concluded:
    """What came out."""

    report: TrainingReport
    """For the card and for people."""
    figures: Mapping[str, float]
    """For the tracker, by name."""
    sha256: str
    """Of the weights."""

    @property
    def line(self) -> str:
        """In one line."""
        first = self.report.dev[0]
        return (
            f"development UAR {first.uar:.3f}, accuracy {first.accuracy:.3f} (majority {first.majority_accuracy:.3f})"
        )


def conclude(task: Task, fitted: Fitted, folder: RunFolder, orders: Orders) -> Concluded:
    """Write weights, card, figures and pictures into the run's folder.

    Raises:
        ParityFailed: the exported model does not say what the trained one says.
        TestTouched: the test split was asked for, and was touched before.
        LicenceForbids: the data does not let weights be shared at all.
    """
    experiment, dev = folder.experiment, task.dev()
    logits = task.logits(dev)
    calibration = calibrate(
        logits,
        dev.truth,
        risk=experiment.risk,
        method=experiment.calibration,
        groups=dev.groups,
        seed=experiment.seed,
    )
    weights = task.export(folder.path, calibration)
    parity = _parity(calibration.apply(logits), task.runtime(weights)(dev))
    variant = int8_variant(task, weights, folder.path, dev) if experiment.int8 else None
    small = variant.path if variant else None
    if small and experiment.int8 == "ships":
        small.replace(weights)
        small = None
    answers = task.runtime(weights)
    told = answers(dev)
    digest = sha256_of(weights)
    dev_figures = (_measured(dev, told, calibration),)
    test_figures, touch = _tested(task, answers, calibration, folder, orders, digest) if orders.final else ((), "")
    report = TrainingReport(
        model=experiment.model,
        modality=task.modality,
        summary=task.summary,
        weights=(weights, *([small] if small else [])),
        sources=tuple(task.sources),
        splits=splits_of(task.splits),
        dev=dev_figures,
        test=test_figures,
        touch=touch,
        resampled_by=task.resampled_by,
        limits=tuple(task.limits),
        command=orders.command,
        seed=experiment.seed,
        seconds=fitted.progressed.seconds,
        config_digest=experiment.digest,
        languages=tuple(task.languages),
        policy=orders.policy,
        left_out=tuple(task.left_out),
        calibration=calibration_facts(calibration),
        export=_export_facts(parity, variant),
        speed=speed_of(answers, dev),
        parameters=task.parameters,
        epochs=fitted.progressed.epoch,
        versions=library_versions(),
        revision=revision(),
        notes={"epochs": _epochs(fitted, experiment.epochs), **task.notes},
    )
    write_card(report, folder.path)
    _keep(folder.dev, dev, told)
    draw(folder.path, fitted, dev, told, dev_figures[0], calibration)
    write_report(folder.report, report, fitted, task.splits.digest)
    return Concluded(report=report, figures=_tracked(dev_figures, test_figures), sha256=digest)


def _parity(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> Parity:
    return check_parity(
        lambda rows: ours[rows],
        lambda rows: theirs[rows],
        np.arange(len(ours)),
        max_difference=TOLERANCE,
        min_agreement=0.99,  # a tie between two classes may fall either way
    )


def _measured(rows: Rows, told: NDArray[np.float64], calibration: Calibration) -> Figures:
    return measure(rows.name, rows.predictions(told, uncertain_below=calibration.uncertain_below))


def _tested(
    task: Task, answers: Answers, calibration: Calibration, folder: RunFolder, orders: Orders, digest: str
) -> tuple[tuple[Figures, ...], str]:
    """The ledger first: a test whose figures were seen has been touched."""
    touch = TestLedger(orders.ledger or orders.runs / "test-touches.jsonl").touch(
        release=orders.release or version("attune-agent"),
        splits=task.splits.digest,
        model=folder.experiment.model,
        sha256=digest,
        run=folder.name,
        reason=orders.again,
    )
    figures = tuple(_measured(rows, answers(rows), calibration) for rows in task.tests())
    return figures, touch.sentence()


def _export_facts(parity: Parity, variant: Variant | None) -> dict[str, str]:
    told = {
        "parity": f"largest difference of a probability from the trained model {parity.max_difference:.1e} over "
        f"{parity.rows:,} development rows, same top emotion for {parity.agreement:.2%}"
    }
    return told | ({"int8": variant.sentence} if variant else {})


def _epochs(fitted: Fitted, planned: int) -> str:
    done, best = fitted.progressed.epoch, fitted.progressed.best_epoch
    why = {"done": "", "early": ", stopped early", "budget": ", stopped by the time budget"}[fitted.stopped]
    return f"{done} of {planned}{why}; kept is epoch {best}, the best by {fitted.progressed.best_score:.4f}"


def _keep(path: Path, dev: Rows, told: NDArray[np.float64]) -> None:
    """For comparing runs row by row."""
    groups = np.array(dev.groups if dev.groups is not None else [], dtype=np.str_)
    np.savez_compressed(path, ids=np.array(dev.ids, dtype=np.str_), truth=dev.truth, probabilities=told, groups=groups)


def _tracked(dev: tuple[Figures, ...], test: tuple[Figures, ...]) -> dict[str, float]:
    names = (
        "accuracy",
        "uar",
        "macro_f1",
        "weighted_f1",
        "ece",
        "nll",
        "aurc",
        "accuracy_at_half",
        "majority_accuracy",
    )
    parts = {"final/dev": dev, "final/test": test}
    return {f"{part}/{name}": getattr(figures[0], name) for part, figures in parts.items() if figures for name in names}
