"""A manifest of recordings of which it is known what was said."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

from agent.errors import RowInvalid
from agent.manifest import numbered_lines, parse_line, read_row
from evals.errors import ManifestUnusable
from evals.perception.values import Broken
from evals.transcription.normalise import normalise
from evals.transcription.values import Spoken

REFERENCES: Final = ("reference", "text_reference", "text")
"""Columns that may say what was said; the first that a row fills counts."""


def read_spoken(manifest: Path) -> tuple[str, int, tuple[Spoken, ...], tuple[Broken, ...]]:
    """Read a manifest: its hash, how many lines it has, the rows that can be used, and the broken ones.

    Raises:
        ManifestUnusable: it cannot be read, or has no row that can be used.
    """
    try:
        data = manifest.read_bytes()
    except (OSError, ValueError) as error:
        raise ManifestUnusable(f"cannot read the manifest {str(manifest)!r}: {error}; check the path") from error
    rows: list[Spoken] = []
    broken: list[Broken] = []
    lines = list(numbered_lines(data.split(b"\n")))
    for number, line in lines:
        found = _read(number, line)
        (rows if isinstance(found, Spoken) else broken).append(found)  # type: ignore[arg-type]
    if not rows:
        why = f"; the first, line {broken[0].line}: {broken[0].reason}" if broken else ": it is empty"
        raise ManifestUnusable(f"no row of {manifest.name!r} can be used{why}")
    return hashlib.sha256(data).hexdigest(), len(lines), tuple(rows), tuple(broken)


def _read(number: int, line: bytes) -> Spoken | Broken:
    row_id: Any = None
    try:
        row = read_row(parse_line(line))
        row_id = row.id
        if not row.audio:
            raise RowInvalid("the row has no audio")
        extra = row.model_extra or {}
        given = {**extra, "text": row.text}
        reference = next((given[name] for name in REFERENCES if given.get(name)), None)
        if not isinstance(reference, str) or not normalise(reference, lang=row.lang):
            raise RowInvalid(f"no words in any of the columns {', '.join(REFERENCES)}")
    except RowInvalid as error:
        return Broken(line=number, id=row_id, trouble="row", reason=str(error))
    speaker = extra.get("speaker")
    return Spoken(
        line=number,
        row=row,
        reference=reference,
        corpus=str(extra.get("corpus") or "all"),
        speaker=None if speaker in (None, "") else str(speaker),
    )
