"""A place for one update, between a thread that writes and a coroutine that reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

from perception.live.values import LiveUpdate


class Mailbox:
    """Holds the newest update only. Built and read in one event loop, written from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._came = asyncio.Event()
        self._held: LiveUpdate | None = None
        self._open = True

    def put(self, update: LiveUpdate) -> None:
        """Replace what is held."""
        self._call(update, True)

    def close(self) -> None:
        """End `updates`, once what is held was read."""
        self._call(None, False)

    async def updates(self) -> AsyncGenerator[LiveUpdate, None]:
        """Each update that is there when the reader is."""
        while self._open or self._held is not None:
            if self._held is None:
                await self._came.wait()
            self._came.clear()
            update, self._held = self._held, None
            if update is not None:
                yield update

    def _call(self, update: LiveUpdate | None, stays_open: bool) -> None:
        # the loop may have ended: then nobody reads any more
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._take, update, stays_open)

    def _take(self, update: LiveUpdate | None, stays_open: bool) -> None:
        self._held, self._open = update or self._held, stays_open
        self._came.set()
