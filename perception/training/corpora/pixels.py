"""Pictures that are no files of their own."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perception.training.errors import TrainingDataMissing


@dataclass(frozen=True, kw_only=True, slots=True)
class TablePixels:
    """A square picture written as decimal numbers in a field of a table."""

    file: Path
    """The table."""
    offset: int
    """First byte of the numbers."""
    length: int
    """Their bytes."""

    def read(self) -> NDArray[np.uint8]:
        """Decode it: height x width, grey.

        Raises:
            TrainingDataMissing: the table has changed since it was listed.
        """
        try:
            with self.file.open("rb") as stream:
                stream.seek(self.offset)
                numbers = np.array(stream.read(self.length).split(), dtype=np.uint8)
            if not len(numbers):
                raise ValueError("the table ends before it")
            side = math.isqrt(len(numbers))
            return numbers.reshape(side, side)
        except (OSError, ValueError) as error:
            raise TrainingDataMissing(f"no picture in {str(self.file)!r} at byte {self.offset}: {error}") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivePixels:
    """A picture in an archive of NumPy, with the bytes of all in `webp` and where each begins in `offsets`."""

    file: Path
    """The archive."""
    index: int
    """Which picture."""

    def read(self) -> NDArray[np.uint8]:
        """Decode it: height x width, grey.

        Raises:
            TrainingDataMissing: the archive cannot be read.
        """
        from PIL import Image

        columns = archive(self.file)
        start, end = columns["offsets"][self.index : self.index + 2]
        with Image.open(io.BytesIO(columns["webp"][start:end].tobytes())) as image:
            return np.asarray(image.convert("L"))


@lru_cache(maxsize=4)
def archive(file: Path) -> Mapping[str, NDArray[Any]]:
    """The arrays of an archive; the last few archives stay in memory, since a picture a time is asked for.

    Raises:
        TrainingDataMissing: it cannot be read.
    """
    try:
        with np.load(file, allow_pickle=False) as columns:
            return {name: columns[name] for name in columns.files}
    except (OSError, ValueError, EOFError) as error:
        raise TrainingDataMissing(f"{str(file)!r} cannot be read ({error}); get it again") from error
