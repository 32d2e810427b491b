"""`attune eval perception`: a labelled manifest through the runtime path, measured."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from agent import Senses
from evals.bench import describe_machine
from evals.errors import ManifestUnusable
from evals.perception.labelled import cluster_column, read_labelled
from evals.perception.measured import Measured, measure_source, statuses
from evals.perception.paired import Since, compare_with
from evals.perception.perceiving import Progress, Run, perceive_rows
from evals.perception.provenance import describe_models, versions
from evals.perception.stored import read_stored
from evals.perception.values import FUSED, Broken, Labelled, MeasuredRow, Plan
from perception import EMOTIONS, Modality

LISTED: Final = 20
"""Broken rows that a report lists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """All that was found."""

    plan: Plan
    """What was asked."""
    labelled: Labelled
    """The manifest."""
    rows: tuple[MeasuredRow, ...]
    """Perceived, in the order of the manifest."""
    broken: tuple[Broken, ...]
    """All broken rows, in the order of the manifest."""
    cluster: str | None
    """Column that the bootstrap drew whole."""
    sources: Mapping[str, Measured]
    """By sense, in the order of display, and `FUSED`; those without any scores are left out."""
    statuses: Mapping[str, Mapping[str, int]]
    """Rows by status, by sense that was asked and `FUSED`."""
    since: Since | None
    """Against an earlier evaluation."""
    models: Mapping[str, Any]
    """Files, hashes and licence by model."""
    versions: Mapping[str, str]
    """Of the libraries that matter."""
    settings: Mapping[str, Any]
    """Those that matter, as the caller gave them."""
    run: Mapping[str, Any]
    """When, where and how fast: all that differs from run to run."""

    @property
    def groups(self) -> int:
        """Groups of dependent rows among those perceived; as many as rows where none are known to be dependent."""
        return len({row.cells[self.cluster] for row in self.rows}) if self.cluster else len(self.rows)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready. Everything but `run` is the same whenever manifest, models and options are."""
        return {
            "kind": "attune.eval.perception",
            "version": 1,
            "emotions": [emotion.value for emotion in EMOTIONS],
            "manifest": self._manifest(),
            "rows": self._counts(),
            "labels": {emotion.value: sum(row.truth is emotion for row in self.rows) for emotion in EMOTIONS},
            "broken": self._broken(),
            "groups": {
                "column": self.cluster,
                "groups": self.groups if self.cluster else None,
                "chosen_by": "option" if self.plan.cluster else "default",
            },
            "sources": {name: each.as_dict() for name, each in self.sources.items()},
            "statuses": {name: dict(each) for name, each in self.statuses.items()},
            "since": self.since.as_dict() if self.since else None,
            "method": self._method(),
            "run": dict(self.run),
        }

    def _manifest(self) -> dict[str, Any]:
        return {
            "name": self.plan.manifest.name,
            "sha256": self.labelled.sha256,
            "label_column": self.plan.label_column,
            "label_map": {label: emotion.value for label, emotion in self.plan.label_map.items()},
        }

    def _counts(self) -> dict[str, int]:
        return {
            "lines": self.labelled.lines,
            "broken": len(self.broken),
            "without_evidence": self.labelled.without_evidence,
            "left_out_by_limit": self.labelled.usable - len(self.labelled.rows),
            "perceived": len(self.rows),
        }

    def _broken(self) -> dict[str, Any]:
        return {
            "by_trouble": dict(Counter(each.trouble for each in self.broken).most_common()),
            "unknown_labels": dict(list(self.labelled.unknown_labels.items())[:LISTED]),
            "first": [
                {"line": each.line, "id": each.id, "trouble": each.trouble, "reason": each.reason}
                for each in self.broken[:LISTED]
            ],
        }

    def _method(self) -> dict[str, Any]:
        return {
            "senses": [sense.value for sense in self.plan.senses],
            "by": list(self.plan.by),
            "limit": self.plan.limit,
            "seed": self.plan.seed,
            "resamples": self.plan.resamples,
            "settings": dict(self.settings),
            "models": dict(self.models),
            "versions": dict(self.versions),
        }


def evaluate_perception(
    plan: Plan, senses: Senses, *, settings: Mapping[str, Any] | None = None, progress: Progress | None = None
) -> Evaluation:
    """Perceive every row of a labelled manifest as a turn would, and measure.

    Args:
        plan: What to evaluate, and how.
        senses: The perceivers, under the settings of the runtime; the caller closes them.
        settings: Those that matter for the figures, to be told in the report.
        progress: Told after each row.

    Raises:
        ManifestUnusable: the manifest, or the earlier report, cannot be used, or no sense gave any scores.
    """
    earlier = read_stored(plan.compare) if plan.compare else None
    labelled = read_labelled(plan)
    cluster = cluster_column(plan, labelled.rows)
    columns = tuple(dict.fromkeys((*plan.by, *filter(None, [cluster]))))
    began = datetime.now(UTC)
    root = plan.manifest.parent
    run = asyncio.run(
        perceive_rows(senses, labelled.rows, root=root, wanted=plan.senses, columns=columns, progress=progress)
    )
    measuring = time.perf_counter()
    names = [str(name) for name in (*Modality, FUSED) if any(name in row.answers for row in run.rows)]
    found = {name: measure_source(name, run.rows, plan, cluster) for name in names}
    sources = {name: each for name, each in found.items() if each is not None}
    said = {name: statuses(name, run.rows) for name in names}
    broken = sorted((*labelled.broken, *run.broken), key=lambda each: each.line)
    _check(plan, run, sources, said, broken)
    return Evaluation(
        plan=plan,
        labelled=labelled,
        rows=run.rows,
        broken=tuple(broken),
        cluster=cluster,
        sources=sources,
        statuses=said,
        since=None if earlier is None else compare_with(earlier, run.rows, sources, plan, cluster),
        models=describe_models(model for name, each in sources.items() if name != FUSED for model in each.models),
        versions=versions(),
        settings=settings or {},
        run=_describe_run(began, run, time.perf_counter() - measuring),
    )


def _check(
    plan: Plan,
    run: Run,
    sources: Mapping[str, Measured],
    said: Mapping[str, Mapping[str, int]],
    broken: Sequence[Broken],
) -> None:
    if not run.rows:
        first = broken[0]
        raise ManifestUnusable(
            f"no row of {plan.manifest.name!r} could be perceived; the first, line {first.line}: {first.reason}"
        )
    if not sources:
        told = "; ".join(
            f"{name}: " + ", ".join(f"{status} {n}" for status, n in each.items())
            for name, each in said.items()
            if name != FUSED
        )
        raise ManifestUnusable(f"no sense gave scores for any row ({told}); attune doctor says which senses work here")


def _describe_run(began: datetime, run: Run, measuring: float) -> dict[str, Any]:
    rows = len(run.rows) + len(run.broken)
    return {
        "began": began.isoformat(timespec="seconds"),
        "perceiving_s": round(run.seconds, 3),
        "measuring_s": round(measuring, 3),
        "rows_per_second": round(rows / run.seconds, 1),
        "latency_ms": {
            sense.value: _latency(took)
            for sense in Modality
            if (took := [row.answers[sense].latency_ms for row in run.rows if sense in row.answers])
        },
        "machine": describe_machine(),
    }


def _latency(took: Sequence[float]) -> dict[str, float]:
    median, p95 = np.percentile(took, (50, 95))
    return {"median": round(float(median), 3), "p95": round(float(p95), 3)}
