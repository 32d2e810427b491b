"""`attune eval robustness`: the recordings of a labelled manifest under every condition, measured."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from agent import Senses
from evals.bench import describe_machine
from evals.errors import ManifestUnusable
from evals.perception.labelled import cell, read_labelled
from evals.perception.provenance import describe_models, versions
from evals.perception.values import Broken, Labelled, LabelledRow, Plan
from evals.robustness.hearing import Heard, Progress, hear_rows
from evals.robustness.measured import Condition, measure_condition
from evals.robustness.values import CLEAN, SPEAKER, HeardRow, RobustnessPlan
from perception import EMOTIONS, Modality
from perception.audio.degradations import DEGRADATIONS

LISTED: Final = 20
"""Broken rows that a report lists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Robustness:
    """All that was found."""

    plan: RobustnessPlan
    """What was asked."""
    labelled: Labelled
    """The manifest."""
    rows: tuple[HeardRow, ...]
    """Perceived, in the order of the manifest."""
    broken: tuple[Broken, ...]
    """All broken rows, in the order of the manifest."""
    speaker: str | None
    """Column that says who speaks."""
    conditions: tuple[Condition, ...]
    """In the order of `DEGRADATIONS`, clean first."""
    left_out: tuple[str, ...]
    """Conditions that need babble, where it is not known that there are other speakers."""
    models: Mapping[str, Any]
    """Files, hashes and licence by model."""
    settings: Mapping[str, Any]
    """Those that matter, as the caller gave them."""
    run: Mapping[str, Any]
    """When, where and how long: all that differs from run to run."""

    @property
    def groups(self) -> int | None:
        """Speakers among the rows perceived; None where they are not known."""
        return len({row.group for row in self.rows}) if self.speaker else None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready. Everything but `run` is the same whenever manifest, models and options are."""
        return {
            "kind": "attune.eval.robustness",
            "version": 1,
            "manifest": {
                "name": self.plan.manifest.name,
                "sha256": self.labelled.sha256,
                "label_column": self.plan.label_column,
                "label_map": {label: emotion.value for label, emotion in self.plan.label_map.items()},
            },
            "rows": {
                "lines": self.labelled.lines,
                "broken": len(self.broken),
                "without_recording": self.labelled.without_evidence,
                "left_out_by_limit": self.labelled.usable - len(self.labelled.rows),
                "perceived": len(self.rows),
            },
            "labels": {emotion.value: sum(row.truth is emotion for row in self.rows) for emotion in EMOTIONS},
            "broken": {
                "by_trouble": dict(Counter(each.trouble for each in self.broken).most_common()),
                "first": [
                    {"line": each.line, "id": each.id, "trouble": each.trouble, "reason": each.reason}
                    for each in self.broken[:LISTED]
                ],
            },
            "speakers": {"column": self.speaker, "speakers": self.groups},
            "conditions": [each.as_dict() for each in self.conditions],
            "left_out": list(self.left_out),
            "method": {
                "seed": self.plan.seed,
                "resamples": self.plan.resamples,
                "limit": self.plan.limit,
                "settings": dict(self.settings),
                "models": dict(self.models),
                "versions": dict(versions()),
            },
            "run": dict(self.run),
        }


def evaluate_robustness(
    plan: RobustnessPlan, senses: Senses, *, settings: Mapping[str, Any] | None = None, progress: Progress | None = None
) -> Robustness:
    """Perceive the recording of every row under every condition, and measure.

    Args:
        plan: What to evaluate, and how.
        senses: The perceivers, under the settings of the runtime; the caller closes them.
        settings: Those that matter for the figures, to be told in the report.
        progress: Told after each recording.

    Raises:
        ManifestUnusable: the manifest cannot be used, babble is asked for where other speakers are not known, or the
            sense gave no scores for any recording as it is.
    """
    labelled = read_labelled(
        Plan(
            manifest=plan.manifest,
            label_column=plan.label_column,
            label_map=plan.label_map,
            senses=(Modality.AUDIO,),
            cluster=plan.cluster,
            limit=plan.limit,
            seed=plan.seed,
        )
    )
    speaker = _speaker(plan, labelled.rows)
    wanted, left_out = _conditions(plan, labelled.rows, speaker)
    began, started = datetime.now(UTC), time.perf_counter()
    root = plan.manifest.parent
    hearing = hear_rows(
        senses, labelled.rows, root=root, conditions=wanted, speaker=speaker, seed=plan.seed, progress=progress
    )
    heard = asyncio.run(hearing)
    broken = sorted((*labelled.broken, *heard.broken), key=lambda each: each.line)
    _check(plan, heard, broken)
    names = {answer.model for row in heard.rows for answer in row.answers.values() if answer.scores}
    return Robustness(
        plan=plan,
        labelled=labelled,
        rows=heard.rows,
        broken=tuple(broken),
        speaker=speaker,
        conditions=tuple(
            measure_condition(name, heard.rows, resamples=plan.resamples, seed=plan.seed) for name in wanted
        ),
        left_out=left_out,
        models=describe_models(names),
        settings=settings or {},
        run={
            "began": began.isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - started, 3),
            "machine": describe_machine(),
        },
    )


def _speaker(plan: RobustnessPlan, rows: Sequence[LabelledRow]) -> str | None:
    # a dialogue has several speakers, who may speak in the next one too: it does not tell one from the others
    name = plan.cluster or SPEAKER
    return name if plan.cluster or all(cell(each.row, name) is not None for each in rows) else None


def _conditions(
    plan: RobustnessPlan, rows: Sequence[LabelledRow], speaker: str | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those that can be made, clean among them, and those that cannot."""
    wanted = tuple(name for name in DEGRADATIONS if name == CLEAN or name in (plan.conditions or DEGRADATIONS))
    voices = {cell(each.row, speaker) for each in rows} if speaker else set()
    if None not in voices and len(voices) > 1:
        return wanted, ()
    babble = tuple(name for name in wanted if DEGRADATIONS[name].needs_babble)
    if babble and plan.conditions is not None:
        raise ManifestUnusable(
            f"{babble[0]} needs the voices of other speakers, and {plan.manifest.name!r} does not say of every row who "
            f"speaks, or there is one speaker only; name the column with --cluster, or leave babble out"
        )
    return tuple(name for name in wanted if name not in babble), babble


def _check(plan: RobustnessPlan, heard: Heard, broken: Sequence[Broken]) -> None:
    if not heard.rows:
        first = broken[0]
        raise ManifestUnusable(
            f"no recording of {plan.manifest.name!r} could be perceived; the first, line {first.line}: {first.reason}"
        )
    if all(row.answers[CLEAN].scores is None for row in heard.rows):
        said = Counter(row.answers[CLEAN].status for row in heard.rows)
        told = ", ".join(f"{status} {n}" for status, n in said.most_common())
        raise ManifestUnusable(
            f"the audio sense gave no scores for any recording as it is ({told}); attune doctor says whether it works"
        )
