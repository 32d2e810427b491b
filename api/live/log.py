"""The frames of a session, numbered, the last of them kept for a client that comes back."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from itertools import islice
from typing import Any, Final

from pydantic import BaseModel

KEPT: Final = 2000
"""Frames: a few long replies, at about 200 bytes each."""


class FrameLog:
    """What the server says goes in here; whoever follows it writes it to a socket.

    So a turn never waits for a slow client, and a client that reconnects is just another follower.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._frames: deque[str] = deque(maxlen=kept)
        self._news = asyncio.Event()
        self._closed = False
        self.last = 0
        """`seq` of the last frame."""

    def add(self, kind: type[BaseModel], **fields: Any) -> None:
        """Append a frame of the server; `seq` is given here."""
        frame = kind(seq=self.last + 1, **fields)
        self._frames.append(frame.model_dump_json())
        self.last += 1
        self._news.set()

    @property
    def forgotten(self) -> int:
        """`seq` of the latest frame that is not kept any more."""
        return self.last - len(self._frames)

    async def follow(self, seq: int, lost: Callable[[], None]) -> AsyncIterator[str]:
        """Frames after `seq`, those to come included, until the log is closed.

        Args:
            seq: Of the last frame that was read.
            lost: Called where frames are left out, because they are not kept any more; it may add a frame that says so.
        """
        while True:
            if seq < self.forgotten:
                lost()
                seq = self.forgotten
            behind = self.last - seq
            for text in [*islice(reversed(self._frames), behind)][::-1]:
                seq += 1
                yield text
            if seq < self.last:
                continue
            if self._closed:
                return
            self._news.clear()
            await self._news.wait()

    def close(self) -> None:
        """Let its followers end when they have read everything."""
        self._closed = True
        self._news.set()
