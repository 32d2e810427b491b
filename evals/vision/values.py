"""What is asked: which faces, in which layout, cut by what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

LAYOUTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "raf-db": "raf-db",
        "ferplus": "ferplus",
        "affectnet": "affectnet",
        "sfew": "sfew",
        "fer2013": "fer2013",
        "folders": "folder",
    }
)
"""Names of layouts, and of the corpora that read them."""

FEW: Final = 30
"""Rows below which a group is marked, and takes no part in a gap."""

Progress = Callable[[float, str], None]
"""Told the part done, in [0, 1], and a few words about it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VisionPlan:
    """What to evaluate, and how."""

    root: Path
    """Folder of the corpus."""
    layout: str
    """One of `LAYOUTS`."""
    split: str | None = None
    """Only this split of the authors: train, dev or test; all when None."""
    groups: tuple[str, ...] = ()
    """Columns by whose values the figures are given too."""
    attributes: Path | None = None
    """A table (CSV or TSV) with more columns of the faces; its first column names the face."""
    crops: bool | None = None
    """Whether the pictures are face crops; as the corpus tells when None."""
    cluster: str | None = None
    """Column of what faces depend on, drawn whole by the bootstrap."""
    limit: int | None = None
    """So many faces at most, drawn at random; all when None."""
    seed: int = 0
    """Of the drawing, of the degradations and of the bootstrap."""
    resamples: int = 1000
    """Of the bootstrap; 0 leaves the intervals out."""
    degraded: float | None = None
    """How much the crops are made worse, in [0, 1]; not at all when None."""
