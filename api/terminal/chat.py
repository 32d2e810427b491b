"""The loop of the terminal chat: read, send, show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
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
from api.terminal.interrupts import stoppable
from api.terminal.lines import LineReader
from api.terminal.texts import say, terminal_language
from api.terminal.wrapping import WrappingWriter

if TYPE_CHECKING:
    from agent import Agent
    from agent.events import TurnEvent
    from agent.unfinished import Unfinished
    from memory import SessionRecord
    from perception import Modality


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """How a chat begins."""

    persona: str | None = None
    """Name of the persona; None is `chat`, or whoever answered last in a session that goes on."""
    image: Path | None = None
    """Goes with the first message."""
    audio: Path | None = None
    """Goes with the first message."""
    session: str | None = None
    """Id of a session to go on with, or `last`."""
    lang: str | None = None
    """ISO 639-1 code of the replies; None follows the person."""
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
    lang = opening.lang or settings.lang or terminal_language()
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
        self._lines = LineReader()
        # a column is left free, since some terminals break a line that is quite full
        self._reply = WrappingWriter(console.file, console.width - 1 if console.is_terminal else None)
        self._session: SessionRecord | None = None
        self._notes: Unfinished | None = None

    async def begin(self) -> SessionRecord:
        """Show the notice first; then greet, unless the session goes on with whoever answered before."""
        agent, opening = self._agent, self._opening
        self._dim(agent.notice(self._lang))
        self._dim(say("agree", self._lang) + "\n")
        self._session = session = await self._find_or_start()
        self._commands = Commands(
            agent,
            session,
            self._lang,
            image=opening.image,
            audio=opening.audio,
            reply_lang=opening.lang,
        )
        if opening.session:
            self._dim(say("again", self._lang, session=session.session_id[:8]))
            self._dim(self._commands.senses_on())
        if opening.persona or not opening.session:
            self._say(await agent.choose_persona(session.session_id, opening.persona or "chat", self._lang))
        return session

    async def _find_or_start(self) -> SessionRecord:
        if self._opening.session:
            return await self._agent.find_session(self._opening.session)
        return await self._agent.start(persona=self._opening.persona or "chat", lang=self._opening.lang)

    async def loop(self) -> None:
        """Read lines until the end."""
        assert self._session is not None, "begin() comes first"
        while (line := await self._read()) is not None and line.split()[:1] not in (["/quit"], ["/exit"], ["/q"]):
            if await stoppable(self._obey(line)):
                self._dim(say("stopped", self._lang) + "\n")
        self._dim(say("bye", self._lang, session=self._session.session_id[:8]))

    async def _read(self) -> str | None:
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
        return line.strip() if line is not None else None

    async def _obey(self, line: str) -> None:
        if not line.startswith("/") or line.startswith("//"):
            await self._send(line)
        elif line.split()[0] == "/retry":
            notes = replace(self._notes, pieces=[]) if self._notes else await self._note("")
            await self._turn(self._agent.retry(notes.session_id), notes)
        else:
            await self._command(line)

    async def _command(self, line: str) -> None:
        try:
            answer, spoken = await self._commands.run(line)
        except expected_errors() as error:
            self._complain(error)
            return
        self._say(answer) if spoken else self._dim(answer)

    async def _send(self, line: str) -> None:
        message, left_out = await self._commands.message(line)
        for reason in left_out:
            self._console.print(Text(reason, style="red"))
        if message is None:
            return
        try:
            await self._commands.agree()
        except expected_errors() as error:
            self._complain(error)
            return
        notes = await self._note(message.text)
        await self._turn(self._agent.turn(notes.session_id, message), notes)

    async def _note(self, text: str) -> Unfinished:
        from agent.unfinished import Unfinished

        assert self._session is not None, "begin() comes first"
        session = await self._agent.find_session(self._session.session_id)
        lang = self._opening.lang or session.lang
        return Unfinished(session_id=session.session_id, persona=session.persona, lang=lang, text=text)

    async def _turn(self, events: AsyncGenerator[TurnEvent, None], notes: Unfinished) -> None:
        """Show what happens in a turn; an error costs this turn only, and of a stopped one what was shown is kept."""
        self._notes = notes
        try:
            async with aclosing(events):
                async for event in events:
                    notes.note(event)
                    self._show(event)
        except asyncio.CancelledError:
            self._reply.end()
            self._console.print()
            await self._keep(notes)
            raise
        except expected_errors() as error:
            self._reply.end()
            self._console.print()
            self._complain(error)
            if getattr(error, "retryable", False):
                self._dim(say("retry", self._lang))

    async def _keep(self, notes: Unfinished) -> None:
        try:
            await notes.keep(self._agent.memory, notes.delivered(None))
        except expected_errors() as error:  # it is over all the same
            self._complain(error)

    def _show(self, event: TurnEvent) -> None:
        match event.kind:
            case "transcribed" if event.transcript.text:
                self._dim(f"  “{event.transcript.text}”")
            case "fused":
                self._console.print(affect_line(event.affect, self._lang))
            case "delta":
                # not through rich: a piece of a reply is no markup, and must appear at once
                self._reply.write(event.text)
            case "done":
                self._reply.end()
                cut = f" {say('cut', self._lang)}" if event.interrupted else ""
                self._console.print(f"{cut}\n", markup=False)
            case _:
                pass

    def _say(self, text: str) -> None:
        self._console.print(Text(text), soft_wrap=True)
        self._console.print()

    def _dim(self, text: str) -> None:
        self._console.print(Text(text, style="dim"))

    def _complain(self, error: Exception) -> None:
        self._console.print(Text(" ".join(str(error).split()), style="red"))
