"""Every row through the senses, as a person's turn would go."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from agent import Perceived, Senses
from agent.manifest import in_order, perceive_row, why_bad
from evals.perception.labelled import cell
from evals.perception.values import FUSED, SILENT, Answer, Broken, LabelledRow, MeasuredRow
from perception import Modality

Progress = Callable[[int, int], None]
"""Told how many rows are done, and of how many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What came of all rows."""

    # asyncio writes the result of its main task out at the end, for nobody to read
    rows: tuple[MeasuredRow, ...] = field(repr=False)
    """Perceived, in the order of the manifest."""
    broken: tuple[Broken, ...] = field(repr=False)
    """Those whose files could not be read, in the order of the manifest."""
    seconds: float
    """Wall time of perceiving, loading included."""


async def perceive_rows(
    senses: Senses,
    rows: Sequence[LabelledRow],
    *,
    root: Path,
    wanted: Collection[Modality],
    columns: Collection[str],
    progress: Progress | None = None,
) -> Run:
    """Perceive rows with a bounded number of them under way.

    Args:
        senses: The perceivers.
        rows: What to perceive.
        root: Folder that the paths of rows are relative to.
        wanted: Senses whose answers are kept.
        columns: Whose values are kept.
        progress: Told after each row.
    """
    measured: list[MeasuredRow] = []
    broken: list[Broken] = []
    began = time.perf_counter()
    jobs = (_perceive(senses, each, root, wanted, columns) for each in rows)
    async with aclosing(in_order(jobs)) as results:
        async for found in results:
            if isinstance(found, MeasuredRow):
                measured.append(found)
            else:
                broken.append(found)
            if progress is not None:
                progress(len(measured) + len(broken), len(rows))
    return Run(rows=tuple(measured), broken=tuple(broken), seconds=time.perf_counter() - began)


async def _perceive(
    senses: Senses, each: LabelledRow, root: Path, wanted: Collection[Modality], columns: Collection[str]
) -> MeasuredRow | Broken:
    row = each.row
    try:
        found = await perceive_row(senses, row, root)
    except Exception as error:  # whatever is wrong with a row costs that row
        return Broken(line=each.line, id=row.id, trouble="failed", reason=why_bad(error))
    if found.problems:
        # half a row would be judged by half its evidence
        return Broken(line=each.line, id=row.id, trouble="media", reason="; ".join(found.problems))
    transcript = found.perceived.transcript
    return MeasuredRow(
        line=each.line,
        id=row.id,
        truth=each.truth,
        cells={column: cell(row, column) for column in columns},
        text=row.text if row.text is not None else (transcript.text if transcript else None),
        seconds=found.seconds,
        answers=_answers(found.perceived, wanted),
    )


def _answers(perceived: Perceived, wanted: Collection[Modality]) -> Mapping[str, Answer]:
    answers = {
        o.modality.value: Answer(
            status=o.status.value, scores=o.scores, quality=o.quality, latency_ms=o.latency_ms, model=o.model
        )
        for o in perceived.observations
        if o.modality in wanted
    }
    heard = perceived.transcript
    if heard is not None and Modality.TEXT in wanted and Modality.TEXT.value not in answers:
        # words that could not be written down are silence of the words
        answers[Modality.TEXT.value] = Answer(
            status=heard.status.value, scores=None, quality=0.0, latency_ms=heard.latency_ms, model=heard.model
        )
    affect = perceived.affect
    if affect is not None:
        status = "ok" if affect.scores else SILENT
        answers[FUSED] = Answer(
            status=status, scores=affect.scores, quality=affect.reliability, latency_ms=0.0, model="weighted"
        )
    return answers
