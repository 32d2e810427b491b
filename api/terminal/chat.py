"""The loop of the terminal chat: read, send, show."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from api.errors import expected_errors
from api.runtime import open_agent
from api.settings import load_settings
from api.setup import ensure_chat_model
from api.shown import affect_line
from api.terminal.commands import Commands
from api.terminal.texts import say, terminal_language

if TYPE_CHECKING:
    from agent import Agent
    from agent.events import TurnEvent
    from memory import SessionRecord
    from perception import Modality


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """How a chat begins."""

    persona: str = "chat"
    """Name of the persona."""
    image: Path | None = None
    """Goes with the first message."""
    audio: Path | None = None
    """Goes with the first message."""
    session: str | None = None
    """Id of a session to go on with, or `last`."""
    lang: str | None = None
    """ISO 639-1 code of the replies."""
    yes: bool = False
    """Fetch the chat model without asking."""

    @property
    def modalities(self) -> list[Modality]:
        """The senses that the first message needs."""
        from perception import Modality

        needed = {Modality.VISION: self.image, Modality.AUDIO: self.audio, Modality.TEXT: True}
        return [modality for modality, evidence in needed.items() if evidence]


async def run_chat(opening: Opening) -> None:
    """Talk until the person leaves.

    Raises:
        ModelMissing: there is no chat model and none may be fetched.
        SessionUnknown: the session to go on with does not exist.
    """
    settings = load_settings()
    console = Console(highlight=False)
    lang = opening.lang if opening.lang in ("en", "zh") else settings.lang or terminal_language()
    ensure_chat_model(settings, yes=opening.yes)
    async with open_agent(settings) as agent:
        chat = TerminalChat(agent, console, opening, lang)
        session = await chat.begin()
        # while the person reads the greeting and writes; what goes wrong here goes wrong again in the first turn
        warming = asyncio.create_task(agent.warm_up(session.persona, lang, modalities=opening.modalities))
        try:
            await chat.loop()
        finally:
            warming.cancel()
            await asyncio.gather(warming, return_exceptions=True)


class TerminalChat:
    """One conversation in one terminal."""

    def __init__(self, agent: Agent, console: Console, opening: Opening, lang: str) -> None:
        self._agent = agent
        self._console = console
        self._opening = opening
        self._lang = lang
        self._session: SessionRecord | None = None

    async def begin(self) -> SessionRecord:
        """Show the notice first; then greet, unless the session goes on."""
        agent, opening = self._agent, self._opening
        self._console.print(Text(agent.notice(self._lang), style="dim"))
        self._console.print(Text(say("agree", self._lang) + "\n", style="dim"))
        if opening.session:
            self._session = await agent.find_session(opening.session)
            self._console.print(Text(say("again", self._lang, session=self._session.session_id[:8]), style="dim"))
        else:
            self._session = await agent.start(persona=opening.persona, lang=opening.lang)
            self._say(await agent.choose_persona(self._session.session_id, opening.persona, self._lang))
        self._commands = Commands(
            self._agent, self._session.session_id, self._lang, image=opening.image, audio=opening.audio
        )
        return self._session

    async def loop(self) -> None:
        """Read lines until the end."""
        assert self._session is not None, "begin() comes first"
        async for line in _lines(self._console):
            if line.startswith("/") and not line.startswith("//"):
                if line.split()[0] in ("/quit", "/exit", "/q"):
                    break
                if line.split()[0] == "/retry":
                    await self._turn(self._agent.retry(self._session.session_id))
                else:
                    await self._command(line)
                continue
            await self._send(line)
        self._console.print(Text(say("bye", self._lang, session=self._session.session_id[:8]), style="dim"))

    async def _command(self, line: str) -> None:
        try:
            answer, spoken = await self._commands.run(line)
        except expected_errors() as error:
            self._complain(error)
            return
        self._say(answer) if spoken else self._console.print(Text(answer, style="dim"))

    async def _send(self, line: str) -> None:
        try:
            message = await self._commands.message(line)
            if message is None:
                return
            await self._commands.agree()
        except expected_errors() as error:
            self._complain(error)
            return
        assert self._session is not None
        await self._turn(self._agent.turn(self._session.session_id, message))

    async def _turn(self, events: AsyncIterator[TurnEvent]) -> None:
        """Show what happens in a turn; an error costs this turn only."""
        try:
            async with aclosing(events) as stream:  # type: ignore[type-var]
                async for event in stream:
                    self._show(event)
        except expected_errors() as error:
            self._console.print()
            self._complain(error)
            if getattr(error, "retryable", False):
                self._console.print(Text(say("retry", self._lang), style="dim"))

    def _show(self, event: TurnEvent) -> None:
        match event.kind:
            case "transcribed" if event.transcript.text:
                self._console.print(Text(f"  “{event.transcript.text}”", style="dim"))
            case "fused":
                self._console.print(affect_line(event.affect, self._lang))
            case "delta":
                # not through rich: a piece of a reply is no markup, and must appear at once
                self._console.file.write(event.text)
                self._console.file.flush()
            case "done":
                cut = f" {say('cut', self._lang)}" if event.interrupted else ""
                self._console.print(f"{cut}\n", markup=False)
            case _:
                pass

    def _say(self, text: str) -> None:
        self._console.print(Text(text), soft_wrap=True)
        self._console.print()

    def _complain(self, error: Exception) -> None:
        self._console.print(Text(" ".join(str(error).split()), style="red"))


async def _lines(console: Console) -> AsyncIterator[str]:
    """What the person types, line by line, read off the event loop."""
    prompt = "> " if sys.stdin.isatty() else ""
    while True:
        try:
            line = await asyncio.to_thread(console.input, prompt)
        except EOFError:
            return
        yield line.strip()
