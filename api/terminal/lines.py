"""What a person types, line by line, without holding up the program that wants to end."""

from __future__ import annotations

import asyncio
import codecs
import os
import sys
import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import Final, TextIO

_PIECE: Final = 65_536


class LineReader:
    """Reads on a daemon thread of its own: neither Ctrl-C nor the end of the program waits for Enter.

    It reads the file descriptor itself, because a thread that is left behind inside of `input()` keeps the lock of
    standard input, which the interpreter wants on its way out.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        """Nothing is read before the first `read`.

        Args:
            stream: Instead of standard input.
        """
        self._stream = stream or sys.stdin
        decoder = codecs.getincrementaldecoder(self._stream.encoding or "utf-8")
        self._decoder = decoder(errors="replace")
        self._wanted: SimpleQueue[asyncio.Future[str | None]] = SimpleQueue()
        self._held = ""
        self._ended = False
        self._thread: threading.Thread | None = None

    @property
    def interactive(self) -> bool:
        """A person sits at a terminal."""
        return self._stream.isatty()

    async def read(self) -> str | None:
        """The next line without its end; None when there are no more."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="attune-lines", daemon=True)
            self._thread.start()
        line: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._wanted.put(line)
        return await line

    def _serve(self) -> None:
        while True:
            asked = self._wanted.get()
            line = self._next()
            # the loop may be closed by now: nobody waits any more
            with suppress(RuntimeError):
                asked.get_loop().call_soon_threadsafe(_answer, asked, line)

    def _next(self) -> str | None:
        while "\n" not in self._held and not self._ended:
            try:
                piece = os.read(self._stream.fileno(), _PIECE)
            except OSError:  # the terminal is gone
                piece = b""
            self._ended = not piece
            self._held += self._decoder.decode(piece, final=self._ended)
        line, _, rest = self._held.partition("\n")
        if not self._held:
            return None
        self._held = rest
        return line.removesuffix("\r")


def _answer(asked: asyncio.Future[str | None], line: str | None) -> None:
    if not asked.done():
        asked.set_result(line)
