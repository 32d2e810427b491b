"""A WebSocket while it is open: how fast it may go, and whether its caller would be let in still."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final, cast

from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from api.identity.door import Entry
from api.identity.errors import RateLimited
from api.identity.rates import Rates
from api.wire.codes import CloseCode
from api.wire.errors import WireError
from api.wire.subprotocols import PROTOCOL

LOOK_S: Final = 5.0
"""Seconds after which a socket that is silent is closed too when its caller would not be let in any longer."""

_PLACE: Final = "attune.socket"
_TURNS: Final = "attune.turns"


class Pace:
    """So many a second, and as many at once (a token bucket). One object a socket, so that nothing is looked up."""

    def __init__(self, most: int | None) -> None:
        """Allow `most` a second; None for any number."""
        self._most = most
        self._left = float(most or 0)
        self._at = time.monotonic()

    def reserve(self) -> float:
        """Take one; returns the seconds to wait until it is there."""
        if self._most is None:
            return 0.0
        now = time.monotonic()
        self._left = min(float(self._most), self._left + (now - self._at) * self._most) - 1.0
        self._at = now
        return max(0.0, -self._left / self._most)


class GuardedSocket:
    """Stands between a socket and the application."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, entry: Entry) -> None:
        """Guard a socket that has been let in; puts itself into the scope."""
        self._receive = receive
        self._send = send
        self._entry = entry
        self._offered = scope.get("subprotocols") or []
        # apart, so that a recording that is still being read costs no message its turn
        self._texts, self._media = Pace(entry.limits.frames), Pace(entry.limits.frames)
        self._closed = False
        scope[_PLACE] = self

    async def receive(self) -> Message:
        """What the client sends; nothing more once it would not be let in any longer.

        Binary frames beyond the limit are read more slowly: a client that sends a recording faster than it was spoken
        is held back by TCP, and loses nothing.
        """
        message = await self._receive()
        if message["type"] != "websocket.receive":
            return message
        if not await self._still_welcome():
            return {"type": "websocket.disconnect", "code": CloseCode.POLICY_VIOLATION}
        if message.get("bytes") is not None:
            await asyncio.sleep(self._media.reserve())
        return message

    async def send(self, message: Message) -> None:
        """What the client is sent; nothing more once it would not be let in any longer.

        Raises:
            OSError: it is gone.
        """
        if message["type"] == "websocket.accept" and not message.get("subprotocol") and PROTOCOL in self._offered:
            # browsers hang up when none of what they offer is taken
            message = {**message, "subprotocol": PROTOCOL}
        elif message["type"] == "websocket.send" and not await self._still_welcome():
            raise OSError("the key of the socket opens nothing any more")
        self._closed = self._closed or message["type"] == "websocket.close"
        await self._send(message)

    async def watch(self) -> None:
        """Look now and then whether the caller would be let in still, until the socket is closed."""
        with suppress(OSError, RuntimeError):  # it has gone by itself
            welcome = True
            while welcome:
                await asyncio.sleep(LOOK_S)
                welcome = await self._still_welcome()

    async def count_frame(self) -> None:
        """See the function of that name."""
        if wait := self._texts.reserve():
            await asyncio.sleep(wait)
            raise _limited(RateLimited("frames", wait))

    async def _still_welcome(self) -> bool:
        if self._closed:
            return False
        if self._entry.holds():
            return True
        self._closed = True
        await self._send({"type": "websocket.close", "code": CloseCode.POLICY_VIOLATION, "reason": "key not valid"})
        return False


def count_turn(connection: HTTPConnection) -> None:
    """Note that a caller begins a turn, on a socket or over HTTP.

    Raises:
        WireError: `rate_limited`.
    """
    if (count := connection.scope.get(_TURNS)) is not None:
        cast("Callable[[], None]", count)()


def put_turn_counter(scope: Scope, entry: Entry, rates: Rates, address: str) -> None:
    """Have `count_turn` count for that caller."""

    def count() -> None:
        try:
            rates.count("turns", entry.limits.turns, who=entry.who, address=address)
        except RateLimited as error:
            raise _limited(error) from error

    scope[_TURNS] = count


async def count_frame(socket: HTTPConnection) -> None:
    """Note a text frame. One too many waits before it is refused, so that refusals are no faster than the limit.

    Raises:
        WireError: `rate_limited`.
    """
    if (guard := socket.scope.get(_PLACE)) is not None:
        await cast("GuardedSocket", guard).count_frame()


def _limited(error: RateLimited) -> WireError:
    return WireError("rate_limited", error.message, retryable=True, retry_after_s=error.retry_after_s)
