"""The rows of memory, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from perception import Affect, Emotion, EmotionScores, Modality

Answer = Literal["accepted", "declined"]


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferRecord:
    """A handoff that the person was asked about."""

    offer: str
    """Opaque; names it in the answer."""
    persona: str
    """Who would take over."""
    number: int
    """Of the turn in which it was made."""
    answer: Answer | None = None
    """What the person said; None where nothing came."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"offer": self.offer, "persona": self.persona, "number": self.number, "answer": self.answer}


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrectionRecord:
    """What a person said about how a turn was read. The newest of a session holds."""

    session_id: str
    """Of its session."""
    number: int
    """Of the turn that was read wrong."""
    at: datetime
    """UTC."""
    read: Emotion | None
    """What the senses made of that turn, before anybody's own word; None where they could not tell."""
    emotion: Emotion | None
    """What the person says they felt; None where they only say that it was not that."""
    text: str
    """In their own words; may be empty."""
    shared: bool
    """The person agrees that the turn, with this label, goes into an export of labelled data."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "session_id": self.session_id,
            "number": self.number,
            "at": self.at.isoformat(),
            "read": self.read.value if self.read else None,
            "emotion": self.emotion.value if self.emotion else None,
            "text": self.text,
            "shared": self.shared,
        }


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
    offers: tuple[OfferRecord, ...] = ()
    """The last handoffs that were offered, one a persona, oldest first."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "session_id": self.session_id,
            "user_id": self.user_id,
            "persona": self.persona,
            "lang": self.lang,
            "deployment_context": self.deployment_context,
            "consent": {modality.value: given for modality, given in self.consent.items()},
            "acknowledged_at": self.acknowledged_at.isoformat() if self.acknowledged_at else None,
            "started_at": self.started_at.isoformat(),
            "offers": [offer.as_dict() for offer in self.offers],
        }


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

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, with `affect` and, beside it, `observations` by modality (empty when they were not read)."""
        observations = self.affect.observations if self.affect else ()
        return {
            "turn_id": self.turn_id,
            "session_id": self.session_id,
            "number": self.number,
            "started_at": self.started_at.isoformat(),
            "finished_at": self.finished_at.isoformat(),
            "persona": self.persona,
            "route_reason": self.route_reason,
            "lang": self.lang,
            "user_text": self.user_text,
            "transcript": self.transcript,
            "reply": self.reply,
            "interrupted": self.interrupted,
            "observations": {o.modality.value: o.as_dict() for o in observations},
            "affect": self.affect.as_dict() if self.affect else None,
            "trace": dict(self.trace),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """What a new turn needs to know of its conversation."""

    session: SessionRecord
    """The conversation."""
    turns: tuple[TurnRecord, ...]
    """The last turns, oldest first, with affect but without observations."""
    usual: EmotionScores | None = None
    """The mean of what the person has felt in the last thirty days, in all sessions; None where nothing is known."""
    corrections: tuple[CorrectionRecord, ...] = ()
    """What the person said about how they were read, oldest first."""
