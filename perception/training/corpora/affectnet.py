"""AffectNet: faces from the web with an expression, valence and arousal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from perception.emotions import Emotion
from perception.training.corpora.base import Corpus, LeftOut, Row
from perception.training.corpora.example import Example
from perception.training.corpora.files import PICTURE, find, records, require, walk
from perception.training.corpora.official import official
from perception.training.corpora.registry import corpus
from perception.training.errors import TrainingDataMissing

_CLASSES: Final[tuple[tuple[str, Emotion | None], ...]] = (
    ("neutral", Emotion.NEUTRAL),
    ("happy", Emotion.HAPPY),
    ("sad", Emotion.SAD),
    ("surprise", Emotion.SURPRISE),
    ("fear", Emotion.FEAR),
    ("disgust", Emotion.DISGUST),
    ("anger", Emotion.ANGRY),
    ("contempt", None),
    ("none", None),
    ("uncertain", None),
    ("no face", None),
)
_TABLES: Final = {"train": "training.csv", "dev": "validation.csv"}
_COLUMNS: Final = ("subDirectory_filePath", "expression")
_BOX: Final = ("face_x", "face_y", "face_width", "face_height")


@corpus
class AffectNet(Corpus):
    """The authors' validation set is `dev`; their test set is not public."""

    name = "affectnet"
    title = "AffectNet"
    modalities = ("vision",)
    licence = "non-commercial research only, on request"
    citation = (
        "Mollahosseini, A., Hasani, B. & Mahoor, M. H. (2019). AffectNet: A Database for Facial Expression, Valence, "
        "and Arousal Computing in the Wild. IEEE Transactions on Affective Computing 10(1), 18-31."
    )
    url = "http://mohammadmahoor.com/affectnet/"
    layout = (
        "train_set/images/12.jpg with train_set/annotations/12_exp.npy, or training.csv and validation.csv "
        "(subDirectory_filePath, expression) with the images below the same folder"
    )

    def rows(self, root: Path) -> Iterator[Row]:
        sets = [folder for name in ("train_set", "val_set") for folder in _folders(root, name)]
        tables = {} if sets else {split: find(root, name) for split, name in _TABLES.items()}
        if not sets and not any(tables.values()):
            raise TrainingDataMissing(f"{self.title}: {str(root)!r} has none of: {self.layout}")
        for folder in sets:
            yield from _annotated(folder)
        for split, table in tables.items():
            if table is not None:
                yield from _listed(root, table, split)


def _folders(root: Path, name: str) -> Iterator[Path]:
    """The folder of a set, in the root or one below it."""
    places = (root / name, *(folder / name for folder in sorted(root.iterdir()) if folder.is_dir()))
    yield from (place for place in places if (place / "annotations").is_dir())


def _annotated(folder: Path) -> Iterator[Row]:
    """The layout of the smaller edition: numbers in files of NumPy beside each image."""
    split = official(folder.name)
    for path in walk(folder / "images", PICTURE):
        notes = {kind: folder / "annotations" / f"{path.stem}_{kind}.npy" for kind in ("exp", "val", "aro")}
        if not notes["exp"].is_file():
            yield LeftOut(reason="unlabelled")
        elif (code := _number(notes["exp"])) is None:
            yield LeftOut(reason="row")
        else:
            extra = {"valence": _number(notes["val"]), "arousal": _number(notes["aro"])}
            kept = {name: f"{value:g}" for name, value in extra.items() if value is not None}
            yield _row(f"{folder.name}/{path.stem}", str(int(code)), path, split, kept)


def _number(path: Path) -> float | None:
    """What an array of one value holds; None when it is absent or no number."""
    import numpy as np

    try:
        return float(np.load(path, allow_pickle=False).item())
    except (OSError, ValueError, EOFError):
        return None


def _listed(root: Path, table: Path, split: str) -> Iterator[Row]:
    """The layout of the full edition: a table with the place of each image."""
    places = [place for place in _image_folders(root, table) if place.is_dir()]
    for number, record in enumerate(records(table)):
        if number == 0:
            require(_COLUMNS, record, table)
        name = record["subDirectory_filePath"]
        image = next((place / name for place in places if name and (place / name).is_file()), None)
        if image is None:
            yield LeftOut(reason="missing")
            continue
        extra = {key: record[key] for key in ("valence", "arousal") if record.get(key)}
        if all(record.get(key) for key in _BOX):
            extra["face"] = ",".join(record[key] for key in _BOX)
        yield _row(name.rpartition(".")[0], record["expression"], image, split, extra)


def _image_folders(root: Path, table: Path) -> tuple[Path, ...]:
    names = ("", "Manually_Annotated_Images", "Manually_Annotated/Manually_Annotated_Images", "images")
    return tuple(folder / name for folder in (table.parent, root) for name in names)


def _row(name: str, code: str, image: Path, split: str | None, extra: Mapping[str, str]) -> Row:
    if not code.isdecimal() or int(code) >= len(_CLASSES):
        return LeftOut(reason="label", detail=code)
    label, emotion = _CLASSES[int(code)]
    if emotion is None:
        return LeftOut(reason="label", detail=label)
    return Example(id=name, emotion=emotion, label=label, image=image, split=split, extra=extra)
