"""What every source of model files has in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from perception.errors import ModelError
from perception.models.manifest import ModelEntry

Progress = Callable[[int, int], None]
"""Told the bytes that are here and the bytes of the whole model, as they come."""


class SourceFailed(ModelError):  # noqa: N818
    """One source cannot deliver; the message is the cause, and the next source is tried."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """Files of a model to be delivered into a folder."""

    entry: ModelEntry
    """The model."""
    folder: Path
    """Where its files grow. What is here already is a prefix of the right bytes, or will fail the hash."""
    progress: Progress
    """Told how far it is."""

    def here(self, path: str) -> int:
        """Bytes of one file that have come already."""
        file = self.folder / path
        return file.stat().st_size if file.is_file() else 0

    def report(self, coming: int = 0) -> None:
        """Tell the progress, with bytes that have come but are not in their file yet."""
        done = sum(self.here(file.path) for file in self.entry.files)
        self.progress(min(done + coming, self.entry.size), self.entry.size)


class Fetcher(Protocol):
    """Brings the files of one source."""

    def fetch(self, order: Order) -> None:
        """Complete every file in the order's folder, going on where an earlier attempt stopped.

        Raises:
            SourceFailed: it cannot; what did come stays, for the next attempt.
        """
