"""`attune eval statements`: the detector of what people say of their own feeling, on the texts that ship."""

from __future__ import annotations

import json
from dataclasses import dataclass

from api.errors import InputInvalid
from api.evaluating import Shown, shown_language
from api.settings import load_settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Stated(Shown):
    """What the command prints, and what its exit code depends on."""

    f1: float
    """Micro-F1, in [0, 1]."""


def evaluate_stated(*, split: str, written_in: str | None, failures: bool, lang: str | None) -> Stated:
    """Run the detector.

    Args:
        split: Of the texts: dev, test or all.
        written_in: Of the texts, en or zh; both when None.
        failures: Whether the summary lists them.
        lang: Of the summary; that of the settings, else of the terminal, when None.

    Raises:
        InputInvalid: a language is none there is, or the split is none.
        ItemsInvalid: a file of texts is not what it should be.
    """
    from evals.statements import evaluate_statements, failure_lines, load_texts, summary_lines

    shown_in = shown_language(lang, load_settings())
    for option, value, known in (
        ("--split", split, ("dev", "test", "all")),
        ("--written-in", written_in, ("en", "zh")),
    ):
        if value is not None and value not in known:
            raise InputInvalid(f"{option} {value!r} is none of the texts; write {' or '.join(known)}")
    found = evaluate_statements(load_texts(split, lang=written_in), split=split)
    listed = tuple(failure_lines(found, shown_in)) if failures else ()
    return Stated(
        json=json.dumps(found.as_dict(), ensure_ascii=False, indent=2),
        summary=(*listed, *summary_lines(found, shown_in, listed=failures)),
        f1=found.overall.f1,
    )
