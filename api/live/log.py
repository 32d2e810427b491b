"""The frames of a session, numbered, the last of them kept for a client that comes back."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from heapq import merge
from itertools import takewhile
from typing import Any, Final

from pydantic import BaseModel

KEPT: Final = 2000
"""Frames: a few long replies, at about 200 bytes each."""
KEPT_CHARS: Final = 4_000_000
"""Of all of them together: frames that tell of long messages are fewer."""
LIVE_KEPT: Final = 32
"""Frames of the live link: three seconds of it at its fastest."""
BEHIND: Final = 64
"""Frames that a reader may be behind before the live link pauses for it."""

_Kept = tuple[int, str]


class FrameLog:
    """What the server says goes in here; whoever follows it writes it to a socket.

    So a turn never waits for a slow client, and a client that reconnects is just another follower. What the live link
    says is worth something for a moment only: it is kept apart, so that it never pushes out what belongs to a reply.
    """

    def __init__(self, kept: int = KEPT, *, last: int = 0) -> None:
        """Begin after frame `last`, and keep at most `kept` frames, and `KEPT_CHARS`, beside those of the live link."""
        self._kept, self._chars = kept, 0
        self._frames: deque[_Kept] = deque()
        self._live: deque[_Kept] = deque(maxlen=LIVE_KEPT)
        self._readers: dict[object, int] = {}
        self._news = asyncio.Event()
        self._closed = False
        self.begins = last
        """`seq` after which it begins."""
        self.last = last
        """`seq` of the last frame."""
        self.forgotten = last
        """`seq` of the latest frame that is not kept any more, those of the live link left aside."""

    def add(self, kind: type[BaseModel], **fields: Any) -> None:
        """Append a frame of the server; `seq` is given here."""
        self._chars += self._append(self._frames, kind, fields)
        while len(self._frames) > self._kept or (self._chars > KEPT_CHARS and len(self._frames) > 1):
            self.forgotten, text = self._frames.popleft()
            self._chars -= len(text)

    def add_live(self, kind: type[BaseModel], **fields: Any) -> bool:
        """Append a frame of the live link, unless somebody reads too slowly for it; says whether it was taken."""
        if any(self.last - seq > BEHIND for seq in self._readers.values()):
            return False
        self._append(self._live, kind, fields)
        return True

    def skip_to(self, seq: int) -> None:
        """Number the frames to come after `seq`, where they are not beyond it: a client has seen so many already."""
        self.last = max(self.last, seq)

    async def follow(self, seq: int, lost: Callable[[], None]) -> AsyncIterator[tuple[int, str]]:
        """Frames after `seq`, each with its own, those to come included, until the log is closed.

        Args:
            seq: Of the last frame that was read.
            lost: Called where frames of a turn are left out, because they are not kept any more; it may add a frame
                that says so. Frames of the live link are left out without a word.
        """
        reader = object()
        try:
            while True:
                if seq < self.forgotten:
                    lost()
                    seq = self.forgotten
                frames = self._after(seq)
                for number, text in frames:
                    self._readers[reader] = seq = number
                    yield number, text
                if frames:
                    continue
                if self._closed:
                    return
                # what is missing up to here was of the live link
                self._readers[reader] = seq = self.last
                self._news.clear()
                await self._news.wait()
        finally:
            self._readers.pop(reader, None)

    def close(self) -> None:
        """Let its followers end when they have read everything."""
        self._closed = True
        self._news.set()

    def _append(self, place: deque[_Kept], kind: type[BaseModel], fields: dict[str, Any]) -> int:
        text = kind(seq=self.last + 1, **fields).model_dump_json()
        place.append((self.last + 1, text))
        self.last += 1
        self._news.set()
        return len(text)

    def _after(self, seq: int) -> list[_Kept]:
        kept = (takewhile(lambda one: one[0] > seq, reversed(place)) for place in (self._frames, self._live))
        return [*merge(*kept, reverse=True)][::-1]
