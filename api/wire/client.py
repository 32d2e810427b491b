"""What a client sends.

A session: `session.start`, then `notice.ack` once the server has sent its notice, then `user.message` as often as one
likes. Media of a turn comes before its message: the latest JPEG frame is its picture, the PCM16 frames between
`user.audio.start` and `user.audio.end` are its recording. Simple clients put both into the message as base64.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.config import JsonDict

from api.wire.errors import WireError
from api.wire.limits import INLINE_BYTES, INLINE_CHARS, MOST_PARTS
from perception import Emotion

Lang = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")]
Token = Annotated[str, Field(min_length=1, max_length=200)]
PersonaName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^:]+$")]
Sentence = Annotated[str, Field(min_length=1, max_length=2000)]
Inline = Annotated[str, Field(min_length=1, max_length=INLINE_CHARS)]
Busy = Literal["queue", "reject", "interrupt"]
"""What becomes of a message that comes while a turn runs."""


def _given(*names: str) -> JsonDict:
    """JSON Schema: these texts are there, and not null."""
    return {"required": [*names], "properties": {name: {"type": "string"} for name in names}}


class _Frame(BaseModel):
    # strict: "yes" is no consent
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    answers: ClassVar[tuple[str, ...]] = ()
    """Types of the frames that answer it, beside `error`; for the documents of the wire."""


class Consent(_Frame):
    """What the person allows, by sense. What is left out is not allowed."""

    vision: bool = False
    """Read emotion from pictures of the face."""
    audio: bool = False
    """Read emotion from the sound of the voice."""
    text: bool = False
    """Read emotion from words, typed or said."""


class SessionStart(_Frame):
    """Begin a session. The answer is `session.notice`."""

    # what the validator below refuses, for the documents of the wire
    model_config = ConfigDict(json_schema_extra={"not": _given("persona", "custom")})

    answers: ClassVar[tuple[str, ...]] = ("session.notice",)
    type: Literal["session.start"] = "session.start"
    persona: PersonaName | None = None
    """Name of the persona; by default `chat`."""
    custom: Sentence | None = None
    """Instead of a name: one sentence that describes a persona ("you are a tsundere cat girl")."""
    lang: Lang | None = None
    """ISO 639-1 code of notice, greeting and replies; by default replies follow the person's words."""
    user_id: Annotated[str, Field(pattern=r"^[\w.@-]{1,64}$")] = "local"
    """Whose conversation it is; the client vouches for it."""
    busy: Busy | None = None
    """What becomes of a message that comes while a turn runs: it waits, is refused, or stops that turn. By default as
    the server is set."""
    live: bool = False
    """Feel the pictures that come between messages, as `live.set` does, once vision is consented to."""

    @model_validator(mode="after")
    def _one_persona(self) -> SessionStart:
        if self.persona is not None and self.custom is not None:
            raise ValueError("takes `persona` or `custom`, not both")
        return self


class SessionResume(_Frame):
    """Take up a session after the connection broke. What was missed comes again, then `session.started`."""

    answers: ClassVar[tuple[str, ...]] = ("session.started",)
    type: Literal["session.resume"] = "session.resume"
    token: Token
    """From `session.started`."""
    last_seq: Annotated[int, Field(ge=0)]
    """`seq` of the last frame received; 0 for none."""
    epoch: Annotated[int, Field(ge=1)] | None = None
    """`epoch` of the last `session.started`."""
    last_turn: Annotated[int, Field(ge=0)] | None = None
    """`number` of the last `reply.done` received; 0 for none. After a restart of the server, `reply.done` of the turns
    after it comes again; without it, that of the last turn."""
    attach: bool = False
    """Follow the session beside the connections that it has; by default they are closed with code 4001."""


class NoticeAck(_Frame):
    """The person has read the notice. The answer is `session.started`, then `persona.greeting`."""

    answers: ClassVar[tuple[str, ...]] = ("session.started", "persona.greeting")
    type: Literal["notice.ack"] = "notice.ack"
    consent: Consent
    """What may be perceived from now on. May be sent again to change it."""


class LiveSet(_Frame):
    """Turn the live link on or off: JPEG frames that come while no turn runs, and PCM16 frames of a recording, are felt
    as they come, and `perception.observed` says so with `live`. The answer is `live.state`.
    """

    answers: ClassVar[tuple[str, ...]] = ("live.state",)
    type: Literal["live.set"] = "live.set"
    vision: bool = False
    """Feel pictures."""
    audio: bool = False
    """Feel the voice of a recording while it comes in."""


class UserMessage(_Frame):
    """One turn: words, a picture, a recording, or any of them."""

    answers: ClassVar[tuple[str, ...]] = ("reply.done", "thread.busy")
    type: Literal["user.message"] = "user.message"
    text: str = ""
    """Typed words, at most 20,000 characters."""
    image: Inline | None = None
    """A JPEG, PNG, WebP or BMP file in base64 or as a data URL, at most 6,000,000 bytes; replaces a JPEG frame."""
    audio: Inline | None = None
    """A WAV, FLAC, Ogg, MP3, WebM or M4A file in base64 or as a data URL, at most 6,000,000 bytes; replaces PCM16
    frames."""
    crop: bool = False
    """The picture is a face crop already."""
    lang: Lang | None = None
    """ISO 639-1 code of the reply, for this turn."""


class UserAudioStart(_Frame):
    """PCM16 frames follow; a recording not yet sent is dropped."""

    type: Literal["user.audio.start"] = "user.audio.start"


class UserAudioEnd(_Frame):
    """The recording is whole; it waits for the next `user.message`, which may have no text."""

    type: Literal["user.audio.end"] = "user.audio.end"


class UserCorrection(_Frame):
    """The person was read wrong. Their word holds for that turn and in the session from the next turn on; another
    correction undoes it.
    """

    answers: ClassVar[tuple[str, ...]] = ("correction.noted",)
    type: Literal["user.correction"] = "user.correction"
    turn: Annotated[int, Field(ge=1)] | None = None
    """The `turn` of the frames that were wrong; by default the last."""
    emotion: Emotion | None = None
    """What the person felt."""
    text: Annotated[str, Field(max_length=2000)] = ""
    """In their own words; where no `emotion` is given and they name one, it counts."""
    share: bool = False
    """The person agrees that the turn and this label go into an export of labelled data."""


class PersonaSet(_Frame):
    """Let another persona answer. The answer is `route.changed`, if it is another one, and `persona.greeting`."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [_given("persona"), _given("custom")]})

    answers: ClassVar[tuple[str, ...]] = ("route.changed", "persona.greeting", "thread.busy")
    type: Literal["persona.set"] = "persona.set"
    persona: PersonaName | None = None
    """Its name."""
    custom: Sentence | None = None
    """Instead of a name: one sentence that describes it."""

    @model_validator(mode="after")
    def _one_persona(self) -> PersonaSet:
        if (self.persona is None) == (self.custom is None):
            raise ValueError("takes either `persona` or `custom`")
        return self


class HandoffAnswer(_Frame):
    """Yes or no to `handoff.offered`. Yes is answered by `route.changed`, when the running turn has ended."""

    answers: ClassVar[tuple[str, ...]] = ("route.changed",)
    type: Literal["handoff.answer"] = "handoff.answer"
    offer: Token
    """`offer` of the frame answered."""
    accept: bool
    """Let that persona take over."""


class ReplyInterrupt(_Frame):
    """Stop the running turn. It ends with `reply.done`, `interrupted` true unless the reply was whole by then."""

    answers: ClassVar[tuple[str, ...]] = ("reply.done",)
    type: Literal["reply.interrupt"] = "reply.interrupt"
    delivered_chars: Annotated[int, Field(ge=0)] | None = None
    """How much of the reply the person has seen or heard, in characters; by default all that was sent."""


class TurnRetry(_Frame):
    """Take up the turn that ended with a retryable `error` where it broke; the senses are not asked again."""

    answers: ClassVar[tuple[str, ...]] = ("reply.done", "thread.busy")
    type: Literal["turn.retry"] = "turn.retry"


class Ping(_Frame):
    """Are you there?"""

    answers: ClassVar[tuple[str, ...]] = ("pong",)
    type: Literal["ping"] = "ping"
    id: Annotated[str, Field(max_length=100)] | None = None
    """Comes back in the `pong`."""


ClientFrame = Annotated[
    SessionStart
    | SessionResume
    | NoticeAck
    | LiveSet
    | UserMessage
    | UserAudioStart
    | UserAudioEnd
    | UserCorrection
    | PersonaSet
    | HandoffAnswer
    | ReplyInterrupt
    | TurnRetry
    | Ping,
    Field(discriminator="type"),
]

CLIENT_FRAMES: Final[TypeAdapter[ClientFrame]] = TypeAdapter(ClientFrame)

_SHOWN: Final = 80
_OWN_WORDS: Final = {"missing": "is required", "extra_forbidden": "there is no such field"}


def parse_client(text: str | bytes) -> ClientFrame:
    """The frame a client sent.

    Raises:
        WireError: `bad_json`, `unknown_type` or `bad_frame`; the message names the field, and `field` holds it.
    """
    if has_too_many_parts(text):
        raise WireError(
            "bad_frame", f"the frame has more than {MOST_PARTS:,} commas and brackets; send fewer fields and items"
        )
    try:
        return CLIENT_FRAMES.validate_json(text)
    except ValidationError as error:
        raise _wire_error(error.errors(include_url=False)[0]) from error


def _wire_error(detail: Any) -> WireError:
    match detail["type"]:
        case "json_invalid":
            return WireError("bad_json", f"the frame is no JSON: {detail['ctx']['error']}; send one object a frame")
        case "union_tag_invalid":
            known = detail["ctx"]["expected_tags"].replace("'", "")
            message = f"type: no frame is called {_shown(detail['ctx']['tag'])}; there are: {known}"
            return WireError("unknown_type", message, field="type")
        case "union_tag_not_found":
            return WireError("unknown_type", 'type: a frame names its type, such as {"type": "ping"}', field="type")
    if not detail["loc"]:
        return WireError("bad_frame", f"a frame is a JSON object, got {_shown(detail['input'])}")
    return _field_error(detail)


def _field_error(detail: Any) -> WireError:
    name, *place = (str(part) for part in detail["loc"])
    field = shortened(".".join(place)) or None
    if detail["type"] == "string_too_long" and field in {"image", "audio"}:
        message = f"{name}.{field}: has more than {INLINE_BYTES:,} bytes; send it in binary frames, or smaller"
        return WireError("media_too_large", message, field=field)
    message = _OWN_WORDS.get(detail["type"], detail["msg"].removeprefix("Value error, "))
    got = f", got {_shown(detail['input'])}" if detail["type"] not in {"missing", "value_error"} else ""
    return WireError("bad_frame", f"{name}{f'.{field}' if field else ''}: {message}{got}", field=field)


def has_too_many_parts(text: str | bytes) -> bool:
    """Whether a JSON text has more fields and items than any that is meant well."""
    if len(text) <= MOST_PARTS:
        return False
    if isinstance(text, bytes):
        return sum(text.count(part) for part in (b",", b"[", b"{")) > MOST_PARTS
    return sum(text.count(part) for part in (",", "[", "{")) > MOST_PARTS


def shortened(text: str) -> str:
    """What is shown of something that a client has made up, such as the name of a field."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _shown(value: object) -> str:
    return shortened(repr(value))
