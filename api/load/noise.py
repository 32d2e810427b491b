"""Frames that no client should send: malformed, mutilated, out of order, and far too many of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from api.wire import BinaryFrame, MediaKind, pack_binary

Random = np.random.Generator

_VALID: Final[tuple[Mapping[str, Any], ...]] = (
    {"type": "session.start", "lang": "en"},
    {"type": "session.start", "custom": "you are a tsundere cat girl"},
    {"type": "session.resume", "token": "abc", "last_seq": 3},
    {"type": "notice.ack", "consent": {"vision": True, "audio": True, "text": True}},
    {"type": "notice.ack", "consent": {}},
    {"type": "user.message", "text": "hello"},
    {"type": "user.message", "image": "AAAA"},
    {"type": "user.message", "audio": "data:audio/wav;base64,UklGRg=="},
    {"type": "user.audio.start"},
    {"type": "user.audio.end"},
    {"type": "user.correction", "turn": 1, "emotion": "sad"},
    {"type": "persona.set", "persona": "debate"},
    {"type": "handoff.answer", "offer": "x", "accept": True},
    {"type": "reply.interrupt", "delivered_chars": 5},
    {"type": "turn.retry"},
    {"type": "ping", "id": "1"},
)
_ODD: Final[tuple[Any, ...]] = (
    None, True, -1, 0, 10**30, 1.5, float("nan"), float("inf"), "", " ", "\x00", "\ud800", "a" * 5000, "💥" * 500,
    [], {}, [[[[]]]], {"a": {"b": {}}}, "../../etc/passwd", "' OR 1=1 --", "{{7*7}}", "\u202e", "null",
)  # fmt: skip


def frames(count: int, seed: int) -> list[str | bytes]:
    """Frames to throw at a server, the same for the same seed.

    A third are valid ones at the wrong moment; the rest are valid ones with a field changed, left out or added, texts
    that are no JSON or no object, and binary frames with a wrong header or a payload that is no picture or sound.

    Args:
        count: how many.
        seed: of what is random.
    """
    random = np.random.default_rng(seed)
    kinds: tuple[Callable[[Random], str | bytes], ...] = (_valid, _valid, _mutated, _mutated, _broken, _binary)
    return [kinds[random.integers(len(kinds))](random) for _ in range(count)]


def _valid(random: Random) -> str:
    return json.dumps(_VALID[random.integers(len(_VALID))])


def _mutated(random: Random) -> str:
    frame = dict(_VALID[random.integers(len(_VALID))])
    names = [*frame, "extra", "text", "seq", "turn", "__proto__"]
    for _ in range(random.integers(1, 3)):
        name = names[random.integers(len(names))]
        if name in frame and random.random() < 0.3:
            del frame[name]
        else:
            frame[name] = _ODD[random.integers(len(_ODD))]
    return json.dumps(frame)


def _broken(random: Random) -> str:
    text = _valid(random)
    match random.integers(6):
        case 0:
            return text[: random.integers(len(text))]
        case 1:
            return text + text
        case 2:
            return json.dumps(_ODD[random.integers(len(_ODD))])
        case 3:
            return "[" * 2000
        case 4:
            return "".join(map(chr, random.integers(0, 0xD7FF, size=50)))
        case _:
            return text.replace('"', "'", 1)


def _binary(random: Random) -> bytes:
    payload = random.bytes(int(random.integers(0, 400)))
    if random.random() < 0.5:
        return payload
    kind = MediaKind.JPEG if random.random() < 0.5 else MediaKind.PCM16
    moment = int(random.integers(0, 2**40))
    return pack_binary(BinaryFrame(kind=kind, counter=1, captured_at_ms=moment, payload=payload or b"\xff"))
