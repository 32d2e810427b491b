"""Whether a picture of a corpus is a face crop already, so that no face is to be looked for."""

from __future__ import annotations

from pathlib import Path

from perception.training.corpora import Corpus, Example

_SMALL = 64
"""Pixels a side up to which a picture is taken for a crop: FER2013's have 48, and no camera's are so small."""


def is_crop(example: Example, corpus: Corpus) -> bool:
    """What the layout says, and where it says nothing, the size of the picture.

    RAF-DB has aligned faces and the pictures they were cut from; AffectNet's smaller edition is of crops, and the full
    one gives the box of the face instead.
    """
    if example.image is None:
        return corpus.crops
    if corpus.name == "raf-db":
        return example.image.stem.endswith("_aligned")
    if corpus.name == "affectnet":
        return "face" not in example.extra and (example.image.parent.parent / "annotations").is_dir()
    return corpus.crops or _is_small(example.image)


def _is_small(path: Path) -> bool:
    """By its header; one that cannot be read is found out when it is perceived."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            return max(image.size) <= _SMALL
    except (OSError, UnidentifiedImageError, ValueError):
        return False
