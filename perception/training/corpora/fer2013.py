"""FER2013: faces found by a web search, 48 x 48, grey."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from perception.emotions import Emotion
from perception.training.corpora.base import Corpus, LeftOut, Row
from perception.training.corpora.example import Example
from perception.training.corpora.files import PICTURE, find, walk
from perception.training.corpora.labels import emotion_of
from perception.training.corpora.official import official
from perception.training.corpora.pixels import TablePixels
from perception.training.corpora.registry import corpus
from perception.training.errors import TrainingDataMissing

TABLES: Final = ("fer2013.csv", "icml_face_data.csv")
"""Names of the table of pixels: that of the contest's archive, and that of its file with the test labels."""

_CLASSES: Final = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
_COLUMNS: Final = (b"emotion", b"pixels", b"Usage")
_RULE: Final = re.compile(r"(Training|PublicTest|PrivateTest)_\d+")


@corpus
class Fer2013(Corpus):
    """The labels of the contest. They agree with those of FER+ on two faces of three."""

    name = "fer2013"
    title = "FER2013"
    modalities = ("vision",)
    crops = True
    licence = "none stated; images from a web search"
    citation = (
        "Goodfellow, I. J. et al. (2013). Challenges in Representation Learning: A report on three machine learning "
        "contests. ICONIP 2013, 117-124."
    )
    url = "https://www.kaggle.com/c/challenges-in-representation-learning-facial-expression-recognition-challenge"
    layout = "fer2013.csv (emotion, pixels, Usage), or train/angry/Training_3908.jpg"

    def rows(self, root: Path) -> Iterator[Row]:
        if (table := find(root, *TABLES)) is not None:
            for number, (label, pixels, usage) in enumerate(table_rows(table)):
                yield _row(number, label, pixels, usage)
            return
        for path in walk(root, PICTURE):
            yield _from_file(path)


def table_rows(table: Path) -> Iterator[tuple[str, TablePixels | None, str]]:
    """Label, picture and Usage of each row; no picture where the numbers make no square.

    The places of the numbers are noted and not the numbers, which would fill memory.

    Raises:
        TrainingDataMissing: the table cannot be read, or lacks a column.
    """
    try:
        with table.open("rb") as stream:
            header = [name.strip().strip(b'"') for name in stream.readline().removeprefix(b"\xef\xbb\xbf").split(b",")]
            if lacking := [name for name in _COLUMNS if name not in header]:
                raise TrainingDataMissing(f"{str(table)!r} has no column {lacking[0].decode()!r}; is it FER2013?")
            label, pixels, usage = (header.index(name) for name in _COLUMNS)
            offset = stream.tell()
            for line in stream:
                fields = line.split(b",")
                if len(fields) == len(header):
                    start = offset + sum(len(field) + 1 for field in fields[:pixels])
                    place = _place(table, fields[pixels], start)
                    yield _plain(fields[label]), place, _plain(fields[usage])
                elif line.strip():
                    yield "", None, ""
                offset += len(line)
    except OSError as error:
        raise TrainingDataMissing(f"{str(table)!r} cannot be read ({error.strerror}); check it") from error


def _place(table: Path, field: bytes, start: int) -> TablePixels | None:
    lead = len(field) - len(field.lstrip(b'" '))
    numbers = field.strip(b'"\r\n ')
    count = len(numbers.split())
    square = count > 0 and round(count**0.5) ** 2 == count
    return TablePixels(file=table, offset=start + lead, length=len(numbers)) if square else None


def _plain(field: bytes) -> str:
    return field.strip().strip(b'"').decode("ascii", errors="replace")


def _row(number: int, label: str, pixels: TablePixels | None, usage: str) -> Row:
    if pixels is None or not label.isdecimal():
        return LeftOut(reason="row")
    if int(label) >= len(_CLASSES):
        return LeftOut(reason="label", detail=label)
    name = _CLASSES[int(label)]
    emotion = Emotion(name)
    return Example(id=f"row{number}", emotion=emotion, label=name, pixels=pixels, split=official(usage))


def _from_file(path: Path) -> Row:
    """A picture of the copy that is in folders; its name tells the split, since a folder `test` joins two of them."""
    if not (match := _RULE.fullmatch(path.stem)):
        return LeftOut(reason="name")
    label = path.parent.name
    if (emotion := emotion_of(label)) is None:
        return LeftOut(reason="label", detail=label)
    return Example(id=path.stem, emotion=emotion, label=label, image=path, split=official(match[1]))
