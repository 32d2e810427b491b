"""Test doubles of the chat model. They never run for a user.

`ScriptedChatModel` stands where a `ChatModel` stands. `ScriptedEndpoint` is a real HTTP server on loopback, for
whatever has to survive what real endpoints do.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, Self

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from langchain_core.messages import BaseMessage

Behaviour = Literal["normal", "error", "busy", "refuse", "cut", "unfinished", "malformed", "empty", "slow", "toolless"]

ToolCalls = Sequence[tuple[str, Mapping[str, Any] | str]]
"""Asked for at once: the name of a tool with its arguments, or with a text in their place that need not be JSON."""


class ScriptedChatModel:
    """Streams the replies it was given, in turn, and the last one from then on."""

    def __init__(
        self,
        replies: Sequence[str | Exception],
        *,
        chunk: int = 8,
        delay: float = 0,
        languages: frozenset[str] | None = None,
    ) -> None:
        """Take the script.

        Args:
            replies: texts to stream and exceptions to raise; at least one.
            chunk: characters a piece.
            delay: seconds before each piece.
            languages: what it claims to speak.
        """
        if not replies:
            raise ValueError("ScriptedChatModel needs at least one reply")
        self._replies = tuple(replies)
        self._chunk = chunk
        self._delay = delay
        self.name = "scripted"
        self.languages = languages
        self.calls: list[tuple[BaseMessage, ...]] = []
        """The messages of each call."""
        self.limits: list[int] = []
        """The `max_tokens` of each call."""
        self.warmed: tuple[BaseMessage, ...] | None = None
        """What it was warmed up with; None before that."""
        self.closed = False
        """Whether `aclose` was called."""

    async def stream(self, messages: Sequence[BaseMessage], *, max_tokens: int = 256) -> AsyncIterator[str]:
        reply = self._replies[min(len(self.calls), len(self._replies) - 1)]
        self.calls.append(tuple(messages))
        self.limits.append(max_tokens)
        await asyncio.sleep(self._delay)
        if isinstance(reply, Exception):
            raise reply
        for start in range(0, len(reply), self._chunk):
            await asyncio.sleep(self._delay)
            yield reply[start : start + self._chunk]

    async def warm_up(self, messages: Sequence[BaseMessage] = ()) -> None:
        self.warmed = tuple(messages)

    async def aclose(self) -> None:
        self.closed = True


class PacedChatModel:
    """Streams one reply on a timetable, by the clock: what comes later than that is not the model's doing."""

    def __init__(self, reply: str, *, first_s: float, piece_s: float, piece_chars: int = 5) -> None:
        """Take the timetable.

        Args:
            reply: the text to stream, each time.
            first_s: seconds until the first piece.
            piece_s: seconds from one piece to the next.
            piece_chars: characters a piece.
        """
        self._pieces = [reply[at : at + piece_chars] for at in range(0, len(reply), piece_chars)]
        self._first_s, self._piece_s = first_s, piece_s
        self.name = "paced"
        self.languages: frozenset[str] | None = None

    async def stream(self, messages: Sequence[BaseMessage], *, max_tokens: int = 256) -> AsyncIterator[str]:  # noqa: ARG002
        began = asyncio.get_running_loop().time()
        for number, piece in enumerate(self._pieces):
            due = began + self._first_s + number * self._piece_s
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            yield piece

    async def warm_up(self, messages: Sequence[BaseMessage] = ()) -> None:
        pass

    async def aclose(self) -> None:
        pass


class ScriptedEndpoint:
    """An OpenAI-compatible server that can be told to misbehave; a context manager.

    `normal` answers; `error` is a 500, `busy` a 429, `refuse` a 401; `cut` closes the connection in mid-reply;
    `unfinished` ends the stream in mid-reply as if it were whole; `malformed` sends broken JSON; `empty` answers 200
    with no stream; `slow` waits `delay` seconds before it answers; `toolless` refuses requests that offer tools.
    """

    def __init__(
        self,
        *behaviours: Behaviour,
        reply: str = "That sounds hard. What happened?",
        tool_calls: Sequence[ToolCalls] = (),
        retry_after: float = 0,
        delay: float = 0.5,
    ) -> None:
        """Take the script.

        Args:
            behaviours: one for each request to come, the last one from then on; `normal` when none is given.
            reply: the text it answers with.
            tool_calls: what it asks for before that, a group for each request that offers tools.
            retry_after: seconds a 429 asks to wait.
            delay: seconds `slow` waits.
        """
        self._behaviours = behaviours or ("normal",)
        self._reply = reply
        self._tool_calls = list(tool_calls)
        self._retry_after = retry_after
        self._delay = delay
        self._served = 0
        self.base_url = ""
        """Up to and including the version; empty until it is entered."""
        self.requests: list[dict[str, Any]] = []
        """The body of each request."""
        self.keys: list[str] = []
        """The Authorization header of each request."""

    def then(self, *behaviours: Behaviour, tool_calls: Sequence[ToolCalls] = ()) -> None:
        """Replace what is left of the script."""
        self._behaviours, self._served = behaviours or ("normal",), 0
        self._tool_calls = list(tool_calls)

    def __enter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        app = FastAPI()
        app.add_api_route("/v1/chat/completions", self._answer, methods=["POST"], response_model=None)
        config = uvicorn.Config(
            app, log_level="critical", ws="none", lifespan="off", timeout_graceful_shutdown=1, log_config=None
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)

    async def _answer(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        self.keys.append(request.headers.get("authorization", ""))
        behaviour = self._behaviours[min(self._served, len(self._behaviours) - 1)]
        self._served += 1
        match behaviour:
            case "error":
                return _refusal(500, "the model crashed")
            case "busy":
                return _refusal(429, "too many requests", {"Retry-After": f"{self._retry_after:g}"})
            case "refuse":
                return _refusal(401, "invalid key")
            case "empty":
                return PlainTextResponse("hello")
            case "malformed":
                return PlainTextResponse("data: {not json\n\n", media_type="text/event-stream")
            case "slow":
                await asyncio.sleep(self._delay)
            case "toolless":
                if body.get("tools"):
                    return _refusal(400, "this model does not support tools")
        if body.get("tools") and body.get("tool_choice") != "none" and self._tool_calls:
            events = _calling(self._tool_calls.pop(0), number=len(self.requests))
            return StreamingResponse(events, media_type="text/event-stream")
        return StreamingResponse(self._events(behaviour), media_type="text/event-stream")

    async def _events(self, behaviour: Behaviour) -> AsyncIterator[str]:
        half = len(self._reply) // 2
        for start in range(0, len(self._reply), 4):
            if start >= half and behaviour == "cut":
                raise ConnectionAbortedError("cut off, as told")
            if start >= half and behaviour == "unfinished":
                return
            yield _event({"delta": {"content": self._reply[start : start + 4]}, "finish_reason": None})
            await asyncio.sleep(0)
        yield _event({"delta": {}, "finish_reason": "stop"})
        yield "data: [DONE]\n\n"


async def _calling(calls: ToolCalls, *, number: int) -> AsyncIterator[str]:
    """Tool calls as endpoints stream them: the name first, its arguments in pieces after it, by index."""
    yield _event({"delta": {"role": "assistant", "content": None}, "finish_reason": None})
    for index, (name, args) in enumerate(calls):
        text = args if isinstance(args, str) else json.dumps(args)
        head = {"index": index, "id": f"call_{number}_{index}", "type": "function"}
        first = head | {"function": {"name": name, "arguments": ""}}
        yield _event({"delta": {"tool_calls": [first]}, "finish_reason": None})
        for start in range(0, len(text), 5):
            piece = {"index": index, "function": {"arguments": text[start : start + 5]}}
            yield _event({"delta": {"tool_calls": [piece]}, "finish_reason": None})
            await asyncio.sleep(0)
    yield _event({"delta": {}, "finish_reason": "tool_calls"})
    yield "data: [DONE]\n\n"


def _event(choice: dict[str, Any]) -> str:
    chunk = {"id": "scripted", "object": "chat.completion.chunk", "created": 0, "model": "scripted"}
    return f"data: {json.dumps(chunk | {'choices': [{'index': 0} | choice]})}\n\n"


def _refusal(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"message": message, "type": "scripted"}}, status, headers)
