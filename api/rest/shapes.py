"""The shapes of answers: those of `as_dict()` of what they show, field by field."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.rest.refusals import Refusal
from api.wire.client import Consent
from api.wire.shapes import AffectShape, ObservationShape, TranscriptShape
from perception import Emotion, Modality
from perception.text.sentiment import Polarity

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""ISO 8601 with time zone."""
Signed = Annotated[float, Field(ge=-1.0, le=1.0)]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class Shape(BaseModel):
    """A part of an answer. Answers may gain fields."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class SessionShape(Shape):
    """A conversation."""

    session_id: str
    """Opaque."""
    user_id: str
    """Whose it is."""
    persona: str
    """Who answers; `custom:` and a sentence for a persona that was described in one."""
    lang: str | None
    """ISO 639-1 code that was chosen; null follows the person's words."""
    deployment_context: str
    """What the server was used for when it began."""
    consent: Consent
    """What may be perceived."""
    acknowledged_at: Moment | None
    """When the person acknowledged the notice; null: not yet."""
    started_at: Moment
    """When it began."""


class NoticeShape(Shape):
    """What a person must be told first."""

    text: str
    """To be shown as it is: this is an AI that reads emotion, from what, and what it keeps."""
    lang: str
    """Language of the text."""
    modalities: list[Modality]
    """The senses that consent may be asked for."""


class StartedShape(SessionShape):
    """A conversation that has just begun, with its notice."""

    notice: NoticeShape
    """To be acknowledged before the first turn."""


class SessionsShape(Shape):
    """A page of conversations."""

    sessions: list[SessionShape]
    """Newest first."""
    next: str | None
    """The `cursor` of the page with older ones; null: there are none."""


class TurnShape(Shape):
    """A turn, as it is kept."""

    turn_id: str
    """Opaque."""
    session_id: str
    """Of its session."""
    number: int
    """From 1 in its session."""
    started_at: Moment
    """When the message came."""
    finished_at: Moment
    """When it was written."""
    persona: str
    """Who answered."""
    route_reason: str
    """A code: why that persona."""
    lang: str
    """Of the reply."""
    user_text: str
    """What was typed."""
    transcript: str
    """What was said."""
    reply: str
    """The whole reply, or what was delivered of it."""
    interrupted: bool
    """The reply was cut short."""
    observations: dict[Modality, ObservationShape]
    """What each sense said."""
    affect: AffectShape | None
    """What they said together."""
    trace: dict[str, float | str]
    """Timings in milliseconds, and other small facts."""


class TurnsShape(Shape):
    """A page of turns."""

    turns: list[TurnShape]
    """Oldest first."""
    next: str | None
    """The `cursor` of the page before; null: this one begins with the first turn."""


class GreetingShape(Shape):
    """What a persona says first."""

    persona: str
    """Whose greeting it is."""
    text: str
    """In character; empty for a persona that has none."""
    lang: str
    """The language that was asked for."""


class PersonaShape(Shape):
    """A persona in a list."""

    name: str
    """For `persona` of `POST /v1/sessions`."""
    title: dict[str, str]
    """What people read, by language."""
    languages: list[str]
    """ISO 639-1 codes its prompt is written in."""


class PersonasShape(Shape):
    """The personas of a server."""

    personas: list[PersonaShape]
    """The default first."""


class PersonaDetailShape(PersonaShape):
    """A persona. Its prompt stays with the server."""

    greeting: dict[str, str]
    """What it says when chosen, by language."""
    style: dict[str, str]
    """How it sounds, by language."""
    trust: dict[Modality, Probability]
    """The weight of each sense, before quality and confidence."""
    questions: dict[str, dict[str, list[str]]]
    """Open questions it may end a reply with, by emotion (or `any`) and language."""


class PointShape(Shape):
    """How one turn felt."""

    session_id: str
    """Of its session."""
    number: int
    """Of the turn in its session."""
    started_at: Moment
    """When the message came."""
    top: Emotion | None
    """The likeliest emotion; null where no sense could tell."""
    scores: dict[Emotion, Probability] | None
    """Probability of each emotion; null likewise."""
    valence: Signed | None
    """Pleasure."""
    arousal: Signed | None
    """Activation."""
    reliability: Probability
    """How far the scores may be relied on."""
    persona: str
    """Who answered."""


class TimelineShape(Shape):
    """How a person felt over time."""

    points: list[PointShape]
    """Oldest first."""


class HealthSenseShape(Shape):
    """A sense of a server."""

    status: Literal["ok", "disabled", "model_missing", "model_refused"]
    """Whether it can be asked."""
    model: str | None
    """What it looks with."""
    command: str | None = None
    """How to get a model that is missing."""
    why: str | None = None
    """Why a model is refused."""


class HealthShape(Shape):
    """What a server is made of."""

    status: Literal["ok"]
    """It answers."""
    version: str
    """Of attune-agent."""
    deployment_context: str
    """What it is used for."""
    chat_model: str
    """What replies."""
    personas: list[str]
    """Their names, the default first."""
    senses: dict[str, HealthSenseShape]
    """By modality, and `speech`."""


class ReadyShape(Shape):
    """Whether a server can work."""

    status: Literal["ready"]
    """All of it."""
    checks: dict[str, str]
    """Of `chat_model`, `database` and each sense that is on: `ok`."""


class NotReadyShape(Refusal):
    """What a server cannot do now."""

    status: Literal["not_ready"]
    """Not all of it."""
    checks: dict[str, str]
    """Of `chat_model`, `database` and each sense that is on: `ok`, or why not."""


class FaceShape(Shape):
    """Where a face is: a square, in pixels of the picture."""

    left: float
    """May lie outside the picture."""
    top: float
    """Likewise."""
    side: float
    """Length of its sides."""


class LiveVisionShape(Shape):
    """What a camera sees."""

    observation: ObservationShape | None
    """Of the picture that was read last; null where none was."""
    steady: Emotion | None
    """The emotion to show, which does not flicker; null while none is sure."""
    scores: dict[Emotion, Probability] | None
    """Smoothed over the last pictures; null where nothing is known."""
    face: FaceShape | None
    """The face that was read; null where there was none, or the sense cannot tell."""
    dropped: bool
    """This picture was not read, because another was being read; the rest is of earlier ones."""


class PerceivedShape(Shape):
    """What was felt of one item, as a line of `attune perceive --batch`."""

    observations: dict[Modality, ObservationShape]
    """What each sense said."""
    affect: AffectShape | None
    """What they say together; null where none could tell."""
    transcript: TranscriptShape | None = None
    """What was said, where that was asked for."""
    fluency: dict[str, Any] | None = None
    """How fluently, likewise."""


class AnalyzedRowShape(Shape):
    """What the text sense says of a row."""

    row: int
    """From 1, without the header."""
    status: str
    """`ok`, or why it could not tell."""
    sentiment: Polarity | None
    """The side it is on; null where there are no scores."""
    intensity: Probability | None
    """How strongly."""
    emotion: Emotion | None
    """The likeliest."""
    confidence: Probability | None
    """Probability of it."""
    emotions: dict[Emotion, Probability] | None
    """Of all seven."""
    faults: list[str]
    """Codes: what is wrong with the row."""


class AnalysisSummaryShape(Shape):
    """A table in figures; those of emotions and sentiment are of the rows answered."""

    rows: int
    """All."""
    answered: int
    """Rows whose scores the text sense stands by."""
    sentiments: dict[Polarity, int]
    """Rows, by side."""
    emotions: dict[Emotion, int]
    """Rows, by the likeliest emotion."""
    mean_intensity: Probability | None
    """Null where nothing was answered."""


class AnalysisShape(Shape):
    """A table that was felt."""

    rows: list[AnalyzedRowShape]
    """In order."""
    summary: AnalysisSummaryShape
    """All of them together."""
