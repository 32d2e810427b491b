"""Pictures as files: the same picture is the same file, byte for byte, with no date in it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from perception.metrics.plots.style import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DATES: Final = {".svg": "Date", ".pdf": "CreationDate", ".ps": "CreationDate", ".eps": "CreationDate"}


def save(figure: Figure, path: Path) -> None:
    """Write a picture; the suffix of `path` names the format: png, svg or pdf.

    Raises:
        OSError: the file cannot be written.
        ValueError: the suffix names no format.
    """
    dated = _DATES.get(path.suffix.lower())
    with styled():
        figure.savefig(path, metadata={dated: None} if dated else None)


def svg(figure: Figure) -> str:
    """A picture as an `<svg>` element, to stand in a page."""
    held = io.StringIO()
    with styled():
        figure.savefig(held, format="svg", metadata={"Date": None})
    text = held.getvalue()
    return text[text.index("<svg") :]
