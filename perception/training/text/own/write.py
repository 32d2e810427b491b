"""The files of a head: weights, card, report, picture."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from perception.metrics.values import plain
from perception.text.own.model import save_own
from perception.training.splits import PARTS
from perception.training.text.own.learn import Learned
from perception.training.text.own.rows import LeftOutRow

LISTED: Final = 200
"""Rows that are listed of those left out for one reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnFiles:
    """Where they are, all beside the weights."""

    weights: Path
    """`.npz`."""
    card: Path
    """`.md`."""
    report: Path
    """`.report.json`."""
    confusion: Path
    """`.confusion.png`."""

    @classmethod
    def beside(cls, weights: Path) -> OwnFiles:
        """Files of the weights `NAME.npz`."""
        return cls(
            weights=weights,
            card=weights.with_suffix(".md"),
            report=weights.with_suffix(".report.json"),
            confusion=weights.with_suffix(".confusion.png"),
        )

    def all(self) -> tuple[Path, ...]:
        """Each of them."""
        return (self.weights, self.card, self.report, self.confusion)


def write_learned(
    learned: Learned, weights: Path, *, data: str, command: str, licences: Mapping[str, str], lang: str = "en"
) -> OwnFiles:
    """Write weights, card, report and picture.

    Args:
        learned: what was learned.
        weights: `NAME.npz`; the others are named after it.
        data: name of the table.
        command: what gives the same weights again.
        licences: of the base weights, by file name.
        lang: of the picture, `en` or `zh`.

    Raises:
        OSError: a file cannot be written.
    """
    from perception.metrics.plots import plot_label_confusion, save
    from perception.training.text.own.card import card_text

    files = OwnFiles.beside(weights)
    report = report_of(learned, data=data, command=command, licences=licences)
    picture = plot_label_confusion(
        learned.test.confusion, learned.model.labels, name=f"{data}, n = {learned.test.rows}", lang=lang
    )
    save_own(learned.model, files.weights)
    files.report.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    files.card.write_text(card_text(learned, files, report), encoding="utf-8")
    save(picture, files.confusion)
    return files


def report_of(learned: Learned, *, data: str, command: str, licences: Mapping[str, str]) -> dict[str, Any]:
    """All figures, JSON-ready. It quotes no text of the table, but the numbers of rows, and labels."""
    gathered, parts = learned.gathered, learned.parts
    return {
        "data": data,
        "labels": list(learned.model.labels),
        "base": {each.lang: each.base for each in learned.model.dense},
        "licences": dict(licences),
        "rows": {
            "table": gathered.total,
            "learned_from": len(gathered.rows),
            "parts": {part: len(parts.rows[part]) for part in PARTS},
            "near_copies": parts.near_copies,
            "left_out": gathered.reasons,
        },
        "by_label": {
            label: {part: sum(row.label == label for row in parts.rows[part]) for part in PARTS}
            for label in learned.model.labels
        },
        "rare_labels": dict(gathered.rare),
        "untrained_labels": dict(parts.untrained),
        "left_out": _listed(gathered.left_out),
        "grouped": parts.grouped,
        "split": parts.splits.digest,
        "settings": {
            "lang": learned.settings.lang or "auto",
            "risk": learned.settings.risk,
            "seed": learned.settings.seed,
            "folds": learned.folds,
            "penalty": learned.judged[0].penalty,
        },
        "penalties": [
            {"penalty": each.penalty, "accuracy": plain(each.accuracy), "macro_f1": plain(each.macro_f1)}
            for each in sorted(learned.judged, key=lambda each: each.penalty)
        ],
        "calibration": {
            "temperature": plain(learned.model.temperature),
            "threshold": plain(learned.threshold.confidence),
            "risk_kept": learned.threshold.reached,
        },
        "test": learned.test.as_dict(),
        "ngrams_alone": learned.ngrams.as_dict(),
        "gain": {
            name: {
                "difference": plain(gain.difference),
                "interval": None if gain.interval is None else [plain(gain.interval.low), plain(gain.interval.high)],
            }
            for name, gain in learned.gain.items()
        },
        "seconds": round(learned.seconds, 1),
        "command": command,
    }


def _listed(left_out: tuple[LeftOutRow, ...]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in left_out:
        rows = found.setdefault(row.reason, [])
        if len(rows) < LISTED:
            rows.append({"row": row.number, **({"detail": row.detail} if row.detail else {})})
    return dict(sorted(found.items()))
