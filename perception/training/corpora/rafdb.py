"""RAF-DB, its basic emotions: faces from the web, each judged by about forty people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from perception.emotions import Emotion
from perception.training.corpora.base import Corpus, LeftOut, Row
from perception.training.corpora.example import Example
from perception.training.corpora.files import find, lines, walk
from perception.training.corpora.registry import corpus
from perception.training.errors import TrainingDataMissing

# the first name is how the authors spell it
_TABLES: Final = ("list_patition_label.txt", "list_partition_label.txt")
_RULE: Final = re.compile(r"((train|test)_\d+)\.jpg\s+(\d+)")
_EMOTIONS: Final[Mapping[str, tuple[str, Emotion]]] = {
    "1": ("surprise", Emotion.SURPRISE),
    "2": ("fear", Emotion.FEAR),
    "3": ("disgust", Emotion.DISGUST),
    "4": ("happiness", Emotion.HAPPY),
    "5": ("sadness", Emotion.SAD),
    "6": ("anger", Emotion.ANGRY),
    "7": ("neutral", Emotion.NEUTRAL),
}


@corpus
class RafDb(Corpus):
    """Aligned faces go before the pictures they were cut from."""

    name = "raf-db"
    title = "RAF-DB (basic)"
    modalities = ("vision",)
    crops = True
    licence = "non-commercial research only, on request"
    citation = (
        "Li, S., Deng, W. & Du, J. (2017). Reliable Crowdsourcing and Deep Locality-Preserving Learning for Expression "
        "Recognition in the Wild. CVPR 2017, 2584-2593."
    )
    url = "http://www.whdeng.cn/RAF/model1.html"
    layout = "EmoLabel/list_patition_label.txt (train_00001.jpg 5), Image/aligned/train_00001_aligned.jpg"

    def rows(self, root: Path) -> Iterator[Row]:
        if (table := find(root, *_TABLES)) is None:
            raise TrainingDataMissing(f"{self.title}: no EmoLabel/{_TABLES[0]} below {str(root)!r}")
        images: dict[str, Path] = {}
        for path in walk(root, (".jpg",)):
            stem = path.stem.removesuffix("_aligned")
            if stem not in images or path.stem.endswith("_aligned"):
                images[stem] = path
        for line in lines(table):
            if line.strip():
                yield _row(line.strip(), images)


def _row(line: str, images: Mapping[str, Path]) -> Row:
    if not (match := _RULE.fullmatch(line)):
        return LeftOut(reason="row")
    stem, split, code = match.groups()
    if code not in _EMOTIONS:
        return LeftOut(reason="label", detail=code)
    if stem not in images:
        return LeftOut(reason="missing")
    label, emotion = _EMOTIONS[code]
    return Example(id=stem, emotion=emotion, label=label, image=images[stem], split=split)
