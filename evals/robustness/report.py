"""The folder of a report: `report.json`, `rows.jsonl`, `report.html`, `robustness.svg`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from evals.perception.report import PAGE, write_files
from evals.perception.stored import REPORT, ROWS, rounded
from evals.robustness.evaluation import Robustness
from evals.robustness.page import render_page
from evals.robustness.plot import plot_robustness
from evals.robustness.values import HeardRow

PICTURE: Final = "robustness.svg"
"""UAR by condition."""


def write_robustness(found: Robustness, folder: Path, *, lang: str = "en") -> Path:
    """Write the report, the machine-readable part last: where `report.json` is, the report is whole.

    Args:
        found: What was found.
        folder: Made where there is none; an earlier report in it is replaced.
        lang: Of the page and of the picture, `en` or `zh`.

    Returns:
        The path of the page.

    Raises:
        ManifestUnusable: the folder cannot be written.
    """
    from perception.metrics.plots import svg

    picture = svg(plot_robustness(found.conditions, name=found.plan.manifest.name, lang=lang))
    files = {
        ROWS: "".join(line + "\n" for line in _lines(found.rows)),
        PICTURE: '<?xml version="1.0" encoding="utf-8"?>\n' + picture,
        PAGE: render_page(found, lang),
        REPORT: json.dumps(found.as_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n",
    }
    write_files(folder, files)
    return folder / PAGE


def _lines(rows: Sequence[HeardRow]) -> Iterator[str]:
    for row in rows:
        answers = {
            name: {
                "status": answer.status,
                "scores": rounded(answer.scores) if answer.scores else None,
                "quality": round(answer.quality, 4),
            }
            for name, answer in row.answers.items()
        }
        shown = {"id": row.id, "line": row.line, "label": row.truth.value, "speaker": row.group, "conditions": answers}
        yield json.dumps(shown, ensure_ascii=False)
