"""What an operator has set for live sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from api.wire.client import Busy

if TYPE_CHECKING:
    from api.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """How long things last, and what gives way to what."""

    busy: Busy = "reject"
    """What becomes of a message that comes while a turn runs, where the client does not say."""
    waiting: int = 4
    """Messages of a session that may wait for their turn; the next is refused."""
    waiting_bytes: int = 16_000_000
    """Of them all, media included."""
    start_s: float | None = None
    """Seconds a connection may take to begin a session; None for any time."""
    idle_s: float | None = None
    """Seconds a client may be silent while no turn runs; a `ping` is silence."""
    session_s: float | None = None
    """Seconds a session may last."""
    token_s: float = 86_400.0
    """Seconds since its last turn in which a session may be taken up from the database."""
    live_a_second: float = 10.0
    """Observations of a live link, at most."""

    @classmethod
    def of(cls, settings: Settings) -> Rules:
        """Those of the settings, in which 0 is no limit."""
        return cls(
            busy=settings.busy,
            start_s=settings.start_timeout,
            idle_s=settings.idle_timeout or None,
            session_s=settings.session_limit or None,
            token_s=settings.resume_hours * 3600,
            live_a_second=settings.live_rate,
        )

    @property
    def token_age(self) -> timedelta:
        """`token_s`, to reckon with."""
        return timedelta(seconds=self.token_s)
