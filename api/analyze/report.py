"""The figures of a run, and the folder they are written to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

from api.analyze.aggregate import Aggregate
from api.analyze.journal import Identity, sync
from api.analyze.labelled import Labelled
from api.analyze.tally import Tally
from api.analyze.values import BROKEN
from perception import EMOTIONS, Status
from perception.metrics.values import plain
from perception.text.sentiment import POLARITIES

PAGE: Final = "report.html"
FIGURES: Final = "report.json"
LISTED: Final = 1000
"""Broken rows in the report."""


def make_report(aggregate: Aggregate, identity: Identity, errors: Path | None) -> dict[str, Any]:
    """The figures, JSON-ready. They hold nothing of how long a run took, so they are the same however often it stopped.

    Args:
        aggregate: All that was counted.
        identity: The input and the settings.
        errors: The list of broken rows, where there are any.
    """
    total = aggregate.total
    settings = identity.settings
    return {
        "input": dict(identity.source),
        "settings": dict(settings),
        "models": dict(aggregate.models),
        "rows": {
            "total": total.rows,
            "answered": total.answered,
            "uncertain": sum(aggregate.uncertain),
            "faulty": aggregate.faulty,
            "by_status": _by_status(aggregate),
        },
        **_shares(total),
        "uncertain_emotions": dict(zip(EMOTIONS, aggregate.uncertain, strict=True)),
        "cues": dict(aggregate.cues),
        "groups": _groups(aggregate, settings["--group-column"]),
        "time": _time(aggregate, settings["--time-column"]),
        "labels": _labels(aggregate.labelled, settings["--label-column"]),
        "most_negative": aggregate.most_negative(),
        "faults": {
            "causes": dict(aggregate.causes.most_common()),
            "file": errors.name if errors else None,
            "first": _first(errors),
        },
    }


def _by_status(aggregate: Aggregate) -> dict[str, int]:
    order = [*(str(status) for status in Status), BROKEN]
    return {status: aggregate.statuses[status] for status in order if aggregate.statuses[status]}


def _shares(tally: Tally) -> dict[str, Any]:
    """Of the rows answered, by emotion and by side."""
    answered = max(1, tally.answered)
    return {
        "emotions": {
            str(name): {"rows": n, "share": plain(n / answered)}
            for name, n in zip(EMOTIONS, tally.emotions, strict=True)
        },
        "sentiment": {
            str(name): {"rows": n, "share": plain(n / answered)}
            for name, n in zip(POLARITIES, tally.sides, strict=True)
        },
        "mean_intensity": plain(tally.mean_intensity),
    }


def _part(name: str | None, tally: Tally) -> dict[str, Any]:
    return {"name": name, "rows": tally.rows, "answered": tally.answered, **_shares(tally)}


def _groups(aggregate: Aggregate, column: Any) -> dict[str, Any] | None:
    """The largest first; the name of the rows without a group is None."""
    if aggregate.groups is None:
        return None
    ordered = sorted(aggregate.groups.tallies.items(), key=lambda each: (-each[1].rows, each[0]))
    others = aggregate.groups.others
    return {
        "column": column,
        "parts": [_part(name or None, tally) for name, tally in ordered],
        "others": _part(None, others) if others.rows else None,
    }


def _time(aggregate: Aggregate, column: Any) -> dict[str, Any] | None:
    """In order of time."""
    timeline = aggregate.timeline
    if timeline is None:
        return None
    return {
        "column": column,
        "grain": timeline.grain,
        "parts": [_part(name, tally) for name, tally in sorted(timeline.tallies.items())],
        "unread": timeline.unread.rows,
        "unread_examples": timeline.examples,
    }


def _labels(labelled: Labelled | None, column: Any) -> dict[str, Any] | None:
    """The figures by emotion, by side, or both, as the labels name them; `neutral` counts for each."""
    if labelled is None:
        return None
    from api.analyze.figures import measure_matrix

    kinds = labelled.kinds
    by_side = kinds["side"] > 0
    by_emotion = kinds["emotion"] > 0 or (kinds["both"] > 0 and not by_side)
    return {
        "column": column,
        "missing": kinds["missing"],
        "unknown": kinds["unknown"],
        "unknown_labels": dict(sorted(labelled.unknown.items(), key=lambda each: (-each[1], each[0]))),
        "emotions": measure_matrix(labelled.emotions, [str(each) for each in EMOTIONS]) if by_emotion else None,
        "sentiment": measure_matrix(labelled.sides, [str(each) for each in POLARITIES]) if by_side else None,
    }


def _first(errors: Path | None) -> list[Any]:
    if errors is None:
        return []
    with errors.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in islice(lines, LISTED)]


def write_report(report: Mapping[str, Any], folder: Path, lang: str) -> Path:
    """Write `report.html` and `report.json`, each whole or not at all; the path of the page.

    Args:
        report: As `make_report` makes it.
        folder: Made where there is none; an earlier report in it is replaced.
        lang: Of the page, `en` or `zh`.

    Raises:
        OSError: the folder cannot be written.
    """
    from api.analyze.page import render_page

    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        PAGE: render_page(report, lang),
        FIGURES: json.dumps(report, ensure_ascii=False, indent=2, allow_nan=False) + "\n",
    }
    for name, text in texts.items():
        fresh = folder / f".{name}.part"
        with fresh.open("wb") as file:
            file.write(text.encode())
            sync(file)
        fresh.replace(folder / name)
    return folder / PAGE
