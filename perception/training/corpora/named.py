"""Acted speech whose file names say everything: who speaks, what, and with which emotion.

Besides the layout of its authors, such a corpus is read from the packed one: a table `metadata.csv` (or
`voice/metadata.csv`) with columns corpus, orig, file, start and frames, where each file holds all clips of a speaker
at 16 kHz, and `orig` is the name that the clip had.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from perception.emotions import Emotion
from perception.media.values import SAMPLE_RATE
from perception.training.corpora.base import Corpus, LeftOut, Row
from perception.training.corpora.example import Example, Span
from perception.training.corpora.files import FILM, SOUND, copies, records, walk
from perception.training.corpora.official import official

TABLE: Final = "metadata.csv"
_COLUMNS: Final = ("corpus", "orig", "file", "start", "frames")


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """What the name of a file says."""

    emotion: Emotion | None
    """None when the label is none of the seven."""
    label: str
    """The label, as its authors write it."""
    speaker: str
    """Who speaks."""
    lang: str
    """ISO 639-1 code."""
    text: str | None = None
    """The sentence, where it is known."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """What else the name says."""


class NamedClips(Corpus):
    """A corpus whose file names say everything."""

    modalities = ("audio",)

    @abstractmethod
    def clip(self, path: Path) -> Clip | None:
        """What the name of a file, without its ending, says; None when it breaks the rule."""

    def rows(self, root: Path) -> Iterator[Row]:
        if (table := packed_table(root)) is not None:
            yield from self._packed(table)
            return
        clips = copies(walk(root, (*SOUND, *FILM)), self.id_of)
        for key, paths in clips.items():
            yield self.excused(key, clips) or self.row(paths[0])
            yield from (LeftOut(reason="duplicate") for _ in paths[1:])

    def id_of(self, path: Path) -> str:
        """What a clip is called; two files of one name are one clip twice."""
        return path.stem

    def excused(self, clip: str, clips: Collection[str]) -> LeftOut | None:  # noqa: ARG002
        """Why a clip is no row for what it is, or for what else is there; None for a row like others."""
        return None

    def row(self, path: Path) -> Row:
        """The row of a recording."""
        clip = self.clip(path)
        if clip is None:
            return LeftOut(reason="name")
        if clip.emotion is None:
            return LeftOut(reason="label", detail=clip.label)
        return Example(
            id=self.id_of(path),
            emotion=clip.emotion,
            label=clip.label,
            audio=path,
            text=clip.text,
            speaker=clip.speaker,
            lang=clip.lang,
            extra=clip.extra,
        )

    def _packed(self, table: Path) -> Iterator[Row]:
        for record in _sorted(record for record in records(table) if record["corpus"] == self.name):
            row = self.row(Path(record["orig"]))
            if isinstance(row, LeftOut):
                yield row
                continue
            span, file = _span(record), table.parent / record["file"]
            if span is None:
                yield LeftOut(reason="row")
            elif not file.is_file():
                yield LeftOut(reason="missing")
            else:
                text = record.get("text") or row.text
                yield replace(row, audio=file, span=span, text=text, split=official(record.get("split", "")))


def packed_table(root: Path) -> Path | None:
    """The table of the packed layout, where a folder, or its folder `voice`, has one."""
    for path in (root / TABLE, root / "voice" / TABLE):
        if path.is_file() and set(_COLUMNS) <= set(next(records(path), {})):
            return path
    return None


def _sorted(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(rows, key=lambda record: record["orig"])


def _span(record: Mapping[str, str]) -> Span | None:
    """Seconds in the file; None when the numbers are none."""
    try:
        start, frames = int(record["start"]), int(record["frames"])
    except ValueError:
        return None
    if start < 0 or frames <= 0:
        return None
    return Span(start=start / SAMPLE_RATE, end=(start + frames) / SAMPLE_RATE)
