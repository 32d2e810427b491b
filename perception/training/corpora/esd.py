"""ESD: 350 sentences by ten speakers of Mandarin and ten of English, each in five emotions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from perception.training.corpora.base import Corpus, LeftOut, Row
from perception.training.corpora.example import Example
from perception.training.corpora.files import SOUND, copies, lines, walk
from perception.training.corpora.labels import emotion_of
from perception.training.corpora.official import official
from perception.training.corpora.registry import corpus

_RULE: Final = re.compile(r"(00(?:0[1-9]|1\d|20))_(\d{6})")
Words = Callable[[Path], dict[str, str]]

_LAST_CHINESE: Final = 10
_SENTENCES: Final = 350


@corpus
class Esd(Corpus):
    """The emotion is the folder around the recording; where there is a folder of a split between them, it is kept.

    The splits of the authors share speakers.
    """

    name = "esd"
    title = "ESD"
    modalities = ("audio",)
    languages = ("en", "zh")
    licence = "research only, on request"
    citation = (
        "Zhou, K., Sisman, B., Liu, R. & Li, H. (2022). Emotional voice conversion: Theory, databases and ESD. Speech "
        "Communication 137, 1-18."
    )
    url = "https://github.com/HLTSingapore/Emotional-Speech-Data"
    layout = "0001/Angry/0001_000351.wav, or 0001/Angry/train/0001_000351.wav, with 0001/0001.txt"

    def rows(self, root: Path) -> Iterator[Row]:
        words = cache(_words)
        for paths in copies(walk(root, SOUND), lambda path: path.stem).values():
            yield _row(paths[0], words)
            yield from (LeftOut(reason="duplicate") for _ in paths[1:])


def _row(path: Path, words: Words) -> Row:
    if not (match := _RULE.fullmatch(path.stem)):
        return LeftOut(reason="name")
    split = official(path.parent.name)
    folder = path.parent.parent if split else path.parent
    if (emotion := emotion_of(folder.name)) is None:
        return LeftOut(reason="label", detail=folder.name)
    speaker, number = match.groups()
    return Example(
        id=path.stem,
        emotion=emotion,
        label=folder.name,
        audio=path,
        text=words(folder.parent / f"{speaker}.txt").get(path.stem),
        speaker=speaker,
        lang="zh" if int(speaker) <= _LAST_CHINESE else "en",
        split=split,
        extra={"sentence": str((int(number) - 1) % _SENTENCES + 1)},
    )


def _words(table: Path) -> dict[str, str]:
    """Sentences by clip: `0001_000351<tab>sentence<tab>emotion`; empty without the file."""
    if not table.is_file():
        return {}
    fields = (line.split("\t") for line in lines(table))
    return {parts[0].strip().lstrip("\ufeff"): parts[1].strip() for parts in fields if len(parts) > 1}
