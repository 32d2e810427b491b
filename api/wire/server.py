"""What the server sends. Frames may gain fields: a client ignores those it does not know."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.wire.client import Busy, Consent
from api.wire.shapes import AffectShape, ObservationShape, TranscriptShape
from perception import Emotion, Modality


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    seq: Annotated[int, Field(ge=1)]
    """Counts the frames of a session. A client that finds a gap was away too long, or read too slowly. Frames of the
    live link are left out first, and without a word; where others are, an `error` with `replay_incomplete` says so: the
    server keeps the last 2,000."""
    turn: Annotated[int, Field(ge=0)]
    """The turn it belongs to: the n-th message of the session that began one; 0 outside any."""


class Notice(_Frame):
    """What a person must be told first. Nothing is perceived or answered before `notice.ack`."""

    type: Literal["session.notice"] = "session.notice"
    text: str
    """To be shown as it is: this is an AI that reads emotion, from what, and what it keeps."""
    lang: str
    """Language of the text."""
    modalities: list[Modality]
    """The senses that consent may be asked for; the deployment forbids the others."""
    deployment_context: str
    """What this server is used for."""
    protocol: int = 1
    """Of the wire."""


class SessionStarted(_Frame):
    """The notice is acknowledged, consent has changed, or the session is resumed."""

    type: Literal["session.started"] = "session.started"
    session_id: str
    """For the commands that show, export or erase a conversation."""
    token: str
    """For `session.resume`; a secret."""
    persona: str
    """Who answers."""
    consent: Consent
    """The receipt: what may be perceived."""
    resumed: bool = False
    """Nobody greets again."""
    resume_seconds: float
    """How long the session outlives its connection in memory. Later, and after a restart of the server, it is taken up
    from the database, for a day unless the server is set otherwise."""
    epoch: int = 1
    """Counts the times that the session was taken up from the database. In a new epoch `seq` goes on above the
    `last_seq` of the client that resumed first."""
    running: int | None = None
    """The turn that runs now; null for none: then nothing more comes of the turns before."""
    busy: Busy = "reject"
    """What becomes of a message that comes while a turn runs."""


class PersonaGreeting(_Frame):
    """A persona introduces itself."""

    type: Literal["persona.greeting"] = "persona.greeting"
    persona: str
    """Its name."""
    text: str
    """In character; empty for a persona that has no greeting."""


class ThreadBusy(_Frame):
    """A turn is running. Where the policy is `reject` the frame was not taken: send it again after `reply.done`, or
    `reply.interrupt` first. Else it was, and its turn begins when those before it have ended.
    """

    type: Literal["thread.busy"] = "thread.busy"
    about: str
    """`type` of the frame that found the thread busy."""
    policy: Busy = "reject"
    """What was done: `queue`, it waits; `reject`, it was not taken; `interrupt`, it waits, and the turn was stopped."""
    position: int | None = None
    """Its place in the queue, from 1; null where it was not taken."""


class TurnStarted(_Frame):
    """A turn of a message has begun that waited, or that another connection of the session may not know of."""

    type: Literal["turn.started"] = "turn.started"
    text: str
    """What was typed."""
    queued: bool
    """It waited for the turn before."""


class LiveState(_Frame):
    """The live link is on or off from now on."""

    type: Literal["live.state"] = "live.state"
    vision: bool
    """Pictures between messages are felt."""
    audio: bool
    """The voice of a recording is felt while it comes in."""
    reason: str | None = None
    """Why something that was asked for or was on is off: `consent`, `deployment`, or `sense` where it cannot."""


class SessionClosing(_Frame):
    """The last frame of a connection that the server closes: why, and with which code."""

    type: Literal["session.closing"] = "session.closing"
    reason: str
    """A code: `idle`, `no_session`, `session_too_long`, `server_stopping`."""
    message: str
    """For people."""
    close_code: int
    """With which the connection is closed."""
    resume: bool
    """The session may be taken up again with `session.resume`."""


class PerceptionObserved(_Frame):
    """A sense has answered."""

    type: Literal["perception.observed"] = "perception.observed"
    observation: ObservationShape
    """What it says."""
    age_ms: float
    """How old its evidence was when this was sent."""
    live: bool = False
    """It comes from the live link and belongs to no turn: `turn` is 0."""
    steady: Emotion | None = None
    """Of the live link: the emotion to show, which does not flicker; null while none is sure."""


class SpeechTranscribed(_Frame):
    """Speech has become words."""

    type: Literal["speech.transcribed"] = "speech.transcribed"
    transcript: TranscriptShape
    """What was said."""


class AffectFused(_Frame):
    """The senses have been weighed."""

    type: Literal["affect.fused"] = "affect.fused"
    affect: AffectShape
    """What they say together."""


class CorrectionNoted(_Frame):
    """A correction is kept."""

    type: Literal["correction.noted"] = "correction.noted"
    number: int
    """Of the corrected turn in the database, from 1."""
    read: Emotion | None
    """What the senses had made of it; null where they could not tell."""
    emotion: Emotion | None
    """What the person says they felt; null where they only say that it was not that."""
    shared: bool
    """It may go into an export of labelled data."""


class HandoffOffered(_Frame):
    """Another persona would fit better; the person is asked. It lapses two turns later, and silence changes nothing."""

    type: Literal["handoff.offered"] = "handoff.offered"
    offer: str
    """For `handoff.answer`."""
    persona: str
    """Who would take over."""
    reason: str
    """A code."""
    text: str
    """The question to show."""


class RouteChanged(_Frame):
    """Somebody else answers from here on. Sent only when it changes."""

    type: Literal["route.changed"] = "route.changed"
    persona: str
    """Who answers now; `crisis` for the fixed words of a crisis."""
    previous: str
    """Who answered before."""
    reason: str
    """A code: `chosen`, `crisis`, `handoff` by a rule, `handed_over` with the person's leave."""


class ReplyDelta(_Frame):
    """A piece of the reply, to be appended."""

    type: Literal["reply.delta"] = "reply.delta"
    text: str
    """As it is, spaces included."""


class ReplyDone(_Frame):
    """The turn is over and in the database."""

    type: Literal["reply.done"] = "reply.done"
    turn_id: str | None
    """Its id in the database; null for a turn that was interrupted before anything was delivered: it is not kept."""
    number: int | None
    """Its number in the database, from 1; null likewise."""
    text: str
    """The whole reply: what the deltas add up to, or what was delivered of it."""
    persona: str
    """Who answered."""
    interrupted: bool = False
    """It was cut short, by the person or because the chat model broke off."""
    trace: dict[str, float | str]
    """Timings in milliseconds, and other small facts."""
    recovered: bool = False
    """It was read from the database for a client that may have missed it; the same `turn_id` may have come before."""


class ErrorFrame(_Frame):
    """Something was not done. The socket lives on."""

    type: Literal["error"] = "error"
    code: str
    """Stable; for programs."""
    message: str
    """For people: what, why, and what to do."""
    retryable: bool
    """The same may work later."""
    about: str | None = None
    """`type` of the frame it answers; `binary` for a binary one; null where that is not known."""
    field: str | None = None
    """The field that is wrong."""
    ends_turn: bool = False
    """The turn is over; there will be no `reply.done`. Where false, a turn goes on without what failed."""
    retry_after_s: float | None = None
    """Seconds to wait before trying again, where known."""


class Pong(_Frame):
    """Yes."""

    type: Literal["pong"] = "pong"
    id: str | None = None
    """From the `ping`."""


ServerFrame = Annotated[
    Notice
    | SessionStarted
    | PersonaGreeting
    | ThreadBusy
    | TurnStarted
    | LiveState
    | SessionClosing
    | PerceptionObserved
    | SpeechTranscribed
    | AffectFused
    | CorrectionNoted
    | HandoffOffered
    | RouteChanged
    | ReplyDelta
    | ReplyDone
    | ErrorFrame
    | Pong,
    Field(discriminator="type"),
]

SERVER_FRAMES: Final[TypeAdapter[ServerFrame]] = TypeAdapter(ServerFrame)


def parse_server(text: str | bytes) -> ServerFrame:
    """The frame a server sent; for clients in Python, and tests.

    Raises:
        pydantic.ValidationError: it is none.
    """
    return SERVER_FRAMES.validate_json(text)
