"""Connections, before there is a request: what uvicorn itself does not bound.

uvicorn waits for the head of a request as long as it takes, so a client that sends a byte now and then (slow loris)
holds a connection for nothing; and it waits likewise for a client that reads nothing of its answer.
"""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from api.identity.gate import ConnectionLimits, Gate

if TYPE_CHECKING:
    from asyncio import BaseTransport, TimerHandle

HEAD_BYTES: Final = 32_768
"""Of the head of a request; a larger one is answered with 431."""

_SAID: Final = {
    408: ("head_too_slow", "the head of the request did not come in time"),
    429: ("too_many_connections", "this address has too many open connections; close some"),
    431: ("head_too_large", f"the head of the request has more than {HEAD_BYTES:,} bytes; send less"),
    503: ("too_many_connections", "the server has too many open connections; try again"),
}


class _Guarded:
    """What both protocols do: they leave the gate once, and hang up on a client that reads nothing."""

    gate: ClassVar[Gate]
    transport: asyncio.Transport
    client: tuple[str, int] | None
    _stalled: TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()  # type: ignore[misc]
        loop = asyncio.get_running_loop()
        self._stalled = loop.call_later(self.gate.limits.stalled_s, self.transport.abort)

    def resume_writing(self) -> None:
        self._unstall()
        super().resume_writing()  # type: ignore[misc]

    def _unstall(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _address(self) -> str:
        return self.client[0] if self.client else ""


class GuardedHttp(_Guarded, H11Protocol):
    """HTTP whose head has to come in time."""

    _silent = False
    """Turned away, or upgraded: nothing more is heard here."""
    _waiting: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        if status := self.gate.enter(self._address()):
            self._silent = True
            self._say(status)
        else:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        self._unstall()
        super().connection_lost(exc)
        if not self._silent:
            self.gate.leave(self._address())

    def data_received(self, data: bytes) -> None:
        if self._silent:
            return
        super().data_received(data)
        if self._between_requests():
            self._wait_for_head()
        else:
            self._head_came()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._head_came()
        super().handle_websocket_upgrade(event)
        # from here on the other protocol hears of this connection, and nobody of this one
        self._silent = True

    def send_400_response(self, msg: str) -> None:
        if len(self.conn.trailing_data[0]) > HEAD_BYTES:
            self._say(431)
        else:
            super().send_400_response(msg)

    def _between_requests(self) -> bool:
        return not self._silent and (self.cycle is None or self.cycle.response_complete)

    def _wait_for_head(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(self.gate.limits.head_s, self._head_is_late)

    def _head_came(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _head_is_late(self) -> None:
        self._waiting = None
        if self._between_requests() and not self.transport.is_closing():
            # a client that still sends the body of a request that was answered is not answered again
            self._say(408 if self.conn.their_state is h11.IDLE else None)

    def _say(self, status: int | None) -> None:
        if status is not None:
            self.transport.write(_answer(status))
        self.transport.close()


class GuardedWebSocket(_Guarded, WebSocketsSansIOProtocol):
    """A WebSocket, which leaves the gate that its handshake entered."""

    def connection_lost(self, exc: Exception | None) -> None:
        self._unstall()
        super().connection_lost(exc)
        self.gate.leave(self._address())


def guarded_protocols(limits: ConnectionLimits) -> dict[str, Any]:
    """What `uvicorn.Config` takes: both protocols, behind one gate of one server."""
    shared = {"gate": Gate(limits)}
    return {
        "http": type("Http", (GuardedHttp,), shared),
        "ws": type("WebSocket", (GuardedWebSocket,), shared),
        "h11_max_incomplete_event_size": HEAD_BYTES,
    }


def _answer(status: int) -> bytes:
    code, message = _SAID[status]
    body = json.dumps({"code": code, "message": message, "retryable": status != 431}).encode()
    head = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *(["Retry-After: 10"] if status in {429, 503} else []),
    ]
    return "\r\n".join([*head, "", ""]).encode() + body
