"""The frames: what is taken, what is refused and how it is named, and that values keep their shape on the way."""

from __future__ import annotations

import json
import struct
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import wire
from api.wire import (
    HEADER_SIZE,
    BinaryFrame,
    MediaKind,
    WireError,
    pack_binary,
    parse_client,
    parse_server,
    unpack_binary,
)
from api.wire.shapes import AffectShape, ObservationShape, TranscriptShape
from perception import Cue, EmotionScores, Modality, Observation, Status, Transcript
from perception.fusion import fuse

pytestmark = pytest.mark.unit

CLIENT = [
    {"type": "session.start"},
    {"type": "session.start", "persona": "debate", "lang": "zh", "user_id": "ada"},
    {"type": "session.start", "custom": "you are a tsundere cat girl"},
    {"type": "session.resume", "token": "t", "last_seq": 0},
    {"type": "notice.ack", "consent": {"vision": True, "text": True}},
    {"type": "user.message", "text": "hello"},
    {"type": "user.message", "image": "AAAA", "audio": "AAAA", "crop": True, "lang": "en-GB"},
    {"type": "user.audio.start"},
    {"type": "user.audio.end"},
    {"type": "user.correction", "turn": 1, "emotion": "sad", "text": "no"},
    {"type": "persona.set", "persona": "chat"},
    {"type": "handoff.answer", "offer": "1", "accept": True},
    {"type": "reply.interrupt"},
    {"type": "reply.interrupt", "delivered_chars": 12},
    {"type": "turn.retry"},
    {"type": "ping", "id": "1"},
]


@pytest.mark.parametrize("frame", CLIENT, ids=lambda frame: "-".join(map(str, frame)))
def test_a_client_frame_is_parsed_and_keeps_what_it_says(frame: dict[str, Any]) -> None:
    parsed = parse_client(json.dumps(frame))
    assert parsed.type == frame["type"]
    shown = parsed.model_dump(exclude_unset=True)
    assert {**frame, **shown} == {**shown, **frame}


def test_the_designed_frames_are_all_there() -> None:
    client = {kind.model_fields["type"].default for kind in get_args(get_args(wire.ClientFrame)[0])}
    server = {kind.model_fields["type"].default for kind in get_args(get_args(wire.ServerFrame)[0])}
    assert client >= {
        *("session.start", "session.resume", "notice.ack", "user.message", "user.audio.start", "user.audio.end"),
        *("user.correction", "persona.set", "handoff.answer", "reply.interrupt", "ping"),
    }
    assert server >= {
        *("session.notice", "session.started", "persona.greeting", "thread.busy", "perception.observed"),
        *("affect.fused", "handoff.offered", "route.changed", "reply.delta", "reply.done", "error", "pong"),
    }


def test_every_server_frame_has_seq_and_turn_and_every_field_is_described() -> None:
    for union in (wire.ClientFrame, wire.ServerFrame):
        for kind in get_args(get_args(union)[0]):
            for name, field in kind.model_fields.items():
                assert name in {"type", "protocol"} or field.description, f"{kind.__name__}.{name}"
            if union is wire.ServerFrame:
                assert {"seq", "turn"} <= set(kind.model_fields)


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("{", "bad_json", None),
        ("", "bad_json", None),
        ("[" * 5000, "bad_json", None),
        ("[]", "bad_frame", None),
        ('"ping"', "bad_frame", None),
        ("{}", "unknown_type", "type"),
        ('{"type": "nope"}', "unknown_type", "type"),
        ('{"type": 5}', "unknown_type", "type"),
        ('{"type": "ping", "surprise": 1}', "bad_frame", "surprise"),
        ('{"type": "notice.ack"}', "bad_frame", "consent"),
        ('{"type": "notice.ack", "consent": {"vision": "yes"}}', "bad_frame", "consent.vision"),
        ('{"type": "notice.ack", "consent": {"smell": true}}', "bad_frame", "consent.smell"),
        ('{"type": "user.message", "text": 5}', "bad_frame", "text"),
        ('{"type": "user.message", "lang": "englisch!"}', "bad_frame", "lang"),
        ('{"type": "session.start", "user_id": "../../etc"}', "bad_frame", "user_id"),
        ('{"type": "session.start", "persona": "custom:x"}', "bad_frame", "persona"),
        ('{"type": "session.start", "persona": "a", "custom": "b"}', "bad_frame", None),
        ('{"type": "session.resume", "token": "t", "last_seq": -1}', "bad_frame", "last_seq"),
        ('{"type": "persona.set"}', "bad_frame", None),
        ('{"type": "reply.interrupt", "delivered_chars": 1.5}', "bad_frame", "delivered_chars"),
        ('{"type": "user.correction", "emotion": "hungry"}', "bad_frame", "emotion"),
    ],
)
def test_a_wrong_frame_is_refused_by_the_name_of_its_field(text: str, code: str, field: str | None) -> None:
    with pytest.raises(WireError) as caught:
        parse_client(text)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert field is None or field in caught.value.message
    assert len(caught.value.message) < 400


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "ping"' + "".join(f', "{number}": 1' for number in range(30_000)) + "}",
        '{"type": "ping", "id": [' + ",".join(["[]"] * 30_000) + "]}",
        "[" * 30_000,
    ],
)
def test_a_frame_of_countless_fields_is_refused_before_they_are_read(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("api.wire.client.CLIENT_FRAMES")
    for sent in (text, text.encode()):
        with pytest.raises(WireError, match="commas and brackets") as caught:
            parse_client(sent)
        assert caught.value.code == "bad_frame"


def test_a_message_may_have_as_many_commas_as_it_has_characters() -> None:
    frame = parse_client(json.dumps({"type": "user.message", "text": ",[{" * 6_600 + "," * 200}))
    assert frame.type == "user.message"


def test_the_name_of_a_wrong_field_is_not_quoted_at_any_length() -> None:
    with pytest.raises(WireError, match="there is no such field") as caught:
        parse_client(json.dumps({"type": "ping", "k" * 1_000_000: 1}))
    assert len(caught.value.message) < 300
    assert len(caught.value.field or "") < 100


def test_inline_media_over_the_limit_is_too_large_and_not_quoted() -> None:
    frame = json.dumps({"type": "user.message", "image": "A" * (wire.INLINE_BYTES * 2)})
    with pytest.raises(WireError, match="6,000,000 bytes") as caught:
        parse_client(frame)
    assert caught.value.code == "media_too_large"
    assert len(caught.value.message) < 200


@given(
    kind=st.sampled_from(MediaKind),
    counter=st.integers(0, 2**32 - 1),
    captured_at_ms=st.integers(0, 253_402_300_799_000),
    payload=st.binary(min_size=1, max_size=100),
)
def test_a_binary_frame_survives_the_way(kind: MediaKind, counter: int, captured_at_ms: int, payload: bytes) -> None:
    frame = BinaryFrame(kind=kind, counter=counter, captured_at_ms=captured_at_ms, payload=payload)
    assert unpack_binary(pack_binary(frame)) == frame


def test_the_header_is_as_documented() -> None:
    data = pack_binary(BinaryFrame(kind=MediaKind.PCM16, counter=7, captured_at_ms=1_000, payload=b"\1\2"))
    assert data == bytes([2, 1, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 3, 232, 1, 2])
    assert HEADER_SIZE == 16
    assert unpack_binary(data).captured_at == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)


def test_an_unknown_moment_is_none() -> None:
    frame = BinaryFrame(kind=MediaKind.JPEG, counter=0, captured_at_ms=0, payload=b"x")
    assert unpack_binary(pack_binary(frame)).captured_at is None


def header(kind: int = 1, version: int = 1, reserved: int = 0, captured_at_ms: int = 0) -> bytes:
    return struct.pack("!BBHIQ", kind, version, reserved, 0, captured_at_ms)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"", "payload"),
        (b"garbage", "payload"),
        (header(), "payload"),
        (header(version=2) + b"x", "version"),
        (header(kind=9) + b"x", "kind"),
        (header(reserved=1) + b"x", "reserved"),
        (header(captured_at_ms=2**63) + b"x", "captured_at_ms"),
    ],
)
def test_a_wrong_header_is_refused_by_the_name_of_its_field(data: bytes, field: str) -> None:
    with pytest.raises(WireError) as caught:
        unpack_binary(data)
    assert (caught.value.code, caught.value.field) == ("bad_binary", field)


@given(st.binary(max_size=64))
def test_garbage_raises_nothing_but_wire_errors(data: bytes) -> None:
    for read in (unpack_binary, parse_client):
        try:
            read(data)
        except WireError as error:
            assert error.message  # noqa: PT017


def observation() -> Observation:
    return Observation(
        modality=Modality.AUDIO,
        status=Status.OK,
        model="scripted",
        scores=EmotionScores.of({"sad": 0.7, "neutral": 0.3}),
        quality=0.8,
        cues=(Cue(code="pitch_above_usual", params={"percent": 40}),),
        latency_ms=1.5,
    )


def test_values_keep_their_shape_on_the_way() -> None:
    seen, silent = observation(), Observation(modality=Modality.VISION, status=Status.NO_FACE, model="m")
    affect = fuse((seen, silent), trust=dict.fromkeys(Modality, 0.5))
    heard = Transcript(status=Status.OK, model="m", text="hello", lang="en", seconds=1.0)
    for shape, value in (
        (ObservationShape, seen),
        (ObservationShape, silent),
        (AffectShape, affect),
        (AffectShape, fuse((silent,), trust={})),
        (TranscriptShape, heard),
    ):
        assert shape.model_validate(value.as_dict()).model_dump(mode="json") == value.as_dict()


def test_a_server_frame_survives_the_way_and_may_have_grown() -> None:
    frame = wire.PerceptionObserved(
        seq=1, turn=1, observation=ObservationShape.model_validate(observation().as_dict()), age_ms=3.0
    )
    grown = json.dumps({**json.loads(frame.model_dump_json()), "later": True})
    assert parse_server(frame.model_dump_json()) == frame
    assert parse_server(grown) == frame
