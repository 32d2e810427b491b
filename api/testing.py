"""A server on loopback and a client that speaks the wire, for tests and measurements."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self

from api.wire import BinaryFrame, MediaKind, pack_binary

if TYPE_CHECKING:
    from fastapi import FastAPI
    from websockets.asyncio.client import ClientConnection

    from api.identity.gate import ConnectionLimits

PATIENCE_S = 20.0
"""Seconds to wait for a frame."""

Json = dict[str, Any]


@asynccontextmanager
async def served(app: FastAPI, limits: ConnectionLimits | None = None) -> AsyncIterator[str]:
    """Serve an application as `attune serve` does, on a free port; yields `127.0.0.1:PORT`."""
    from api.server import Server, server_config

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(server_config(app, limits))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:
                if running.done():
                    await running
                await asyncio.sleep(0.01)
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


class WireClient:
    """One WebSocket. Frames are plain dictionaries, as any client would see them."""

    def __init__(self, connection: ClientConnection) -> None:
        """Take a connection; `connect` makes one."""
        self.connection = connection
        self.seen: list[Json] = []
        """Every frame received."""
        self._counter = 0

    @classmethod
    @asynccontextmanager
    async def connect(cls, host: str, **options: Any) -> AsyncIterator[Self]:
        """A connection to a server, closed in the end; `options` are those of `websockets.connect`."""
        from websockets.asyncio.client import connect

        async with connect(f"ws://{host}/v1/ws", max_size=None, proxy=None, **options) as connection:
            yield cls(connection)

    async def send(self, type: str, **fields: Any) -> None:  # noqa: A002  (the name on the wire)
        """Send a frame."""
        await self.connection.send(json.dumps({"type": type, **fields}))

    async def send_media(self, kind: MediaKind, payload: bytes, *, captured_at_ms: int = 0) -> None:
        """Send a binary frame."""
        self._counter += 1
        frame = BinaryFrame(kind=kind, counter=self._counter, captured_at_ms=captured_at_ms, payload=payload)
        await self.connection.send(pack_binary(frame))

    async def receive(self) -> Json:
        """The next frame.

        Raises:
            TimeoutError: none came.
        """
        frame: Json = json.loads(await asyncio.wait_for(self.connection.recv(), PATIENCE_S))
        self.seen.append(frame)
        return frame

    async def until(self, type: str) -> list[Json]:  # noqa: A002
        """The frames up to the first of a type, that one included."""
        frames = [await self.receive()]
        while frames[-1]["type"] != type:
            frames.append(await self.receive())
        return frames

    async def ask(self, type: str, **fields: Any) -> Json:  # noqa: A002
        """Send a frame that is answered by one frame."""
        await self.send(type, **fields)
        return await self.receive()

    async def open_session(self, *, vision: bool = True, audio: bool = True, text: bool = True, **start: Any) -> Json:
        """Start a session and agree; returns `session.started`. The greeting is read too."""
        await self.send("session.start", **start)
        await self.until("session.notice")
        await self.send("notice.ack", consent={"vision": vision, "audio": audio, "text": text})
        started = (await self.until("session.started"))[-1]
        await self.until("persona.greeting")
        return started

    async def say(self, text: str = "", **fields: Any) -> list[Json]:
        """Have a turn; returns its frames."""
        await self.send("user.message", text=text, **fields)
        return await self.until("reply.done")
