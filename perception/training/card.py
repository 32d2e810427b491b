"""Model cards, written from the run and from nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from perception.emotions import EMOTIONS
from perception.training.report import Figures, TrainingReport


def write_card(report: TrainingReport, folder: Path) -> Path:
    """Write `<model>.md` into a folder and return its path."""
    path = folder / f"{report.model}.md"
    path.write_text("\n".join(_lines(report)) + "\n", encoding="utf-8")
    return path


def _lines(report: TrainingReport) -> Iterator[str]:
    yield f"# {report.model}\n"
    yield f"{report.summary}\n"
    yield f"Licence of the weights: **{report.licence}**.\n"
    yield "| file | bytes | sha256 |\n|---|---|---|"
    for file in report.weights:
        yield f"| `{file.name}` | {file.stat().st_size:,} | `{hashlib.sha256(file.read_bytes()).hexdigest()}` |"
    yield "\n## Data\n\n| set | rows | licence | note |\n|---|---|---|---|"
    for source in report.sources:
        yield f"| {source.name} | {source.rows:,} | {source.licence} | {source.note} |"
    yield f"\n{report.splits}\n"
    yield "## Held-out figures"
    for figures in report.figures:
        yield from _figures(figures)
    yield "\n## Limits\n"
    yield from (f"- {limit}" for limit in report.limits)
    yield "\n## Training\n"
    yield f"`{report.command}`, {report.seconds / 60:.1f} minutes.\n"
    yield from (f"- {name}: {value}" for name, value in report.notes.items())


def _figures(figures: Figures) -> Iterator[str]:
    yield f"\n### {figures.name} ({figures.rows:,} rows)\n"
    yield "| | accuracy | UAR | macro-F1 |\n|---|---|---|---|"
    yield f"| this model | {figures.accuracy:.3f} | {figures.uar:.3f} | {figures.macro_f1:.3f} |"
    chance = 1 / len(figures.recall)
    yield f"| always `{figures.majority}` | {figures.majority_accuracy:.3f} | {chance:.3f} | |"
    yield ("\nRecall: " + ", ".join(f"{emotion} {recall:.2f}" for emotion, recall in figures.recall.items()) + ".\n")
    yield "| truth \\ answer | " + " | ".join(EMOTIONS) + " |\n|---" + "|---" * len(EMOTIONS) + "|"
    for emotion, row in zip(EMOTIONS, figures.confusion, strict=True):
        yield f"| {emotion} | " + " | ".join(str(n) for n in row) + " |"
