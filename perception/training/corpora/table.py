"""A table of people's own: a row an example, with columns that are named or guessed."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from perception.training.corpora.base import Corpus, LeftOut, Row
from perception.training.corpora.columns import EVIDENCE, NAMES, columns_of
from perception.training.corpora.dialogues import in_context
from perception.training.corpora.example import Example, Span
from perception.training.corpora.files import FILM, PICTURE, SOUND
from perception.training.corpora.labels import agreed, emotion_of, plain, several
from perception.training.corpora.meanings import meanings
from perception.training.corpora.official import official
from perception.training.corpora.registry import corpus
from perception.training.corpora.sheets import ENDINGS, Record, sheet, sheets_of
from perception.training.errors import CorpusOptionInvalid, TrainingDataMissing

_LANGUAGES: Final = {"eng": "en", "english": "en", "英语": "en", "chn": "zh", "zho": "zh", "cn": "zh", "chinese": "zh"}


@corpus
class Table(Corpus):
    """CSV, TSV or JSON lines, such as a manifest of Attune. Splits may be tables of their own: `train.csv`.

    Paths are relative to the table, or to `files`. A row with several labels counts where all mean one emotion.
    """

    name = "table"
    title = "a table"
    modalities = ("text", "audio", "vision")
    takes_file = True
    licence = "yours to know"
    layout = (
        "a CSV, TSV or JSON-lines file with a column label (or emotion) and one of text, audio, image and path; "
        "speaker, dialogue, lang, split, id, start, end and context where they are known"
    )
    generic = True

    def __init__(
        self, *, labels: Mapping[str, str] | None = None, files: str | Path | None = None, **columns: str
    ) -> None:
        """Say what cannot be guessed.

        Args:
            labels: what labels mean that are no synonyms of the seven.
            files: folder that paths are relative to.
            columns: names of columns by use: `text="tweet"`, `label="gold"`.

        Raises:
            CorpusOptionInvalid: a use is not known, or a label is to mean none of the seven emotions.
        """
        if unknown := [use for use in columns if use not in NAMES]:
            raise CorpusOptionInvalid(f"{unknown[0]!r} is no use of a column; there are {', '.join(NAMES)}")
        self._labels = meanings(labels)
        self._files = None if files is None else Path(files)
        self._columns = columns

    def rows(self, root: Path) -> Iterator[Row]:
        tables = sheets_of(root)
        for path, split in tables.items():
            yield from self._of(path, split, prefix=f"{path.name.partition('.')[0]}/" if len(tables) > 1 else "")

    def _of(self, path: Path, split: str | None, *, prefix: str) -> Iterator[Row]:
        records = list(sheet(path))
        columns = columns_of(dict.fromkeys(name for record in records for name in record or ()), self._columns)
        self._check(columns, records, path)
        fields = [None if record is None else _fields(record, columns) for record in records]
        ids = [str(record.get("id", "")) for record in fields if record is not None]
        own = all(ids) and len(set(ids)) == len(ids)
        turns = (
            self._turn(record, prefix + (str(record["id"]) if own and record else str(number)), split, path.parent)
            for number, record in enumerate(fields, start=1)
        )
        # a table that brings contexts knows them better than the order of its rows
        return (row for *_, row in turns) if "context" in columns else in_context(turns)

    def _check(self, columns: Mapping[str, str], records: Sequence[Record | None], path: Path) -> None:
        if "label" in columns and any(use in columns for use in EVIDENCE):
            return
        lacking = "label" if "label" not in columns else "text"
        there = ", ".join(map(repr, next((record for record in records if record), {}))) or "none"
        raise TrainingDataMissing(
            f"{str(path)!r} has no column that looks like {lacking}; it has {there}. Say which is which, such as "
            f"{lacking}=COLUMN; a table ends in {', '.join(ENDINGS)}"
        )

    def _turn(self, record: Record | None, name: str, split: str | None, folder: Path) -> tuple[Hashable, str, Row]:
        if record is None:
            return name, "", LeftOut(reason="row")
        part = official(str(record.get("split", ""))) or split
        dialogue = str(record.get("dialogue", ""))
        words = str(record.get("text", "")).strip()
        return (part, dialogue) if dialogue else name, words, self._row(record, name, part, folder)

    def _row(self, record: Record, name: str, split: str | None, folder: Path) -> Row:
        labels = _labels(record.get("label", ""))
        if not labels:
            return LeftOut(reason="unlabelled")
        if (emotion := agreed(emotion_of(label, self._labels) for label in labels)) is None:
            return LeftOut(reason="mixed") if len(labels) > 1 else LeftOut(reason="label", detail=labels[0])
        audio, image = (self._file(record, kind, folder) for kind in ("audio", "image"))
        if any(path is not None and not path.is_file() for path in (audio, image)):
            return LeftOut(reason="missing")
        text, (span, whole) = str(record.get("text", "")).strip() or None, _span(record)
        if not (text or audio or image) or not whole:
            return LeftOut(reason="row")
        return Example(
            id=name,
            emotion=emotion,
            label=",".join(labels),
            text=text,
            audio=audio,
            image=image,
            span=span if audio else None,
            context=_context(record.get("context")),
            speaker=str(record.get("speaker", "")) or None,
            dialogue=str(record.get("dialogue", "")) or None,
            lang=_language(str(record.get("lang", ""))),
            split=split,
        )

    def _file(self, record: Record, kind: str, folder: Path) -> Path | None:
        """The recording or the picture of a row; a column `path` counts for what the ending says."""
        base = folder if self._files is None else self._files
        if name := str(record.get(kind, "")).strip():
            return base / name
        name = str(record.get("path", "")).strip()
        endings = PICTURE if kind == "image" else (*SOUND, *FILM)
        return base / name if name.lower().endswith(endings) else None


def _fields(record: Record, columns: Mapping[str, str]) -> dict[str, Any]:
    """The values of a row by use; what is empty is not there."""
    values = {use: record.get(column) for use, column in columns.items()}
    return {use: value for use, value in values.items() if value is not None and value != ""}


def _labels(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(label) for label in value)
    return (str(value),) if emotion_of(str(value)) else several(str(value))


def _context(value: object) -> tuple[str, ...]:
    return tuple(str(turn) for turn in value) if isinstance(value, list) else ()


def _language(name: str) -> str | None:
    key = plain(name).partition(" ")[0]
    return _LANGUAGES.get(key, key) or None


def _span(record: Record) -> tuple[Span | None, bool]:
    """The part of the recording that is meant, and whether its numbers are sound."""
    if "end" not in record:
        return None, "start" not in record
    try:
        start, end = float(record.get("start", 0)), float(record["end"])
    except (TypeError, ValueError):
        return None, False
    return (Span(start=start, end=end), True) if 0 <= start < end else (None, False)
