"""SFEW: stills of feature films."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from perception.training.corpora.base import Corpus, LeftOut, Row
from perception.training.corpora.example import Example
from perception.training.corpora.files import PICTURE, walk
from perception.training.corpora.folder import class_row
from perception.training.corpora.registry import corpus

# the film, and the milliseconds and frame the still is from
_RULE: Final = re.compile(r"(.+?)_(\d{6,9})_(\d{6,8})")


@corpus
class Sfew(Corpus):
    """Pictures of the test set, whose labels are not public, are left out."""

    name = "sfew"
    title = "SFEW"
    modalities = ("vision",)
    licence = "research only, on request"
    citation = (
        "Dhall, A., Goecke, R., Lucey, S. & Gedeon, T. (2011). Static Facial Expression Analysis in Tough Conditions: "
        "Data, Evaluation Protocol and Benchmark. ICCV workshops 2011, 2106-2112."
    )
    url = "https://users.cecs.anu.edu.au/~few_group/AFEW.html"
    layout = "Train/Angry/Airheads_000519240_00000005.png, Val/..., Test/..."

    def rows(self, root: Path) -> Iterator[Row]:
        top = next((folder for folder in _folders(root) if (folder / "Train").is_dir()), root)
        for path in walk(top, PICTURE):
            yield self._row(path, top)

    def _row(self, path: Path, root: Path) -> Row:
        if not (match := _RULE.fullmatch(path.stem)):
            return LeftOut(reason="name")
        row = class_row(path, root, {})
        return replace(row, id=path.stem, extra={"film": match[1]}) if isinstance(row, Example) else row


def _folders(root: Path) -> Iterator[Path]:
    yield root
    yield from sorted(folder for folder in root.iterdir() if folder.is_dir())
