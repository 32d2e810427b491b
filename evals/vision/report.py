"""The folder of a report: that of `attune eval perception`, with `confusion.png`, and `degraded.png` where asked."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Final

from evals.errors import ManifestUnusable
from evals.perception.page import number, percent, render_page
from evals.perception.report import PAGE, write_files
from evals.perception.stored import REPORT, ROWS, stored_lines
from evals.robustness.bars import plot_accuracy_drops
from evals.robustness.page import drop_span, drop_text
from evals.vision.evaluation import VisionEvaluation
from evals.vision.texts import name_kind, name_reason, say

CONFUSION: Final = "confusion.png"
"""What each emotion is taken for."""
DEGRADED: Final = "degraded.png"
"""How much accuracy each degradation costs."""

_TEMPLATE: Final = "sections.html.j2"


def write_vision(found: VisionEvaluation, folder: Path, *, lang: str = "en") -> Path:
    """Write the report, the machine-readable part last: where `report.json` is, the report is whole.

    Args:
        found: What was found.
        folder: Made where there is none; an earlier report in it is replaced.
        lang: Of the page and of the pictures, `en` or `zh`.

    Returns:
        The path of the page.

    Raises:
        ManifestUnusable: the folder cannot be written.
    """
    _draw(found, folder, lang)
    files = {
        ROWS: "".join(line + "\n" for line in stored_lines(found.perceived.rows)),
        PAGE: render_page(found.perceived, lang, more=_sections(found, lang)),
        REPORT: json.dumps(found.as_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n",
    }
    write_files(folder, files)
    return folder / PAGE


def _draw(found: VisionEvaluation, folder: Path, lang: str) -> None:
    from perception.metrics.plots import plot_confusion, save

    try:
        folder.mkdir(parents=True, exist_ok=True)
        save(plot_confusion(found.vision.figures, lang=lang), folder / CONFUSION)
        (folder / DEGRADED).unlink(missing_ok=True)
        if found.degraded is not None:
            name = f"{found.prepared.corpus.title}, n = {found.degraded.rows}"
            save(plot_accuracy_drops(found.degraded.conditions, name=name, lang=lang), folder / DEGRADED)
    except OSError as error:
        raise ManifestUnusable(
            f"cannot write the report to {str(folder)!r} ({error.strerror}); choose another --out"
        ) from error


def _sections(found: VisionEvaluation, lang: str) -> str:
    """What this page has beside that of `attune eval perception`, as markup."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    from perception.metrics.plots import svg

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, percent=percent, drop=drop_text, drop_span=drop_span)
    drawn = svg(plot_accuracy_drops(found.degraded.conditions, lang=lang)) if found.degraded else ""
    return environment.get_template(_TEMPLATE).render(
        t=lambda key, **values: say(key, lang, **values),
        found=found,
        corpus=found.prepared.corpus,
        reason=partial(name_reason, lang=lang),
        kind=partial(name_kind, lang=lang),
        picture=Markup(drawn),  # noqa: S704  (texts of ours, which matplotlib escapes)
    )
