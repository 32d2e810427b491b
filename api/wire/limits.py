"""How large frames may be."""

from __future__ import annotations

from typing import Final

INLINE_BYTES: Final = 6_000_000
"""A picture or a recording that `user.message` carries as base64, decoded. Larger media goes in binary frames, or
through `POST /v1/perceive`."""

INLINE_CHARS: Final = (INLINE_BYTES + 2) // 3 * 4 + 100
"""The same, encoded, with the head of a data URL."""

MOST_PARTS: Final = 25_000
"""Commas and opening brackets of a JSON text, those inside of strings too, of which a turn may have 20,000 characters.
What has more is read by nobody: a million fields or items that are all wrong would take seconds and a gigabyte."""

MAX_FRAME_BYTES: Final = 2 * INLINE_CHARS + 1_000_000
"""Any frame. The server closes the socket with code 1009 at a larger one, before reading it whole."""
