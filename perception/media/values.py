"""Decoded media, as the senses take it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from perception.observation import now

if TYPE_CHECKING:
    from perception.audio.baseline import SpeakerBaseline

SAMPLE_RATE = 16_000
"""Of every `AudioClip`, in Hz."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Frame:
    """One picture."""

    pixels: NDArray[np.uint8] = field(repr=False)
    """Height x width x 3, RGB, 0 to 255, upright (EXIF orientation applied)."""
    captured_at: datetime = field(default_factory=now)
    """With time zone."""
    crop: bool = False
    """It is a face crop already: no detection is needed."""

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or self.pixels.dtype != np.uint8:
            raise ValueError(f"a frame takes height x width x 3 uint8, got {self.pixels.shape} {self.pixels.dtype}")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AudioClip:
    """One recording, mono."""

    samples: NDArray[np.float32] = field(repr=False)
    """One row of samples in [-1, 1] at `SAMPLE_RATE`."""
    captured_at: datetime = field(default_factory=now)
    """With time zone."""
    speaker: SpeakerBaseline | None = field(default=None, repr=False)
    """What is usual for whoever speaks, where that is known: the clip is heard against it, and then learned from."""

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise ValueError(f"a clip takes one row of float32, got {self.samples.shape} {self.samples.dtype}")

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / SAMPLE_RATE
