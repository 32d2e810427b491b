"""`attune eval vision`: a corpus of faces, in the layout of its authors, through the sense of sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from agent import Senses
from evals.errors import ManifestUnusable
from evals.perception import Evaluation, Plan, evaluate_perception
from evals.perception.measured import Measured
from evals.robustness.faces import FaceRobustness, degrade_faces
from evals.vision.corpus import Prepared, prepare
from evals.vision.faces import face_crops
from evals.vision.values import FEW, Progress, VisionPlan
from perception import Modality
from perception.vision.classifier import FaceClassifier

_CLUSTERS: Final = {"sfew": "film"}
"""Columns whose rows depend on each other, by layout: stills of one film show the same actors."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VisionEvaluation:
    """All that was found."""

    plan: VisionPlan
    """What was asked."""
    prepared: Prepared
    """The corpus; its manifest is gone."""
    perceived: Evaluation
    """What the sense said, measured."""
    degraded: FaceRobustness | None
    """What becomes of it when the crops are made worse; None where that was not asked for."""

    @property
    def vision(self) -> Measured:
        """The figures of the sense of sight."""
        return self.perceived.sources["vision"]

    @property
    def trained_on(self) -> bool:
        """Whether some of the faces are among those the network that ships learned from."""
        own = any(model.startswith("vision-ferplus") for model in self.vision.models)
        others = self.plan.split not in (None, "train")
        return own and self.prepared.corpus.name in ("ferplus", "fer2013") and not others

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready. Everything but `run` is the same whenever corpus, models and options are."""
        corpus = self.prepared.corpus
        return {
            **self.perceived.as_dict(),
            "kind": "attune.eval.vision",
            "corpus": {
                "layout": self.plan.layout,
                "name": corpus.name,
                "title": corpus.title,
                "licence": corpus.licence,
                "commercial": corpus.commercial,
                "split": self.plan.split,
                "splits": {split or "none": rows for split, rows in self.prepared.splits.items()},
                "left_out_by_split": self.prepared.by_split,
                "left_out_by_limit": self.prepared.by_limit,
                "face_crops": self.prepared.crops,
                "columns": list(self.prepared.columns),
                "trained_on": self.trained_on,
            },
            "excluded": dict(self.prepared.excluded),
            "degraded": self.degraded.as_dict() if self.degraded else None,
        }


def evaluate_vision(
    plan: VisionPlan,
    senses: Senses,
    *,
    classifier: FaceClassifier | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Progress = lambda _part, _line: None,
) -> VisionEvaluation:
    """Perceive every face of a corpus as a turn would, and measure.

    Args:
        plan: What to evaluate, and how.
        senses: The perceivers, of which the sense of sight is asked; the caller closes them.
        classifier: The network that reads degraded crops; the one that ships when None.
        settings: Those that matter for the figures, to be told in the report.
        progress: Told how far it has come.

    Raises:
        ManifestUnusable: the corpus cannot be used, or the sense gave no scores.
        ModelError: the network for degraded crops cannot be loaded.
    """
    with TemporaryDirectory(prefix="attune-faces-") as name:
        folder = Path(name)
        ends = 0.3 if plan.degraded is not None else 0.88
        prepared = prepare(plan, folder, lambda part, line: progress(0.1 * part, line))
        perceived = evaluate_perception(
            _plan(plan, prepared),
            senses,
            settings=settings,
            progress=lambda done, total: progress(0.1 + ends * done / max(1, total), f"{done:,} of {total:,} faces"),
        )
        if "vision" not in perceived.sources:
            said = ", ".join(f"{status} {n}" for status, n in perceived.statuses.get("vision", {}).items()) or "nothing"
            raise ManifestUnusable(f"the vision sense gave no scores ({said}); attune doctor says whether it works")
        degraded = _degraded(plan, perceived, folder, classifier or FaceClassifier(), progress)
    progress(1.0, f"{len(perceived.rows):,} faces measured")
    return VisionEvaluation(plan=plan, prepared=prepared, perceived=perceived, degraded=degraded)


def _plan(plan: VisionPlan, prepared: Prepared) -> Plan:
    usual = _CLUSTERS.get(plan.layout)
    return Plan(
        manifest=prepared.manifest,
        senses=(Modality.VISION,),
        cluster=plan.cluster or (usual if usual in prepared.columns else None),
        by=plan.groups,
        seed=plan.seed,
        resamples=plan.resamples,
        few=FEW,
    )


def _degraded(
    plan: VisionPlan, perceived: Evaluation, folder: Path, classifier: FaceClassifier, progress: Progress
) -> FaceRobustness | None:
    if plan.degraded is None:
        return None
    crops = face_crops(
        perceived.labelled.rows,
        perceived.rows,
        root=folder,
        cluster=perceived.cluster,
        progress=lambda done, total: progress(0.4 + 0.1 * done / total, f"{done:,} of {total:,} faces cut out"),
    )
    return degrade_faces(
        crops,
        classifier,
        strength=plan.degraded,
        seed=plan.seed,
        resamples=plan.resamples,
        progress=lambda done, total: progress(0.5 + 0.49 * done / total, f"{done} of {total} ways to see them"),
    )
