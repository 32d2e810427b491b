"""The folder of a report: `report.json`, `rows.jsonl`, `report.html`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from evals.errors import ManifestUnusable
from evals.perception.evaluation import Evaluation
from evals.perception.page import render_page
from evals.perception.stored import REPORT, ROWS, stored_lines

PAGE: Final = "report.html"
"""For people."""


def write_report(evaluation: Evaluation, folder: Path, *, lang: str = "en") -> Path:
    """Write the report, the machine-readable part last: where `report.json` is, the report is whole.

    Args:
        evaluation: What was found.
        folder: Made where there is none; an earlier report in it is replaced.
        lang: Of the page, `en` or `zh`.

    Returns:
        The path of the page.

    Raises:
        ManifestUnusable: the folder cannot be written.
    """
    files = {
        ROWS: "".join(line + "\n" for line in stored_lines(evaluation.rows)),
        PAGE: render_page(evaluation, lang),
        REPORT: json.dumps(evaluation.as_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n",
    }
    write_files(folder, files)
    return folder / PAGE


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts as files, each whole or not at all; where `report.json` is, all of them are.

    Raises:
        ManifestUnusable: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            _part(folder / name).write_text(text, encoding="utf-8", newline="\n")
        (folder / REPORT).unlink(missing_ok=True)
        for name in files:
            _part(folder / name).replace(folder / name)
    except OSError as error:
        raise ManifestUnusable(
            f"cannot write the report to {str(folder)!r} ({error.strerror}); choose another --out"
        ) from error
    finally:
        with suppress(OSError):
            for name in files:
                _part(folder / name).unlink(missing_ok=True)


def check_folder(folder: Path) -> None:
    """Whether a report may go there; asked before hours are spent, and nothing is made yet.

    Raises:
        ManifestUnusable: it cannot be written, or files that are no report's would be lost.
    """
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        raise ManifestUnusable(f"cannot write the report to {str(folder)!r}; choose another --out")
    rows = folder / ROWS
    if rows.exists() and not (folder / REPORT).exists():
        raise ManifestUnusable(f"{str(rows)!r} is of no report and would be replaced; choose another --out")


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
