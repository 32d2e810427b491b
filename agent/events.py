"""What goes into a turn, and what comes out of it while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from perception import Affect, AudioClip, Frame, Observation, Transcript


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnInput:
    """What a person sends: words, a picture, a recording, or any of them."""

    text: str = ""
    """Typed words."""
    frame: Frame | None = None
    """A decoded picture."""
    clip: AudioClip | None = None
    """A decoded recording."""
    lang: str | None = None
    """ISO 639-1 code to answer in; None follows the words."""
    turn_id: str | None = None
    """What the turn is to be called in the database: not used before; None makes one up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Observed:
    """A sense has answered."""

    observation: Observation
    kind: Literal["observed"] = "observed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Transcribed:
    """Speech has become words."""

    transcript: Transcript
    kind: Literal["transcribed"] = "transcribed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fused:
    """The senses have been weighed."""

    affect: Affect
    kind: Literal["fused"] = "fused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Routed:
    """A persona has been chosen."""

    persona: str
    reason: str
    kind: Literal["routed"] = "routed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Offered:
    """Another persona would fit better; the person is asked."""

    offer: str
    """Names it in the answer."""
    persona: str
    """Who would take over."""
    reason: str
    """A code."""
    text: str
    """The question to show, in the language of the reply."""
    kind: Literal["offered"] = "offered"


@dataclass(frozen=True, kw_only=True, slots=True)
class Delta:
    """A piece of the reply, to be appended."""

    text: str
    kind: Literal["delta"] = "delta"


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """The turn is over and in the database."""

    turn_id: str
    number: int
    """From 1 in its session."""
    reply: str
    """The whole text: what the deltas add up to."""
    persona: str
    interrupted: bool = False
    trace: Mapping[str, float | str] = field(default_factory=dict)
    """Stage timings in milliseconds (`sense_raw`, `first_token`, ...) and other small facts."""
    kind: Literal["done"] = "done"


TurnEvent = Observed | Transcribed | Fused | Routed | Offered | Delta | Done
