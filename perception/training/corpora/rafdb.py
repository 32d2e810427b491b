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
# the lines of Annotation/manual/train_00001_manu_attri.txt after those of the five landmarks
_ATTRIBUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "gender": ("male", "female", "unsure"),
    "race": ("Caucasian", "African-American", "Asian"),
    "age": ("0-3", "4-19", "20-39", "40-69", "70+"),
}
_ATTRIBUTES_END: Final = "_manu_attri.txt"
_LANDMARKS: Final = 5


@corpus
class RafDb(Corpus):
    """Aligned faces go before the pictures they were cut from; gender, race and age are as its judges saw them."""

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
        told = {path.name.removesuffix(_ATTRIBUTES_END): path for path in walk(root, (_ATTRIBUTES_END,))}
        for line in lines(table):
            if line.strip():
                yield _row(line.strip(), images, told)


def _row(line: str, images: Mapping[str, Path], told: Mapping[str, Path]) -> Row:
    if not (match := _RULE.fullmatch(line)):
        return LeftOut(reason="row")
    stem, split, code = match.groups()
    if code not in _EMOTIONS:
        return LeftOut(reason="label", detail=code)
    if stem not in images:
        return LeftOut(reason="missing")
    label, emotion = _EMOTIONS[code]
    extra = _attributes(told[stem]) if stem in told else {}
    return Example(id=stem, emotion=emotion, label=label, image=images[stem], split=split, extra=extra)


def _attributes(path: Path) -> dict[str, str]:
    """By name; without those that are no code of the authors."""
    codes = [line.strip() for line in lines(path)][_LANDMARKS:]
    named = zip(_ATTRIBUTES.items(), codes, strict=False)
    return {name: words[int(code)] for (name, words), code in named if code.isdecimal() and int(code) < len(words)}
