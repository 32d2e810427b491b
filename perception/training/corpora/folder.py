"""A folder a class, with a folder a split above it or not: how people keep data of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from perception.emotions import Emotion
from perception.training.corpora.base import Corpus, LeftOut, Row
from perception.training.corpora.example import Example
from perception.training.corpora.files import FILM, PICTURE, SOUND, lines, walk
from perception.training.corpora.labels import emotion_of
from perception.training.corpora.meanings import meanings
from perception.training.corpora.official import official
from perception.training.corpora.registry import corpus


@corpus
class Folder(Corpus):
    """Pictures, recordings, films, and texts (one a `.txt` file). What is deeper in a class belongs to it."""

    name = "folder"
    title = "a folder of classes"
    modalities = ("text", "audio", "vision")
    licence = "yours to know"
    layout = "happy/1.jpg, or train/happy/1.jpg; pictures, recordings, films or .txt; class names in English or Chinese"
    generic = True

    def __init__(self, *, labels: Mapping[str, str] | None = None) -> None:
        """Say what class names mean that are no synonyms of the seven.

        Raises:
            CorpusOptionInvalid: a label is to mean what is none of the seven emotions.
        """
        self._labels = meanings(labels)

    def rows(self, root: Path) -> Iterator[Row]:
        for path in walk(root, (*PICTURE, *SOUND, *FILM, ".txt")):
            yield class_row(path, root, self._labels)


def class_row(path: Path, root: Path, labels: Mapping[str, Emotion]) -> Row:
    """The row of a file in a folder a class."""
    parts = path.relative_to(root).parts
    split = official(parts[0]) if len(parts) > 1 else None
    classes = parts[1:-1] if split else parts[:-1]
    if not classes:
        return LeftOut(reason="unlabelled")
    if (emotion := emotion_of(classes[0], labels)) is None:
        return LeftOut(reason="label", detail=classes[0])
    text, ending = None, path.suffix.lower()
    if ending == ".txt" and not (text := "\n".join(lines(path)).strip()):
        return LeftOut(reason="row")
    return Example(
        # with the ending: 1.jpg and 1.wav are two rows
        id=path.relative_to(root).as_posix(),
        emotion=emotion,
        label=classes[0],
        text=text,
        audio=path if ending in (*SOUND, *FILM) else None,
        image=path if ending in PICTURE else None,
        split=split,
    )
