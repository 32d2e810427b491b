"""The rows of memory, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from perception import Affect, Modality


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionRecord:
    """One conversation of one person."""

    session_id: str
    """Opaque; UUID4 in hexadecimal unless the caller chose it."""
    user_id: str
    """Whose it is; `local` for the terminal."""
    persona: str
    """Name of the persona node that answers now."""
    lang: str | None
    """ISO 639-1 code the person chose; None follows what they write."""
    deployment_context: str
    """As in the settings when the session began."""
    consent: Mapping[Modality, bool]
    """What may be perceived, by modality."""
    acknowledged_at: datetime | None
    """When the notice was acknowledged: the receipt. None: not yet."""
    started_at: datetime
    """UTC."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnRecord:
    """One finished turn."""

    turn_id: str
    """UUID4 in hexadecimal."""
    session_id: str
    """Of its session."""
    number: int
    """From 1, without gaps in a session; the store assigns it and ignores what it is given."""
    started_at: datetime
    """UTC."""
    finished_at: datetime
    """UTC."""
    persona: str
    """Who answered."""
    route_reason: str
    """A code: why that persona."""
    lang: str
    """ISO 639-1 code of the reply."""
    user_text: str
    """What was typed; empty when it was only said."""
    transcript: str
    """What was said; empty when it was only typed."""
    reply: str
    """The whole reply, or what was delivered of it."""
    interrupted: bool
    """The reply was cut short."""
    affect: Affect | None
    """With its observations, without their features; None when nothing was perceived."""
    trace: Mapping[str, float | str]
    """Stage timings in milliseconds and other small facts."""
