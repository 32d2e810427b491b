"""Server-sent events of the chat completions protocol, put together to one reply."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from perception.vision.mllm.logprobs import Token

MAX_BYTES: Final = 4_000_000
"""Of a whole answer with its frames and log probabilities."""
MAX_LINE: Final = 262_144
"""Bytes of one line of it; an event of one token has a few hundred."""
MAX_CHARACTERS: Final = 8_000
"""Of the text in it; a label never needs as many."""


class ProtocolError(Exception):
    """What came is no answer of a chat completions endpoint."""


class ReplyTooLong(Exception):  # noqa: N818  (named for what happened, as in httpx)
    """The endpoint does not stop."""


@dataclass(kw_only=True, slots=True)
class Reply:
    """An answer while it grows."""

    text: str = ""
    """What the model answered."""
    reasoning: str = ""
    """What it thought, where the endpoint delivers that apart (`reasoning_content`)."""
    tokens: list[Token] = field(default_factory=list)
    """With log probabilities; empty where the endpoint gives none."""
    finish: str = ""
    """Why it ended: `stop`, or `length` when the model was cut off; empty while it has not."""

    def add(self, chunk: Mapping[str, Any]) -> None:
        """Take in one chunk of a stream, or a whole answer.

        Raises:
            ProtocolError: it is an error, or no chunk.
            ReplyTooLong: there is too much of it.
        """
        if error := chunk.get("error"):
            raise ProtocolError(f"it reports an error: {told(error)}")
        choices = chunk.get("choices")
        if not isinstance(choices, list):
            raise ProtocolError("a chunk has no choices")
        for choice in choices[:1]:
            if not isinstance(choice, dict):
                raise ProtocolError("a choice is no object")
            piece = choice.get("delta") or choice.get("message") or {}
            self.text += _text(piece, "content")
            self.reasoning += _text(piece, "reasoning_content") or _text(piece, "reasoning")
            self.tokens.extend(_tokens(choice.get("logprobs")))
            self.finish = str(choice.get("finish_reason") or self.finish)
        if len(self.text) + len(self.reasoning) > MAX_CHARACTERS:
            raise ReplyTooLong(f"it wrote more than {MAX_CHARACTERS} characters")


def read_events(parts: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    """The chunks of a stream, until `[DONE]` or its end.

    Args:
        parts: The body as it comes.

    Raises:
        ProtocolError: something that is no event, or an event that is not JSON.
        ReplyTooLong: more than `MAX_BYTES`, or a line of more than `MAX_LINE`.
    """
    for event in _events(_lines(parts)):
        if event == "[DONE]":
            return
        yield read_object(event)


def read_object(text: str | bytes) -> Mapping[str, Any]:
    """One JSON object.

    Raises:
        ProtocolError: it is none.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"it sent broken JSON: {text[:80]!r}") from error
    if not isinstance(value, dict):
        raise ProtocolError(f"it sent {text[:80]!r} where an object should be")
    return value


def limited(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same parts, up to `MAX_BYTES`.

    Raises:
        ReplyTooLong: there is more.
    """
    total = 0
    for part in parts:
        total += len(part)
        if total > MAX_BYTES:
            raise ReplyTooLong(f"it sent more than {MAX_BYTES} bytes")
        yield part


def told(error: object) -> str:
    """What an error object says, in one short line."""
    inner = error.get("message", error) if isinstance(error, Mapping) else error
    return " ".join(str(inner).split())[:200]


def _lines(parts: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for part in limited(parts):
        *whole, rest = (rest + part).split(b"\n")
        for line in whole:
            yield line.rstrip(b"\r").decode("utf-8", "replace")
        if len(rest) > MAX_LINE:
            raise ReplyTooLong(f"it sent a line of more than {MAX_LINE} bytes")
    yield rest.rstrip(b"\r").decode("utf-8", "replace")
    yield ""


def _events(lines: Iterable[str]) -> Iterator[str]:
    """The data of each event; other fields and comments are passed over (WHATWG, "Server-sent events")."""
    data: list[str] = []
    for line in lines:
        name, _, value = line.partition(":")
        if name == "data":
            data.append(value.removeprefix(" "))
        elif not line and data:
            yield "\n".join(data)
            data = []
        elif line and name not in {"", "event", "id", "retry"}:
            raise ProtocolError(f"it sent {line[:80]!r} where an event should be")


def _text(piece: object, key: str) -> str:
    value = piece.get(key) if isinstance(piece, dict) else None
    # JSON can hold halves of characters, which nothing else can
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def _tokens(logprobs: object) -> Iterator[Token]:
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    for entry in content if isinstance(content, list) else ():
        text, logprob = (entry.get("token"), entry.get("logprob")) if isinstance(entry, dict) else (None, None)
        if isinstance(text, str) and isinstance(logprob, int | float) and not math.isnan(logprob):
            yield Token(text=_bytes(entry.get("bytes"), text), logprob=float(logprob))


def _bytes(given: object, text: str) -> bytes:
    try:
        return bytes(given) if isinstance(given, list) else text.encode()
    except (ValueError, TypeError):
        return text.encode("utf-8", "replace")
