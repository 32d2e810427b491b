"""A run's report as JSON, for programs and for comparing runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from perception.metrics import Figures
from perception.training.cards import TrainingReport
from perception.training.experiments.loop import Fitted


def write_report(path: Path, report: TrainingReport, fitted: Fitted, splits: str) -> None:
    """Write it beside, then put it in place: where it is, the run is finished."""
    told = as_dict(report) | {
        "stopped": fitted.stopped,
        "best_epoch": fitted.progressed.best_epoch,
        "history": fitted.progressed.history,
        "splits_digest": splits,
    }
    part = path.with_suffix(".part")
    part.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    part.replace(path)


def as_dict(report: TrainingReport) -> dict[str, Any]:
    """JSON-ready."""
    told: dict[str, Any] = _plain(report)
    return told | {"licence": _plain(report.licence), "files": _plain(report.files())}


def _plain(value: Any) -> Any:
    if isinstance(value, Figures):
        return value.as_dict()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Path) else value
