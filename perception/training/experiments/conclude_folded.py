"""The end of a cross-validated run: measured and calibrated on held-out rows, exported from all, written down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

from perception.models.verified import sha256_of
from perception.training.calibration import Calibration
from perception.training.cards import Part, TrainingReport, write_card
from perception.training.cards import Splits as CardSplits
from perception.training.experiments.conclude import TOLERANCE, Concluded
from perception.training.experiments.facts import calibration_facts, library_versions, revision, speed_of
from perception.training.experiments.folded import ALL, FoldedFit, FoldedTask, Plan
from perception.training.experiments.held_out import HeldOut, MeanUar, measure_held_out, pooled_calibration
from perception.training.experiments.orders import Orders
from perception.training.experiments.pictures import draw, draw_views
from perception.training.experiments.report_json import write_report
from perception.training.experiments.run import RunFolder
from perception.training.experiments.task import Rows
from perception.training.export import Parity, check_parity

_COMPARED = 200
"""Rows on which the exported network is compared with the trained one: it hears each clip anew."""


def conclude_folded(task: FoldedTask, fit: FoldedFit, folder: RunFolder, orders: Orders) -> Concluded:
    """Write weights, those of each fold among them, card, figures and pictures into the run's folder.

    Raises:
        ParityFailed: the exported model does not say what the trained one says.
        LicenceForbids: the data does not let weights be shared at all.
    """
    experiment, rows, plan = folder.experiment, task.rows(), task.plan
    found = measure_held_out(rows, plan, fit, experiment)
    calibration = pooled_calibration(rows, fit, experiment)
    weights = task.export(fit.learners[ALL], folder.path / f"{experiment.model}.onnx", calibration)
    for name, learner in fit.learners.items():
        if name.startswith("fold-"):
            task.export(learner, folder.path / f"{name}.onnx", calibration)
    parity = _parity(task, fit, rows, calibration, weights)
    report = TrainingReport(
        model=experiment.model,
        modality=task.modality,
        summary=task.summary,
        weights=(weights,),
        sources=tuple(task.sources),
        splits=_splits(plan, rows),
        dev=found.figures,
        crossed=True,
        resampled_by=task.resampled_by,
        limits=tuple(task.limits),
        command=orders.command,
        seed=experiment.seed,
        seconds=fit.seconds,
        config_digest=experiment.digest,
        languages=tuple(task.languages),
        policy=orders.policy,
        left_out=tuple(task.left_out),
        calibration=calibration_facts(calibration),
        export={
            "parity": f"largest difference of a probability from the trained model {parity.max_difference:.1e} over "
            f"{parity.rows:,} rows, same top emotion for {parity.agreement:.2%}"
        },
        speed=speed_of(task.runtime(weights), rows),
        parameters=task.parameters,
        epochs=experiment.epochs,
        versions=library_versions(),
        revision=revision(),
        notes={**task.notes, **_told(found)},
    )
    write_card(report, folder.path)
    _keep(folder, rows, plan, fit, found)
    draw(folder.path, fit.fitted, rows, found.probabilities, report.dev[0], calibration)
    draw_views(folder.path, found.means)
    write_report(folder.report, report, fit.fitted, plan.digest)
    return Concluded(report=report, figures=_tracked(found), sha256=sha256_of(weights))


def _parity(task: FoldedTask, fit: FoldedFit, rows: Rows, calibration: Calibration, weights: Path) -> Parity:
    some = np.random.default_rng(0).permutation(len(rows))[:_COMPARED]
    ours = calibration.apply(task.judged(fit.learners[ALL], some, task.views[0]))
    theirs = task.runtime(weights)(rows.some(some))
    return check_parity(
        lambda places: ours[places],
        lambda places: theirs[places],
        np.arange(len(some)),
        max_difference=10 * TOLERANCE,  # features were kept as half floats, and heard anew in full
        min_agreement=0.98,
    )


def _splits(plan: Plan, rows: Rows) -> CardSplits:
    groups = np.array(rows.groups if rows.groups is not None else rows.ids)
    parts = {}
    for fold in range(int(plan.folds.max()) + 1):
        inside = plan.folds == fold
        parts[f"fold {fold + 1}"] = Part(rows=int(inside.sum()), groups=len(set(groups[inside].tolist())))
    return CardSplits(
        text="Cross-validation: each row is judged by a network that learned from the other folds, a speaker being in "
        "one fold only; so the figures are of five networks that never heard the speakers they judge. The network that "
        "ships learned from all rows in the same way, and no figure here is of it.",
        parts=parts,
        duplicates=plan.dropped,
        digest=plan.digest,
    )


def _told(found: HeldOut) -> Mapping[str, str]:
    told = {f"mean UAR of the corpora, {mean.view}": _line(mean) for mean in found.means}
    return told | {f"mean UAR, whole corpus held out, {mean.view}": _line(mean) for mean in found.foreign}


def _line(mean: MeanUar) -> str:
    each = ", ".join(f"{name} {value:.3f}" for name, value in mean.by_corpus.items())
    return f"{mean.value:.3f} ({mean.interval}); {each}"


def _keep(folder: RunFolder, rows: Rows, plan: Plan, fit: FoldedFit, found: HeldOut) -> None:
    """For comparing and averaging runs row by row, and for programs."""
    np.savez_compressed(
        folder.dev,
        ids=np.array(rows.ids, dtype=np.str_),
        truth=rows.truth,
        probabilities=found.probabilities,
        groups=np.array(rows.groups if rows.groups is not None else [], dtype=np.str_),
        folds=plan.folds,
        corpora=np.array(plan.corpora, dtype=np.str_),
        **{f"logits {view}": logits for view, logits in fit.held_out.items()},  # type: ignore[arg-type]
        **{f"foreign {view}": logits for view, logits in fit.foreign.items()},  # type: ignore[arg-type]
    )
    told = {"held_out": [asdict(each) for each in found.means], "foreign": [asdict(each) for each in found.foreign]}
    (folder.path / "folds.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _tracked(found: HeldOut) -> dict[str, float]:
    first = found.figures[0]
    names = ("accuracy", "uar", "macro_f1", "ece", "nll", "aurc", "accuracy_at_half", "majority_accuracy")
    told = {f"final/dev/{name}": getattr(first, name) for name in names}
    return told | {f"final/mean_uar/{mean.view.replace(' ', '_')}": mean.value for mean in found.means}
