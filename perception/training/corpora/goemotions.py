"""GoEmotions: Reddit comments with 27 emotions and neutral."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from perception.emotions import Emotion
from perception.training.corpora.base import Corpus, LeftOut, Row
from perception.training.corpora.example import Example
from perception.training.corpora.files import find, lines
from perception.training.corpora.labels import agreed
from perception.training.corpora.packed import packed_file, packed_rows
from perception.training.corpora.registry import corpus
from perception.training.errors import TrainingDataMissing

EKMAN: Final[Mapping[Emotion, tuple[str, ...]]] = {
    Emotion.HAPPY: (
        "joy", "amusement", "approval", "excitement", "gratitude", "love", "optimism", "relief", "pride", "admiration",
        "desire", "caring",
    ),
    Emotion.SAD: ("sadness", "disappointment", "embarrassment", "grief", "remorse"),
    Emotion.ANGRY: ("anger", "annoyance", "disapproval"),
    Emotion.FEAR: ("fear", "nervousness"),
    Emotion.SURPRISE: ("surprise", "realization", "confusion", "curiosity"),
    Emotion.DISGUST: ("disgust",),
    Emotion.NEUTRAL: ("neutral",),
}  # fmt: skip
"""The authors' own grouping of their 28 labels by Ekman's emotions (their file `ekman_mapping.json`)."""

_MEANS: Final = {label: emotion for emotion, labels in EKMAN.items() for label in labels}
_ORDER: Final = (*sorted(label for label in _MEANS if label != "neutral"), "neutral")
_IDS: Final = re.compile(r"\d+(,\d+)*")
_COLUMNS: Final = 3


@corpus
class GoEmotions(Corpus):
    """The labels are grouped as the authors do; a comment whose labels fall into several groups is left out."""

    name = "goemotions"
    title = "GoEmotions"
    modalities = ("text",)
    takes_file = True
    languages = ("en",)
    licence = "Apache-2.0 / CC-BY-4.0"
    commercial = True
    citation = "Demszky, D. et al. (2020). GoEmotions: A Dataset of Fine-Grained Emotions. ACL 2020, 4040-4054."
    url = "https://github.com/google-research/google-research/tree/master/goemotions"
    layout = "train.tsv, dev.tsv, test.tsv (text, label numbers, id; no header) and emotions.txt"

    def rows(self, root: Path) -> Iterator[Row]:
        if (packed := packed_file(root, "goemotions")) is not None:
            yield from packed_rows(packed, lang="en", label="labels28")
            return
        tables = {split: find(root, f"{split}.tsv") for split in ("train", "dev", "test")}
        if not any(tables.values()):
            raise TrainingDataMissing(f"{self.title}: no train.tsv, dev.tsv or test.tsv below {str(root)!r}")
        order = find(root, "emotions.txt")
        names = tuple(line.strip() for line in lines(order) if line.strip()) if order else _ORDER
        for split, table in tables.items():
            if table is not None:
                yield from (_row(line, split, names) for line in lines(table) if line.strip())


def _row(line: str, split: str, names: Sequence[str]) -> Row:
    fields = line.split("\t")
    if len(fields) != _COLUMNS or not _IDS.fullmatch(fields[1]) or not fields[0].strip():
        return LeftOut(reason="row")
    numbers = [int(number) for number in fields[1].split(",")]
    if max(numbers) >= len(names):
        return LeftOut(reason="label", detail=str(max(numbers)))
    labels = [names[number] for number in numbers]
    if (emotion := agreed(_MEANS.get(label) for label in labels)) is None:
        return LeftOut(reason="mixed")
    return Example(
        id=fields[2].strip(), emotion=emotion, label=",".join(labels), text=fields[0], lang="en", split=split
    )
