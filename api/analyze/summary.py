"""What a person sees on the terminal when a run is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from api.analyze.page import class_namer, say
from api.analyze.run import Analyzed

MANY: Final = 0.2
"""Part of the rows from which bytes that are no UTF-8 are no slip, but another encoding."""


def summary_lines(found: Analyzed, out: Path, lang: str) -> Iterator[str]:
    """The rows, the shares, the figures against labels, and where everything is."""
    report = found.report
    rows = report["rows"]
    counts = {name: f"{rows[key]:,}" for name, key in _COUNTS.items()}
    yield say("summary_rows", lang, **counts)
    name = class_namer(lang)
    for kind in ("sentiment", "emotions"):
        shares = (f"{name(key)} {each['share']:.1%}" for key, each in report[kind].items() if each["rows"])
        if rows["answered"]:
            yield f"{say(kind, lang)}: {', '.join(shares)}"
    if report["labels"] is not None:
        yield from _labels(report["labels"], lang)
    done = rows["total"] - found.resumed_at
    rate = f"{done / max(found.seconds, 1e-9):,.0f}"
    yield say("summary_speed", lang, n=f"{done:,}", seconds=f"{found.seconds:.1f}", rate=rate)
    if report["faults"]["causes"].get("invalid_utf8", 0) > MANY * rows["total"]:
        yield say("encoding_hint", lang)
    for path in (out, found.errors, found.page):
        if path is not None:
            yield say("wrote", lang, path=path)


_COUNTS: Final = {"rows": "total", "answered": "answered", "uncertain": "uncertain", "faulty": "faulty"}
_UNKNOWN: Final = 5


def _labels(labels: Mapping[str, Any], lang: str) -> Iterator[str]:
    name = class_namer(lang)
    for kind in ("emotions", "sentiment"):
        figures = labels[kind]
        if figures and figures["scored"]:
            span = figures["intervals"].get("accuracy")
            yield say(
                "summary_labels",
                lang,
                kind=say(kind, lang),
                accuracy=f"{figures['accuracy']:.3f}",
                span=f"[{span['low']:.3f}, {span['high']:.3f}]" if span else "",
                f1=f"{figures['macro_f1']:.3f}",
                majority=name(figures["majority"]),
                baseline=f"{figures['majority_accuracy']:.3f}",
                scored=f"{figures['scored']:,}",
            )
    if labels["unknown"]:
        shown = ", ".join(repr(label) for label in list(labels["unknown_labels"])[:_UNKNOWN])
        yield say("summary_unknown", lang, n=f"{labels['unknown']:,}", labels=shown)
