"""One labelled row of a corpus, whatever its layout on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from perception.emotions import Emotion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Pixels(Protocol):
    """A picture that is no file of its own, but a part of a table or an archive."""

    def read(self) -> NDArray[np.uint8]:
        """Decode it: height x width, grey."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A part of a recording."""

    start: float
    """Seconds from its beginning."""
    end: float
    """Seconds from its beginning; after `start`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A labelled row."""

    id: str
    """Unique in its corpus and stable: what split rules hash when nothing better is known."""
    emotion: Emotion
    """The label, in Attune's terms."""
    text: str | None = None
    """Words said or written."""
    audio: Path | None = None
    """A recording, or a film with sound."""
    image: Path | None = None
    """A picture of a face."""
    pixels: Pixels | None = None
    """A picture of a face, where it is not a file of its own; decoded when it is asked for."""
    span: Span | None = None
    """Which part of `audio`; all of it when None."""
    context: tuple[str, ...] = ()
    """Earlier turns of the dialogue, oldest first."""
    speaker: str | None = None
    """Who speaks or is shown; never in two splits."""
    dialogue: str | None = None
    """Which conversation it is part of; never in two splits."""
    lang: str | None = None
    """ISO 639-1 code where known."""
    split: str | None = None
    """The split its authors put it in (`train`, `dev`, `test`), where they did."""
    label: str = ""
    """The label as its authors wrote it."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """What else is known: gender, intensity, sentence, take."""
