"""`attune analyze`: a table through the text sense that the settings name."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from api.analyze import AnalyzePlan, analyze, scorer_of
from api.analyze.summary import summary_lines
from api.errors import InputInvalid
from api.senses import make_perceiver
from api.settings import load_settings

if TYPE_CHECKING:
    from api.analyze.scoring import Labeller


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What the command prints."""

    json: str
    """All figures."""
    summary: tuple[str, ...]
    """A few lines for a person, with where everything is."""


def analyze_table(
    plan: AnalyzePlan,
    *,
    ui_lang: str | None,
    tell: Callable[[float, str], None],
    resuming: Callable[[int], None],
) -> Shown:
    """Analyse a table.

    Args:
        plan: What to analyse, and how; its `ui_lang` is replaced.
        ui_lang: Of the report and the summary; that of the settings, else of the terminal, when None.
        tell: Told the part done, in [0, 1], and a few words about it.
        resuming: Told how many rows were done before, where there are any.

    Raises:
        InputInvalid: it cannot begin or go on.
        ModelError: the text sense cannot work.
        SettingsInvalid: a setting is not what it should be.
    """
    from importlib.metadata import version

    from api.analyze.plan import check_plan
    from api.terminal.texts import terminal_language
    from perception import Modality

    settings = load_settings()
    if ui_lang not in (None, "en", "zh"):
        raise InputInvalid(f"--ui-lang {ui_lang!r} is no language of the report; write en or zh")
    if settings.text is None:
        raise InputInvalid("the text sense is off; set ATTUNE_TEXT=embedded, or leave it out")
    shown_in = ui_lang or settings.lang or terminal_language()
    plan = replace(plan, ui_lang=shown_in)
    check_plan(plan)
    perceiver = make_perceiver(settings, Modality.TEXT, settings.text)
    # a model that is missing should say so now, and not in each row
    perceiver.warm_up()
    models = {
        "text sense": settings.text,
        "model": perceiver.model,
        "weights policy": settings.weights_policy,
        "version of attune-agent": version("attune-agent"),
    }
    labeller = None
    if plan.model is not None:
        labeller, models["labels of your own"] = _own_labels(
            plan.model, commercial_only=settings.weights_policy == "commercial"
        )
    scorer = scorer_of(perceiver)
    found = analyze(plan, scorer, models=models, labeller=labeller, tell=_paced(tell), resuming=resuming)
    return Shown(
        json=json.dumps(found.report, ensure_ascii=False, indent=2),
        summary=tuple(summary_lines(found, plan.out, shown_in)),
    )


def _own_labels(path: Path, *, commercial_only: bool) -> tuple[Labeller, str]:
    """What gives labels of the user's own, and by what its file is known."""
    from perception.models.verified import sha256_of
    from perception.text.own import OwnLabels

    own = OwnLabels(path, commercial_only=commercial_only)
    own.warm_up()
    return own.label, f"{path.name} {sha256_of(path)[:12]}"


def _paced(tell: Callable[[float, str], None]) -> Callable[[float, int], None]:
    """Rows a second and the time left, over what this run did itself."""
    began = time.monotonic()
    first: tuple[float, int, float] | None = None

    def told(part: float, rows: int) -> None:
        nonlocal first
        now = time.monotonic()
        # of the first batch only its end is known, so speed is told from the second on
        first = first or (part, rows, now)
        speed = (rows - first[1]) / (now - first[2]) if now > first[2] else rows / max(now - began, 1e-9)
        gone = part - first[0]
        left = (1 - part) * (now - first[2]) / gone if gone > 0 else None
        shown = f"{rows:,} rows, {speed:,.0f} rows/s"
        tell(part, shown if left is None else f"{shown}, {_minutes(left)} left")

    return told


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
