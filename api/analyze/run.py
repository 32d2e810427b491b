"""A run: read a batch, score it, write it, and make it safe; then the next."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from api.analyze.aggregate import Aggregate
from api.analyze.journal import (
    Appended,
    Files,
    Identity,
    Saved,
    alone,
    fingerprint,
    forget,
    load,
    save,
)
from api.analyze.plan import AnalyzePlan, check_plan
from api.analyze.reading import Source, open_source
from api.analyze.report import make_report, write_report
from api.analyze.scoring import Labeller, Scorer, score
from api.analyze.values import Batch, Row, Verdict
from api.analyze.writing import finish_part, make_encoder
from api.errors import InputInvalid

Tell = Callable[[float, int], None]
"""Told the part of the input done, in [0, 1], and the rows done."""
Judge = Callable[[Sequence[Row]], list[Verdict]]
"""Rows in, what is said of each out, in order."""
_AGAIN: Final = "then run the same command again: it goes on where it stopped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Analyzed:
    """What a run came to."""

    report: Mapping[str, Any]
    """The figures, as in `report.json`."""
    page: Path | None
    """The report for people, where one was wanted."""
    errors: Path | None
    """The list of broken rows, where there are any."""
    resumed_at: int
    """Rows that were done before."""
    seconds: float
    """Time the other rows took, without the report."""


def analyze(
    plan: AnalyzePlan,
    scorer: Scorer,
    *,
    models: Mapping[str, str],
    labeller: Labeller | None = None,
    tell: Tell = lambda _part, _rows: None,
    resuming: Callable[[int], None] = lambda _rows: None,
) -> Analyzed:
    """Analyse a table: the output, its list of broken rows, and the report.

    A run that was stopped at any point, a kill and a loss of power included, goes on where it stopped when it is
    started again, and gives the same bytes as one that was not.

    Args:
        plan: What to analyse, and how.
        scorer: The text sense.
        models: What the scores depend on, such as its name and version; it must be the same to go on.
        labeller: Labels of the user's own, where the plan names a model of them.
        tell: Told how far it is, after each batch.
        resuming: Told how many rows were done before, where there are any.

    Raises:
        InputInvalid: it cannot begin or go on; the message says why, and what to do.
    """
    check_plan(plan)
    files = Files(out=plan.out)
    if plan.source.resolve() in (path.resolve() for path in files.beside):
        raise InputInvalid(
            f"the input {str(plan.source)!r} is a file that --out writes beside it; choose another --out"
        )
    judge = partial(score, scorer=scorer, lang=plan.lang, labeller=labeller)
    try:
        with alone(files):
            return _analyze(plan, files, judge, models, tell, resuming)
    except OSError as error:
        where = f" {error.filename!r}" if error.filename else f" {str(plan.out)!r}"
        raise InputInvalid(f"stopped at{where}: {error.strerror or error}; make room or mend that, {_AGAIN}") from error


def _analyze(
    plan: AnalyzePlan,
    files: Files,
    judge: Judge,
    models: Mapping[str, str],
    tell: Tell,
    resuming: Callable[[int], None],
) -> Analyzed:
    identity = Identity(source=fingerprint(plan.source), settings={**plan.settings(), **models})
    began = time.monotonic()
    saved = _begin(plan, files, identity)
    before = saved.position.rows
    if before:
        resuming(before)
    if saved.stage == "rows":
        saved = _all_rows(plan, files, identity, saved, judge, tell)
        if fingerprint(plan.source) != identity.source:
            raise InputInvalid(f"the input {str(plan.source)!r} changed while it was read; start again with --fresh")
        saved = replace(saved, stage="finishing")
        save(files, identity, saved)
    seconds = time.monotonic() - began
    report, page, errors = _finish(plan, files, identity, saved)
    return Analyzed(report=report, page=page, errors=errors, resumed_at=before, seconds=seconds)


def _begin(plan: AnalyzePlan, files: Files, identity: Identity) -> Saved:
    """Where to begin."""
    if plan.fresh:
        files.journal.unlink(missing_ok=True)
        return Saved()
    saved = load(files, identity)
    if saved is None and plan.out.exists():
        raise InputInvalid(f"--out {str(plan.out)!r} is there already; --fresh replaces it")
    return saved or Saved()


def _all_rows(plan: AnalyzePlan, files: Files, identity: Identity, saved: Saved, judge: Judge, tell: Tell) -> Saved:
    """Everything up to the last row, from where it was left."""
    aggregate = Aggregate.of(plan.columns, dict(saved.tally)) if saved.tally else Aggregate(plan.columns)
    with ExitStack() as stack:
        source: Source = stack.enter_context(open_source(plan))
        encoder = make_encoder(plan, source)
        out = stack.enter_context(closing(Appended(files.part, saved.out_bytes)))
        errors = stack.enter_context(closing(Appended(files.errors_part, saved.error_bytes)))
        if not saved.out_bytes:
            out.append(encoder.head())
        for batch in source.batches(saved.position):
            verdicts = judge(batch.rows)
            out.append(encoder.encode(batch, verdicts))
            errors.append(_fault_lines(batch, verdicts))
            aggregate.add(batch, verdicts)
            saved = Saved(position=batch.end, out_bytes=out.size, error_bytes=errors.size, tally=aggregate.state())
            save(files, identity, saved)
            tell(batch.part, batch.end.rows)
    # an input without rows has figures too
    return saved if saved.tally else replace(saved, out_bytes=out.size, tally=aggregate.state())


def _fault_lines(batch: Batch, verdicts: list[Verdict]) -> bytes:
    """A JSON line for each row with something wrong."""
    lines = []
    for row, verdict in zip(batch.rows, verdicts, strict=True):
        if verdict.faults:
            shown = {
                "row": row.number,
                **({} if row.line is None else {"line": row.line}),
                "status": verdict.status,
                "causes": [{"cause": each.cause, "detail": each.detail} for each in verdict.faults],
                **({} if row.raw is None else {"raw": row.raw}),
            }
            lines.append(json.dumps(shown, ensure_ascii=False) + "\n")
    return "".join(lines).encode("utf-8", "replace")


def _finish(
    plan: AnalyzePlan, files: Files, identity: Identity, saved: Saved
) -> tuple[Mapping[str, Any], Path | None, Path | None]:
    """Give everything its name. Each step may have been done by a run that was stopped after it."""
    aggregate = Aggregate.of(plan.columns, dict(saved.tally))
    if files.errors_part.exists():
        files.errors_part.replace(files.errors)
    if not saved.error_bytes:
        files.errors.unlink(missing_ok=True)
    errors = files.errors if saved.error_bytes else None
    report = make_report(aggregate, identity, errors)
    page = write_report(report, plan.report, plan.ui_lang) if plan.report is not None else None
    # holding the output makes an empty part again where the whole one has its name already
    if files.part.exists() and files.part.stat().st_size == saved.out_bytes:
        finish_part(plan.out_kind, files.part, plan.out)
    forget(files)
    return report, page, errors
