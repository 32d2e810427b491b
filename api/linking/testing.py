"""A server with doubles behind it, and a road to it that can be cut, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Self

from api.client import Client
from api.wire import ReplyDelta, ServerFrame

if TYPE_CHECKING:
    from fastapi import FastAPI

REPLY = "That sounds heavy. What happened?"
"""What a scripted chat model says by default."""


class Road:
    """Forwards bytes on loopback until it is cut."""

    def __init__(self, target: str) -> None:
        """Lead to `HOST:PORT`."""
        self.lead_to(target)
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

    def lead_to(self, target: str) -> None:
        """From now on to another `HOST:PORT`."""
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))

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
        try:
            there, back = await asyncio.open_connection(*self._target)
        except OSError:  # nobody is there now
            writer.transport.abort()
            return
        self.travellers += 1
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


def scripted_app(*replies: str | Exception, delay: float = 0, **settings: Any) -> FastAPI:
    """An application whose senses and chat model are doubles: all senses feel sadness, and speech is a lost job.

    Args:
        replies: Of the chat model, in turn; the last one from then on.
        delay: Seconds before each piece of a reply.
        settings: Others than the defaults.
    """
    from agent.senses import Senses
    from agent.testing import ScriptedChatModel
    from api.app import create_app
    from api.runtime import open_agent
    from api.settings import Settings
    from perception import EmotionScores, Modality
    from perception.testing import ScriptedPerceiver, ScriptedTranscriber

    sad = EmotionScores.of({"sad": 0.8, "neutral": 0.2})
    senses = Senses(
        vision=ScriptedPerceiver(Modality.VISION, sad),
        audio=ScriptedPerceiver(Modality.AUDIO, sad),
        text=ScriptedPerceiver(Modality.TEXT, sad),
        speech=ScriptedTranscriber("I lost my job today"),
    )
    chat = ScriptedChatModel(replies or [REPLY], delay=delay)
    chosen = Settings(_env_file=None, **settings)
    return create_app(chosen, agent_factory=lambda given: open_agent(given, chat=chat, senses=senses))


@asynccontextmanager
async def road_to_server(*replies: str | Exception, delay: float = 0, **settings: Any) -> AsyncIterator[Road]:
    """Serve such an application; yields the road to it."""
    from api.testing import served

    async with served(scripted_app(*replies, delay=delay, **settings)) as host, Road.to(host) as road:
        yield road


@asynccontextmanager
async def talking(road: Road, **start: Any) -> AsyncIterator[Client]:
    """A client of it whose person has agreed to everything; `start` as that of the client."""
    async with Client(road.host) as client:
        await client.start(**start)
        await client.acknowledge(vision=True, audio=True, text=True)
        yield client


async def all_of(events: AsyncIterator[ServerFrame]) -> list[ServerFrame]:
    """The frames of a turn."""
    return [event async for event in events]


def text_of(events: Iterable[ServerFrame]) -> str:
    """What the pieces of the reply among them add up to."""
    return "".join(event.text for event in events if isinstance(event, ReplyDelta))
