"""A real server on loopback that speaks, and breaks, the protocol of vision endpoints. It never runs for a user."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self

Behaviour = Literal[
    "normal", "escaped", "apart", "whole", "crlf", "cut", "unfinished", "length", "malformed", "html", "report",
    "trickle", "slow", "endless", "one_line", "error", "busy", "refuse", "absent", "blind", "no_logprobs",
]  # fmt: skip

_REFUSALS: Mapping[str, tuple[int, str]] = {
    "error": (500, "the model crashed"),
    "busy": (429, "too many requests"),
    "refuse": (401, "invalid key"),
    "absent": (404, "no such model"),
    "blind": (400, "this model takes no images"),
    "no_logprobs": (400, "logprobs are not supported"),
}

_BODIES: Mapping[str, bytes] = {
    "html": b"<html><body>Welcome</body></html>\n",
    "malformed": b"data: {not json\n\n",
    "report": b'data: {"error": {"message": "out of memory"}}\n\n',
}


class ScriptedVisionEndpoint:
    """Answers chat completions as told; a context manager.

    `normal` streams the reply in small pieces, `escaped` as one piece of ASCII; `apart` delivers `reasoning` as
    `reasoning_content`; `whole` does not stream; `crlf` ends lines with CR LF, between comments; `cut` closes the
    connection and `unfinished` ends the stream in mid-reply; `length` was cut off by its limit; `malformed` sends
    broken JSON, `html` a page, `report` an error within the stream; `slow` waits `delay` seconds; `trickle` sends a
    piece every 50 ms without end; `endless` and `one_line` never stop, fast; the others refuse. `no_logprobs` does so
    only when log probabilities are wanted.
    """

    def __init__(
        self,
        *behaviours: Behaviour,
        reply: str = "<think>The mouth is drawn up.</think><answer>happy</answer>",
        reasoning: str = "",
        logprobs: Mapping[str, float] | None = None,
        delay: float = 1.0,
    ) -> None:
        """Take the script.

        Args:
            behaviours: One for each request to come, the last one from then on; `normal` when none is given.
            reply: The text it answers with.
            reasoning: What `apart` delivers before it.
            logprobs: By the piece of the reply; 0 for others. None gives none.
            delay: Seconds `slow` waits.
        """
        self._behaviours = behaviours or ("normal",)
        self.reply = reply
        self.reasoning = reasoning
        self.logprobs = logprobs
        self.delay = delay
        self._served = 0
        self.url = ""
        """Up to and including the version; empty until it is entered."""
        self.requests: list[dict[str, Any]] = []
        """The body of each request."""
        self.keys: list[str | None] = []
        """The Authorization header of each request."""

    def __enter__(self) -> Self:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                endpoint._answer(self)

            def log_message(self, *_: object) -> None:
                """Nothing is logged."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def then(self, *behaviours: Behaviour) -> None:
        """Replace what is left of the script."""
        self._behaviours, self._served = behaviours, 0

    def picture(self, number: int = 0) -> bytes:
        """The JPEG that a request carried."""
        url = self.requests[number]["messages"][0]["content"][0]["image_url"]["url"]
        return base64.b64decode(url.removeprefix("data:image/jpeg;base64,"))

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        behaviour = self._behaviours[min(self._served, len(self._behaviours) - 1)]
        self._served += 1
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        self.requests.append(body)
        self.keys.append(handler.headers.get("Authorization"))
        refusal = _REFUSALS.get(behaviour)
        if behaviour == "no_logprobs" and not body.get("logprobs"):
            refusal, behaviour = None, "normal"
        handler.close_connection = True
        if refusal:
            status, message = refusal
            _send(handler, status, "application/json", [json.dumps({"error": {"message": message}}).encode()])
        elif behaviour == "whole":
            choice = {"message": {"role": "assistant", "content": self.reply}, "finish_reason": "stop"}
            _send(handler, 200, "application/json", [json.dumps({"choices": [choice]}).encode()])
        else:
            kind = "text/html" if behaviour == "html" else "text/event-stream; charset=utf-8"
            _send(handler, 200, kind, self._stream(behaviour), whole=behaviour != "cut")

    def _stream(self, behaviour: Behaviour) -> Iterator[bytes]:
        if behaviour in _BODIES:
            yield _BODIES[behaviour]
            return
        match behaviour:
            case "one_line":
                while True:
                    yield b"x" * 65_536
            case "escaped":
                chunk = {"choices": [{"delta": {"content": self.reply}, "finish_reason": "stop"}]}
                yield f"data: {json.dumps(chunk)}\n\n".encode()
            case "endless" | "trickle":
                while True:
                    time.sleep(0.05 if behaviour == "trickle" else 0)
                    yield _choice({"content": "hm, " * (1 if behaviour == "trickle" else 100)})
            case "crlf":
                for event in self._events(behaviour):
                    yield b": keep-alive\r\n\r\nevent: message\r\n" + event.replace(b"\n", b"\r\n")
            case _:
                time.sleep(self.delay if behaviour == "slow" else 0)
                yield from self._events(behaviour)

    def _events(self, behaviour: Behaviour) -> Iterator[bytes]:
        yield _choice({"role": "assistant", "content": None})
        if behaviour == "apart":
            yield _choice({"reasoning_content": self.reasoning})
        pieces = [self.reply[start : start + 4] for start in range(0, len(self.reply), 4)]
        for number, piece in enumerate(pieces):
            if behaviour in {"cut", "unfinished"} and number >= len(pieces) // 2:
                return
            yield _choice({"content": piece}, logprobs=self._logprobs(piece))
        yield _choice({}, finish="length" if behaviour == "length" else "stop")
        yield _event({"choices": [], "usage": {"total_tokens": 300}})
        yield b"data: [DONE]\n\n"

    def _logprobs(self, piece: str) -> dict[str, Any] | None:
        if self.logprobs is None:
            return None
        entry = {"token": piece, "logprob": self.logprobs.get(piece, 0.0), "bytes": list(piece.encode())}
        return {"content": [entry | {"top_logprobs": []}]}


def _choice(delta: dict[str, Any], *, finish: str | None = None, logprobs: dict[str, Any] | None = None) -> bytes:
    return _event({"choices": [{"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish}]})


def _event(chunk: dict[str, Any]) -> bytes:
    return f"data: {json.dumps({'object': 'chat.completion.chunk'} | chunk, ensure_ascii=False)}\n\n".encode()


def _send(
    handler: BaseHTTPRequestHandler, status: int, kind: str, parts: Iterator[bytes] | list[bytes], *, whole: bool = True
) -> None:
    """A response in chunks; one that is not whole lacks its end."""
    try:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for part in parts:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        if whole:
            handler.wfile.write(b"0\r\n\r\n")
    except OSError:
        handler.close_connection = True  # the reader left
