"""What is asked, and what is found of a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from evals.errors import ManifestUnusable
from evals.perception.values import Answer
from perception import Emotion
from perception.audio.degradations import DEGRADATIONS

CLEAN: Final = "clean"
"""The condition that all others are held against."""

SPEAKER: Final = "speaker"
"""Column that says who speaks, unless told otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RobustnessPlan:
    """What to evaluate, and how."""

    manifest: Path
    """JSON lines with labels and recordings; paths in it are relative to its folder."""
    conditions: tuple[str, ...] | None = None
    """Names out of `DEGRADATIONS`; all that can be made when None. `clean` always comes first."""
    label_column: str = "label"
    """Holds the true emotion."""
    label_map: Mapping[str, Emotion] = field(default_factory=dict)
    """Emotion by label, for labels that are no emotion name."""
    cluster: str | None = None
    """Column that says who speaks: babble comes from others, and the bootstrap draws its groups whole.

    `speaker` when None, where all rows have it.
    """
    limit: int | None = None
    """So many rows at most, drawn at random; all when None."""
    seed: int = 0
    """Of the drawing, of the degradations and of the bootstrap."""
    resamples: int = 1000
    """Of the bootstrap; 0 leaves the intervals out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeardRow:
    """A recording, perceived under each condition."""

    line: int
    """In the manifest, counted from 1."""
    id: str | int
    """As the manifest has it."""
    truth: Emotion
    """Its label."""
    group: str | None
    """Who speaks; None where that is not known."""
    answers: Mapping[str, Answer]
    """By condition."""


def chosen_conditions(names: Sequence[str]) -> tuple[str, ...] | None:
    """Conditions in the order of `DEGRADATIONS`; a family, such as `babble`, stands for all of its own.

    Returns:
        None where no names are given.

    Raises:
        ManifestUnusable: a name is neither a condition nor a family.
    """
    families = {each.family for each in DEGRADATIONS.values()}
    for name in names:
        if name not in DEGRADATIONS and name not in families:
            raise ManifestUnusable(
                f"--conditions {name!r} is no condition; there are {', '.join(DEGRADATIONS)}, and the families "
                f"{', '.join(dict.fromkeys(each.family for each in DEGRADATIONS.values()))}"
            )
    if not names:
        return None
    return tuple(n for n, each in DEGRADATIONS.items() if n == CLEAN or n in names or each.family in names)
