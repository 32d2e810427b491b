"""How much a caller may ask for, out of the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from api.settings import Settings

REQUESTS: Final = 600
HANDSHAKES: Final = 300
TURNS: Final = 120
FRAMES: Final = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Of one caller; None is any number."""

    requests: int | None
    """HTTP requests a minute."""
    handshakes: int | None
    """New WebSockets a minute."""
    turns: int | None
    """Turns a minute."""
    frames: int | None
    """Frames of one socket a second."""


def limits_of(settings: Settings, *, trusted: bool) -> Limits:
    """What is set, else the defaults.

    Args:
        settings: Of the server; 0 is any number.
        trusted: The caller is on this machine, which it could bring to its knees without us.
    """

    def limit(chosen: int | None, default: int) -> int | None:
        return (None if trusted else default) if chosen is None else chosen or None

    return Limits(
        requests=limit(settings.requests_per_minute, REQUESTS),
        handshakes=limit(settings.handshakes_per_minute, HANDSHAKES),
        turns=limit(settings.turns_per_minute, TURNS),
        frames=limit(settings.frames_per_second, FRAMES),
    )
