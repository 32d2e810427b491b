"""How a chat looks in a terminal, whoever answers: an agent in this process or a server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from api.shown import affect_line
from api.terminal.lines import LineReader
from api.terminal.texts import say
from api.terminal.wrapping import WrappingWriter

if TYPE_CHECKING:
    from perception import Affect

LEAVE = frozenset({"/quit", "/exit", "/q"})
"""What a person types to leave."""


class Screen:
    """Writes what happens, and reads what is typed."""

    def __init__(self, console: Console, lang: str, lines: LineReader | None = None) -> None:
        """Take a terminal.

        Args:
            console: Where to write.
            lang: Language of what the person sees.
            lines: Where to read, instead of standard input.
        """
        self.lang = lang
        self._console = console
        self._replying = False
        self._lines = lines or LineReader()
        # a column is left free, since some terminals break a line that is quite full
        self._reply = WrappingWriter(console.file, console.width - 1 if console.is_terminal else None)

    async def read(self) -> str | None:
        """The next line, without spaces around it; None when there are no more, or the person leaves."""
        if self._lines.interactive:
            self._console.file.write("> ")
            self._console.file.flush()
        try:
            line = await self._lines.read()
        except asyncio.CancelledError:
            self._console.print()
            raise
        if line is None and self._lines.interactive:
            self._console.print()
        words = line.split() if line is not None else []
        return None if line is None or LEAVE.intersection(words[:1]) else line.strip()

    def opening(self, notice: str, how: str = "agree") -> None:
        """What the person must be told first, and how to agree (a key of the texts)."""
        self.dim(notice)
        self.dim(say(how, self.lang) + "\n")

    def heard(self, text: str) -> None:
        """What was said aloud."""
        self.dim(f"  “{text}”")

    def felt(self, affect: Affect) -> None:
        """What the senses say, on one line."""
        self._console.print(affect_line(affect, self.lang))

    def piece(self, text: str) -> None:
        """A piece of the reply, at once."""
        # not through rich: a piece of a reply is no markup
        self._reply.write(text)
        self._replying = True

    def aside(self, text: str) -> None:
        """What Attune says by itself at any moment: on a line of its own, also in the middle of a reply."""
        if self._replying:
            self.reply_broken()
        self.dim(text)

    def reply_done(self, *, cut: bool) -> None:
        """The reply is over; `cut` where the model broke off."""
        self._reply.end()
        self._replying = False
        broke_off = f" {say('cut', self.lang)}" if cut else ""
        self._console.print(f"{broke_off}\n", markup=False)

    def reply_broken(self) -> None:
        """The reply is over before its end."""
        self._reply.end()
        self._replying = False
        self._console.print()

    def stopped(self) -> None:
        """Ctrl-C stopped it."""
        self.dim(say("stopped", self.lang) + "\n")

    def said(self, text: str) -> None:
        """What the persona says outside of a turn."""
        self._console.print(Text(text), soft_wrap=True)
        self._console.print()

    def dim(self, text: str) -> None:
        """What Attune says by itself."""
        self._console.print(Text(text, style="dim"))

    def complain(self, problem: Exception | str) -> None:
        """What went wrong, on one line."""
        self._console.print(Text(" ".join(str(problem).split()), style="red"))
