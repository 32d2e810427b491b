"""Binary frames: a header of 16 bytes, big-endian, then the payload. `FIELDS` says what is in the header."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Final

from api.wire.errors import WireError

HEADER: Final = struct.Struct("!BBHIQ")
HEADER_SIZE: Final = HEADER.size
VERSION: Final = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class HeaderField:
    """One field of the header, for those who read about it."""

    name: str
    """What it is called."""
    offset: int
    """Of its first byte."""
    size: int
    """In bytes."""
    meaning: str
    """What it holds."""


FIELDS: Final = (
    HeaderField(
        name="kind", offset=0, size=1, meaning="1: a JPEG picture; 2: PCM16 samples (mono, 16 kHz, little-endian)"
    ),
    HeaderField(name="version", offset=1, size=1, meaning="1"),
    HeaderField(name="reserved", offset=2, size=2, meaning="0"),
    HeaderField(
        name="counter", offset=4, size=4, meaning="counts the frames of a kind; the client's own, for its logs"
    ),
    HeaderField(name="captured_at_ms", offset=8, size=8, meaning="milliseconds since 1970, UTC; 0 when unknown"),
)
"""The header, in order."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class MediaKind(IntEnum):
    """What a binary frame holds."""

    JPEG = 1
    PCM16 = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class BinaryFrame:
    """One binary frame."""

    kind: MediaKind
    """What the payload is."""
    counter: int
    """From the client, 0 to 2**32 - 1."""
    captured_at_ms: int
    """Milliseconds since 1970, UTC; 0 when unknown."""
    payload: bytes = field(repr=False)
    """A JPEG file, or 16-bit little-endian samples; at least one byte."""

    @property
    def captured_at(self) -> datetime | None:
        """The same moment; None when unknown."""
        return _EPOCH + timedelta(milliseconds=self.captured_at_ms) if self.captured_at_ms else None


def pack_binary(frame: BinaryFrame) -> bytes:
    """The bytes of a frame.

    Raises:
        struct.error: a number does not fit its field.
    """
    return HEADER.pack(frame.kind, VERSION, 0, frame.counter, frame.captured_at_ms) + frame.payload


def unpack_binary(data: bytes) -> BinaryFrame:
    """The inverse of `pack_binary`.

    Raises:
        WireError: `bad_binary`; the message names the field.
    """
    if len(data) <= HEADER_SIZE:
        raise _bad(
            "payload", f"a binary frame has a header of {HEADER_SIZE} bytes and a payload, got {len(data)} bytes"
        )
    kind, version, reserved, counter, captured_at_ms = HEADER.unpack_from(data)
    if version != VERSION:
        raise _bad("version", f"this server reads version {VERSION} of the header, got {version}")
    if kind not in list(MediaKind):
        raise _bad("kind", f"kind is 1 (JPEG) or 2 (PCM16, mono, 16 kHz), got {kind}")
    if reserved:
        raise _bad("reserved", f"the reserved bytes are 0, got {reserved}")
    frame = BinaryFrame(
        kind=MediaKind(kind), counter=counter, captured_at_ms=captured_at_ms, payload=data[HEADER_SIZE:]
    )
    try:
        _ = frame.captured_at
    except OverflowError as error:
        raise _bad("captured_at_ms", f"{captured_at_ms} ms after 1970 is no date; send milliseconds, UTC") from error
    return frame


def _bad(field: str, message: str) -> WireError:
    return WireError("bad_binary", f"{field}: {message}", field=field)
