"""How much media one turn may bring."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaLimits:
    """Bounds checked before anything is decoded, so that a small file cannot unfold into a large one."""

    image_bytes: int = 10_000_000
    """Size of an encoded picture."""
    image_pixels: int = 25_000_000
    """Width times height of a picture."""
    audio_bytes: int = 25_000_000
    """Size of an encoded recording."""
    audio_seconds: float = 120.0
    """Length of a recording."""
