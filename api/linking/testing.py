"""A road between client and server that can be cut, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self


class Road:
    """Forwards bytes on loopback until it is cut."""

    def __init__(self, target: str) -> None:
        """Lead to `HOST:PORT`."""
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._open: set[asyncio.StreamWriter] = set()
        self._closed = False
        self.travellers = 0
        """Connections that came this way."""
        self.deaf = False
        """What the client says is dropped, as by a network that has not noticed yet that it is broken."""
        self.host = ""
        """Where it begins, `HOST:PORT`."""

    @classmethod
    @asynccontextmanager
    async def to(cls, target: str) -> AsyncIterator[Self]:
        """A road, closed in the end."""
        road = cls(target)
        server = await asyncio.start_server(road._forward, "127.0.0.1", 0)
        road.host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield road
        finally:
            server.close()
            road.cut()
            await asyncio.sleep(0)

    def cut(self, *, for_good: bool = False) -> None:
        """Break every connection without a goodbye; `for_good` refuses those to come."""
        self._closed = for_good
        for writer in [*self._open]:
            writer.transport.abort()

    def mend(self) -> None:
        """Let connections through again."""
        self._closed = self.deaf = False

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._closed:
            writer.transport.abort()
            return
        self.travellers += 1
        there, back = await asyncio.open_connection(*self._target)
        self._open |= {writer, back}
        with suppress(asyncio.CancelledError):
            await asyncio.gather(self._pipe(reader, back, outward=True), self._pipe(there, writer, outward=False))
        self._open -= {writer, back}

    async def _pipe(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, outward: bool) -> None:
        with suppress(ConnectionError, OSError):
            while data := await source.read(65_536):
                if not (outward and self.deaf):
                    sink.write(data)
                    await sink.drain()
        sink.transport.abort()
