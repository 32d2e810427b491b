"""What is written and shown of an evaluation of transcription."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from evals.errors import ManifestUnusable
from evals.transcription.values import Part, TranscriptionEvaluation

REPORT: Final = "report.json"
ROWS: Final = "rows.jsonl"
_HEADS: Final = {
    "en": "model            corpus       clips  words    WER  95 % interval    sub  del  ins    RTF",
    "zh": "模型             语料         条数   词数   词错率  95 % 区间        替   漏   增  实时率",
}
_BROKEN: Final = {"en": "{count} rows could not be used; the report lists them", "zh": "{count} 行无法使用；见报告"}


def write_transcription(found: TranscriptionEvaluation, folder: Path) -> Path:
    """Write `report.json`, and `rows.jsonl` with what each model wrote of each row, into a folder.

    Returns:
        The report.

    Raises:
        ManifestUnusable: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ROWS).write_text("".join(f"{line}\n" for line in _rows(found)), encoding="utf-8")
        report = folder / REPORT
        report.write_text(json.dumps(found.as_dict(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ManifestUnusable(f"cannot write into {str(folder)!r}: {error}; choose another --out") from error
    return report


def summary_lines(found: TranscriptionEvaluation, lang: str) -> tuple[str, ...]:
    """A table for a terminal of 80 columns or so, in `en` or `zh`."""
    lines = [_line(model, part) for model, parts in found.models.items() for part in parts]
    broken = (_BROKEN[lang].format(count=len(found.broken)),) if found.broken else ()
    return (_HEADS[lang], *lines, *broken)


def _line(model: str, part: Part) -> str:
    shown = part.as_dict()
    between = f"{part.interval.low:.1%} to {part.interval.high:.1%}" if part.interval else "-"
    return (
        f"{model:<16} {part.name:<11} {shown['clips']:>6} {part.words:>6} {part.wer:>6.1%}  {between:<15}"
        f" {shown['substitutions']:>4} {shown['deletions']:>4} {shown['insertions']:>4} {part.rtf:>6.2f}"
    )


def _rows(found: TranscriptionEvaluation) -> Iterator[str]:
    for model, parts in found.models.items():
        # the last part has all rows: the only one, or that of every corpus
        for row in parts[-1].rows if parts else ():
            shown = {
                "id": row.spoken.row.id,
                "line": row.spoken.line,
                "model": model,
                "corpus": row.spoken.corpus,
                "status": row.status,
                "reference": row.spoken.reference,
                "hypothesis": row.hypothesis,
                "words": row.words,
                "substitutions": row.substitutions,
                "deletions": row.deletions,
                "insertions": row.insertions,
                "seconds": round(row.seconds, 3),
                "wall_seconds": round(row.wall_seconds, 3),
            }
            yield json.dumps(shown, ensure_ascii=False)
