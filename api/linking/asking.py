"""Frames that are answered by one frame, and frames that only an error answers."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import TypeVar

from api.errors import ServerSilent, ThreadIsBusy
from api.linking.link import Link, Listener
from api.linking.turns import refused
from api.wire import ClientFrame, ErrorFrame, Ping, Pong, ReplyDone, ServerFrame, ThreadBusy

FrameT = TypeVar("FrameT", bound=ServerFrame)


class Asking:
    """Sends frames over a link and waits for what becomes of them."""

    def __init__(self, link: Link, patience: float) -> None:
        """Wait at most `patience` seconds for each answer."""
        self._link = link
        self._patience = patience
        # several clients may follow one session, and hear each other's answers
        self._name = secrets.token_hex(4)
        self._pings = count(1)

    async def ask(self, frame: ClientFrame, kind: type[FrameT]) -> FrameT:
        """Send a frame; returns its answer.

        Raises:
            FrameRefused: it was an error.
            ThreadIsBusy: a turn is running, and the frame was not taken.
            ServerSilent: nothing came.
        """
        async with self.hearing(frame.type) as heard:
            await self._link.send(frame.model_dump_json(exclude_none=True))
            return await self.answer(heard, frame, kind)

    async def answer(self, heard: Listener, asked: ClientFrame, kind: type[FrameT]) -> FrameT:
        """The answer to a frame that was sent; it is sent again where the connection broke meanwhile."""
        resumptions = self._link.resumptions
        while True:
            frame = await heard.next()
            if isinstance(frame, kind):
                return frame
            if isinstance(frame, ErrorFrame) and (frame.about == asked.type or (kind is ReplyDone and frame.ends_turn)):
                raise refused(frame)
            if isinstance(frame, ThreadBusy) and frame.about == asked.type and frame.policy == "reject":
                raise ThreadIsBusy(
                    f"a turn is running, so {asked.type} was not taken; interrupt it, or wait for its end"
                )
            if self._link.resumptions > resumptions:
                resumptions = self._link.resumptions
                await self._link.send(asked.model_dump_json(exclude_none=True))

    async def obeyed(self, *sent: str | bytes, about: Sequence[str]) -> None:
        """Send frames that only an error answers, then a ping: once that is answered, all is well.

        Raises:
            FrameRefused: the server refused one.
            ServerSilent: nothing came.
        """
        ping = Ping(id=f"{self._name}-{next(self._pings)}")
        async with self.hearing(about[0] if about else ping.type) as heard:
            for data in sent:
                await self._link.send(data)
            await self._link.send(ping.model_dump_json())
            while not (isinstance(frame := await heard.next(), Pong) and frame.id == ping.id):
                if isinstance(frame, ErrorFrame) and frame.about in about:
                    raise refused(frame)

    @asynccontextmanager
    async def hearing(self, about: str) -> AsyncIterator[Listener]:
        """Hear what comes, within the time that an answer may take."""
        with self._link.listening() as heard:
            try:
                async with asyncio.timeout(self._patience):
                    yield heard
            except TimeoutError as error:
                raise ServerSilent(
                    f"the server has not answered {about} for {self._patience:g} s; try again, or give the client more "
                    "patience"
                ) from error
