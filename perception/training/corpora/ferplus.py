"""FER+: the faces of FER2013, each judged by ten people."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, Literal

from perception.training.corpora.base import Corpus, LeftOut, Row
from perception.training.corpora.example import Example, Pixels
from perception.training.corpora.fer2013 import TABLES, table_rows
from perception.training.corpora.files import PICTURE, find, lines, records, require, walk
from perception.training.corpora.labels import emotion_of
from perception.training.corpora.official import official
from perception.training.corpora.pixels import ArchivePixels, archive
from perception.training.corpora.registry import corpus
from perception.training.errors import CorpusOptionInvalid, TrainingDataMissing

VOTED: Final = (
    "neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF",
)  # fmt: skip
"""What people could vote for; NF is no face."""

_ARCHIVES: Final = {"ferplus_train.npz": "train", "ferplus_valid.npz": "dev", "ferplus_test.npz": "test"}
_FOLDERS: Final = {"FER2013Train": "train", "FER2013Valid": "dev", "FER2013Test": "test"}
_TABLE: Final = "fer2013new.csv"

Rule = Literal["majority", "plurality"]


@corpus
class FerPlus(Corpus):
    """The votes are kept in `extra["votes"]`, in the order of `VOTED`, with commas between them.

    By `majority`, the authors' rule, single votes count as slips, and a face with no label above half of the rest is
    left out; by `plurality` the label with most votes holds, and ties are left out.
    """

    name = "ferplus"
    title = "FER+"
    modalities = ("vision",)
    crops = True
    licence = "MIT for the votes; none stated for the images"
    citation = (
        "Barsoum, E., Zhang, C., Canton Ferrer, C. & Zhang, Z. (2016). Training Deep Networks for Facial Expression "
        "Recognition with Crowd-Sourced Label Distribution. ICMI 2016, 279-283."
    )
    url = "https://github.com/microsoft/FERPlus"
    layout = (
        "fer2013new.csv beside fer2013.csv or beside the images it names, or FER2013Train/label.csv beside "
        "fer0000000.png, or ferplus_train.npz"
    )

    def __init__(self, *, rule: Rule = "majority") -> None:
        """Say how votes become a label.

        Raises:
            CorpusOptionInvalid: `rule` is neither `majority` nor `plurality`.
        """
        if rule not in ("majority", "plurality"):
            raise CorpusOptionInvalid(f"rule={rule!r} is neither 'majority' nor 'plurality'")
        self._rule: Rule = rule

    def rows(self, root: Path) -> Iterator[Row]:
        readers = (_from_archives, _from_tables, _from_folders)
        for reader in readers:
            faces = reader(root)
            if (first := next(faces, None)) is not None:
                yield self._row(first)
                yield from map(self._row, faces)
                return
        raise TrainingDataMissing(f"{self.title}: {str(root)!r} has none of: {self.layout}")

    def _row(self, face: Face | LeftOut) -> Row:
        if isinstance(face, LeftOut):
            return face
        label = voted(face.votes, self._rule)
        if label is None:
            return LeftOut(reason="mixed")
        if (emotion := emotion_of(label)) is None:
            return LeftOut(reason="label", detail=label)
        return Example(
            id=face.id,
            emotion=emotion,
            label=label,
            image=face.image,
            pixels=face.pixels,
            split=face.split,
            extra={**face.extra, "votes": ",".join(map(str, face.votes))},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Face:
    """A face before its label is known."""

    id: str
    split: str | None
    votes: tuple[int, ...]
    """In the order of `VOTED`."""
    image: Path | None = None
    pixels: Pixels | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


def voted(votes: Sequence[int], rule: Rule) -> str | None:
    """What people saw; None where they differ too much."""
    counted = [0 if rule == "majority" and count <= 1 else count for count in votes]
    most = max(counted)
    clear = 2 * most > sum(counted) if rule == "majority" else counted.count(most) == 1
    return VOTED[counted.index(most)] if most and clear else None


def _face(
    name: str,
    split: str | None,
    votes: Sequence[str],
    *,
    image: Path | None = None,
    pixels: Pixels | None = None,
    extra: Mapping[str, str] | None = None,
) -> Face | LeftOut:
    numbers = tuple(int(vote) for vote in votes if vote.strip().isdecimal())
    if len(numbers) != len(VOTED):
        return LeftOut(reason="row")
    return Face(id=name, split=split, votes=numbers, image=image, pixels=pixels, extra=extra or {})


def _from_archives(root: Path) -> Iterator[Face | LeftOut]:
    for name, split in _ARCHIVES.items():
        file = next((path for path in (root / name, root / "face" / name) if path.is_file()), None)
        if file is not None:
            yield from _archived(file, split)


def _archived(file: Path, split: str) -> Iterator[Face | LeftOut]:
    columns = archive(file)
    if lacking := [name for name in ("webp", "offsets", "votes", "vote_names") if name not in columns]:
        raise TrainingDataMissing(f"{str(file)!r} has no array {lacking[0]!r}; get it again")
    order = [list(columns["vote_names"]).index(name) for name in VOTED]
    rows = columns.get("fer2013_row")
    for index, votes in enumerate(columns["votes"]):
        # without the row of FER2013, the place in one file may be that of another face in the next
        name = f"{split}-row{index}" if rows is None else f"row{rows[index]}"
        counts = [str(votes[place]) for place in order]
        extra = _original(columns, index)
        yield _face(name, split, counts, pixels=ArchivePixels(file=file, index=index), extra=extra)


def _original(columns: Mapping[str, Any], index: int) -> dict[str, str]:
    """The label that FER2013 gave, where the archive has it."""
    if "fer2013_label" not in columns or "label_names" not in columns:
        return {}
    return {"fer2013_label": str(columns["label_names"][columns["fer2013_label"][index]])}


def _from_tables(root: Path) -> Iterator[Face | LeftOut]:
    if (votes := find(root, _TABLE)) is None:
        return
    if (pixels := find(root, *TABLES)) is not None:
        yield from _side_by_side(votes, pixels)
        return
    images = {path.name: path for path in walk(root, PICTURE)}
    for record in _votes(votes):
        name = record["Image name"].strip()
        if name in images:
            counts = [record[label] for label in VOTED]
            yield _face(Path(name).stem, official(record["Usage"]), counts, image=images[name])
        else:
            yield LeftOut(reason="missing" if name else "unlabelled")


def _side_by_side(votes: Path, pixels: Path) -> Iterator[Face | LeftOut]:
    """The two tables have the same rows in the same order."""
    pairs = zip_longest(_votes(votes), table_rows(pixels))
    for number, (record, face) in enumerate(pairs):
        if record is None or face is None:
            raise TrainingDataMissing(
                f"{str(votes)!r} and {str(pixels)!r} differ in length at row {number}; one of them is cut off"
            )
        if face[1] is None:
            yield LeftOut(reason="row")
        else:
            counts = [record[label] for label in VOTED]
            yield _face(f"row{number}", official(record["Usage"]), counts, pixels=face[1])


def _votes(table: Path) -> Iterator[dict[str, str]]:
    for place, record in enumerate(records(table)):
        if place == 0:
            require(("Usage", "Image name", *VOTED), record, table)
        yield record


def _from_folders(root: Path) -> Iterator[Face | LeftOut]:
    """As the authors' script unpacks it: a table without header beside its images."""
    for folder, split in _FOLDERS.items():
        if (table := find(root, f"{folder}/label.csv")) is not None:
            for fields in csv.reader(lines(table)):
                image = table.parent / fields[0] if fields else table
                if not image.is_file() or image == table:
                    yield LeftOut(reason="missing")
                else:
                    yield _face(image.stem, split, fields[-len(VOTED) :], image=image)
