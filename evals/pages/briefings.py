"""What the chat model is told in made-up turns, for docs/mood.md: `python -m evals.pages.briefings docs/mood.md`."""

from __future__ import annotations

import sys
from pathlib import Path

from evals.pages.cases import CASES
from evals.pages.sections import replaced

__all__ = ["CASES", "NAME", "table"]

NAME = "briefings"
"""Of its section in the page."""


def table() -> str:
    """A row for each turn, in Markdown: what it shows, and what is told in English and Chinese."""
    rows = (f"| {case.about} | {case.told('en') or '–'} | {case.told('zh') or '–'} |\n" for case in CASES)
    return "| the turn | in English | in Chinese |\n|---|---|---|\n" + "".join(rows)


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(replaced(page.read_text("utf-8"), NAME, table()), "utf-8")
