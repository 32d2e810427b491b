"""What is known of a row's medium without keeping it: enough to tell a copy, and nearly a copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Medium = Literal["image", "text", "audio"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageFingerprint:
    """A picture."""

    exact: str
    """Hex digest of its size and pixels."""
    detail: bytes
    """24 x 24 signed bytes: its local contrast; empty when it shows nothing but one tone."""
    medium: Literal["image"] = "image"


@dataclass(frozen=True, kw_only=True, slots=True)
class TextFingerprint:
    """Words said or written."""

    exact: str
    """Hex digest of the text as it is."""
    near: str
    """Hex digest of what is left without case, punctuation, spaces, names and addresses."""
    medium: Literal["text"] = "text"


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioFingerprint:
    """A recording."""

    exact: str
    """Hex digest of its 16-bit samples between leading and trailing digital silence."""
    codes: bytes
    """A 32-bit code each 11.6 ms, little-endian; empty when shorter than 0.4 s."""
    loud: bytes
    """A byte for each code: 1 where there is more than silence, else 0."""
    medium: Literal["audio"] = "audio"


Fingerprint: TypeAlias = ImageFingerprint | TextFingerprint | AudioFingerprint
