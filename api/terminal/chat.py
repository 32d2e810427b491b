"""The loop of the terminal chat: read, send, show."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from api.errors import expected_errors
from api.runtime import open_agent
from api.settings import load_settings
from api.setup import ensure_chat_model
from api.terminal.commands import Commands
from api.terminal.interrupts import stoppable
from api.terminal.screen import Screen
from api.terminal.texts import say, terminal_language

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
    custom: str | None = None
    """The sentence that `persona` was made of, if it was."""
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
    lang = opening.lang or settings.lang or terminal_language()
    ensure_chat_model(settings, yes=opening.yes)
    async with open_agent(settings) as agent:
        chat = TerminalChat(agent, Screen(Console(highlight=False), lang), opening)
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

    def __init__(self, agent: Agent, screen: Screen, opening: Opening) -> None:
        self._agent = agent
        self._screen = screen
        self._opening = opening
        self._lang = screen.lang
        self._session: SessionRecord | None = None
        self._notes: Unfinished | None = None
        self._offer = ""

    async def begin(self) -> SessionRecord:
        """Show the notice first; then greet, unless the session goes on with whoever answered before."""
        agent, opening = self._agent, self._opening
        self._screen.opening(agent.notice(self._lang))
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
            self._screen.dim(say("again", self._lang, session=session.session_id[:8]))
            self._screen.dim(self._commands.choices.senses_on())
        if opening.persona or not opening.session:
            self._screen.said(await agent.choose_persona(session.session_id, opening.persona or "chat", self._lang))
        return session

    async def _find_or_start(self) -> SessionRecord:
        if self._opening.session:
            return await self._agent.find_session(self._opening.session)
        return await self._agent.start(persona=self._opening.persona or "chat", lang=self._opening.lang)

    async def loop(self) -> None:
        """Read lines until the end."""
        assert self._session is not None, "begin() comes first"
        while (line := await self._screen.read()) is not None:
            if await stoppable(self._obey(line)):
                self._screen.stopped()
        self._screen.dim(say("bye", self._lang, session=self._session.session_id[:8]))

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
            self._screen.complain(error)
            return
        self._screen.said(answer) if spoken else self._screen.dim(answer)

    async def _send(self, line: str) -> None:
        message, left_out = await self._commands.message(line)
        for reason in left_out:
            self._screen.complain(reason)
        if message is None:
            return
        try:
            await self._commands.agree()
        except expected_errors() as error:
            self._screen.complain(error)
            return
        notes = replace(await self._note(message.text), turn_id=uuid.uuid4().hex)
        await self._turn(self._agent.turn(notes.session_id, replace(message, turn_id=notes.turn_id)), notes)

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
            self._screen.reply_broken()
            await self._keep(notes)
            raise
        except expected_errors() as error:
            self._screen.reply_broken()
            self._screen.complain(error)
            if getattr(error, "retryable", False):
                self._screen.dim(say("retry", self._lang))

    async def _keep(self, notes: Unfinished) -> None:
        try:
            await notes.keep(self._agent.memory, notes.delivered(None))
        except expected_errors() as error:  # it is over all the same
            self._screen.complain(error)

    def _show(self, event: TurnEvent) -> None:
        match event.kind:
            case "transcribed" if event.transcript.text:
                self._screen.heard(event.transcript.text)
            case "fused":
                self._screen.felt(event.affect)
            case "offered":
                self._offer = event.text
            case "delta":
                self._screen.piece(event.text)
            case "done":
                self._screen.reply_done(cut=event.interrupted)
                if self._offer:  # after the reply: it is a question too
                    self._screen.dim(say("offered", self._lang, text=self._offer))
                    self._offer = ""
            case _:
                pass
