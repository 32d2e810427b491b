"""Reading a labelled manifest: what can be perceived, and what is wrong with the rest."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

from agent.errors import RowInvalid
from agent.manifest import Row, numbered_lines, parse_line, read_row
from evals.errors import ManifestUnusable
from evals.perception.labels import emotion_of
from evals.perception.values import CLUSTERS, Broken, Labelled, LabelledRow, Plan, Trouble
from perception import Modality


def read_labelled(plan: Plan) -> Labelled:
    """Read the rows of a manifest and their labels. Files that rows name are not opened yet.

    Raises:
        ManifestUnusable: it cannot be read, has no usable row, or lacks a column that the plan names.
    """
    try:
        data = plan.manifest.read_bytes()
    except (OSError, ValueError) as error:
        raise ManifestUnusable(f"cannot read the manifest {str(plan.manifest)!r}: {error}; check the path") from error
    rows: list[LabelledRow] = []
    broken: list[Broken] = []
    unknown: Counter[str] = Counter()
    lines = list(numbered_lines(data.split(b"\n")))
    for number, line in lines:
        found = _read(number, line, plan, unknown)
        (rows if isinstance(found, LabelledRow) else broken).append(found)  # type: ignore[arg-type]
    narrowed = [_narrowed(each, plan.senses) for each in rows]
    kept = [each for each in narrowed if each is not None]
    _check(plan, rows, kept, broken, len(lines))
    return Labelled(
        sha256=hashlib.sha256(data).hexdigest(),
        lines=len(lines),
        rows=tuple(_sample(kept, plan)),
        broken=tuple(broken),
        without_evidence=len(rows) - len(kept),
        usable=len(kept),
        unknown_labels=dict(unknown.most_common()),
    )


def cell(row: Row, column: str) -> str | None:
    """What a row has in a column, as text; None where it has nothing."""
    extra = row.model_extra or {}
    value = extra.get(column) if column not in Row.model_fields else getattr(row, column)
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=list)


def cluster_column(plan: Plan, rows: Sequence[LabelledRow]) -> str | None:
    """The column whose values the bootstrap draws whole; None where rows are independent as far as one can tell."""
    if plan.cluster:
        return plan.cluster
    return next((name for name in CLUSTERS if all(cell(each.row, name) is not None for each in rows)), None)


def _read(number: int, line: bytes, plan: Plan, unknown: Counter[str]) -> LabelledRow | Broken:
    row_id: str | int | None = None
    trouble: Trouble = "json"
    try:
        data = parse_line(line)
        trouble = "row"
        row_id = _id(data)
        row = read_row(data)
        trouble = "label"
        label: Any = data.get(plan.label_column)
        try:
            return LabelledRow(line=number, row=row, truth=emotion_of(label, plan.label_map))
        except ValueError as error:
            if isinstance(label, (str, int)) and not isinstance(label, bool) and label != "":
                unknown[str(label)] += 1
            where = f" in the column {plan.label_column!r}" if label in (None, "") else ""
            raise RowInvalid(f"{error}{where}") from error
    except RowInvalid as error:
        return Broken(line=number, id=row_id, trouble=trouble, reason=str(error))


def _id(data: Any) -> str | int | None:
    """Of a row that may be no row; halves of characters in it are replaced, since a report could not hold them."""
    found = data.get("id") if isinstance(data, dict) else None
    if isinstance(found, str):
        return found.encode("utf-8", "replace").decode("utf-8")
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _narrowed(each: LabelledRow, senses: Sequence[Modality]) -> LabelledRow | None:
    """The row with evidence for these senses only; None where it has none."""
    row = each.row
    heard = Modality.AUDIO in senses or (row.transcribe and Modality.TEXT in senses and row.text is None)
    kept = row.model_copy(
        update={
            "text": row.text if Modality.TEXT in senses else None,
            "image": row.image if Modality.VISION in senses else None,
            "audio": row.audio if heard else None,
            "transcribe": row.transcribe and Modality.TEXT in senses,
        }
    )
    return LabelledRow(line=each.line, row=kept, truth=each.truth) if kept.has_evidence else None


def _sample(rows: list[LabelledRow], plan: Plan) -> list[LabelledRow]:
    """So many rows as the plan wants, drawn at random and left in order: corpora are often sorted by label."""
    if plan.limit is None or plan.limit >= len(rows):
        return rows
    chosen = sorted(random.Random(plan.seed).sample(range(len(rows)), plan.limit))  # noqa: S311  (no secret)
    return [rows[at] for at in chosen]


def _check(
    plan: Plan, rows: Sequence[LabelledRow], kept: Sequence[LabelledRow], broken: Sequence[Broken], lines: int
) -> None:
    name = plan.manifest.name
    if not lines:
        raise ManifestUnusable(f"the manifest {name!r} is empty; write a JSON object a line, with id, text and label")
    if not rows:
        first = broken[0]
        raise ManifestUnusable(
            f"no row of {name!r} can be used ({len(broken)} of {lines} are broken); "
            f"the first, line {first.line}: {first.reason}"
        )
    if not kept:
        raise ManifestUnusable(f"no row of {name!r} has anything for {', '.join(plan.senses)}; choose another --sense")
    for column in plan.by:
        if all(cell(each.row, column) is None for each in kept):
            raise ManifestUnusable(f"no row of {name!r} has the column {column!r}; there are {_columns(kept)}")
    without = [each.line for each in kept if plan.cluster and cell(each.row, plan.cluster) is None]
    if without:
        raise ManifestUnusable(
            f"{len(without)} rows of {name!r} lack the column {plan.cluster!r} of --cluster, the first in line "
            f"{without[0]}; there are {_columns(kept)}"
        )


def _columns(rows: Sequence[LabelledRow]) -> str:
    """The columns that any row fills, for a message."""
    filled = {
        name
        for each in rows
        for name in (*Row.model_fields, *(each.row.model_extra or {}))
        if cell(each.row, name) not in (None, "false", "[]")
    }
    return ", ".join(sorted(filled))
