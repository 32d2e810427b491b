"""The commands of the terminal chat, and what goes with the next message."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from api.errors import InputInvalid
from api.senses import read_audio, read_image
from api.terminal.texts import say

if TYPE_CHECKING:
    from agent import Agent
    from agent.events import TurnInput


class Commands:
    """What a person may do besides talking."""

    def __init__(
        self, agent: Agent, session_id: str, lang: str, *, image: Path | None = None, audio: Path | None = None
    ) -> None:
        from perception import Modality

        self._agent = agent
        self._session_id = session_id
        self._lang = lang
        self._image = image
        self._audio = audio
        self._consent = dict.fromkeys(Modality, True)
        self._agreed: dict[Modality, bool] | None = None

    async def message(self, text: str) -> TurnInput | None:
        """The next message with what is attached to it; None when there is nothing to send.

        Raises:
            InputInvalid: an attached file cannot be opened.
            MediaError: an attached file is not what it should be.
        """
        from agent.events import TurnInput

        image, audio, self._image, self._audio = self._image, self._audio, None, None
        if not (text or image or audio):
            return None
        return TurnInput(
            text=text,
            frame=await asyncio.to_thread(read_image, image) if image else None,
            clip=await asyncio.to_thread(read_audio, audio) if audio else None,
        )

    async def agree(self) -> None:
        """Writing on after the notice is the acknowledgement; a change of senses renews it."""
        if self._agreed != self._consent:
            await self._agent.acknowledge(self._session_id, self._consent)
            self._agreed = dict(self._consent)

    async def run(self, line: str) -> tuple[str, bool]:
        """Do what a line such as `/persona debate` says.

        Returns:
            What to show, and whether the persona says it.
        """
        from agent.casting import custom_name

        command, _, argument = line.partition(" ")
        argument = argument.strip()
        match command:
            case "/persona":
                return await self._agent.choose_persona(self._session_id, argument, self._lang), True
            case "/custom":
                return await self._agent.choose_persona(self._session_id, custom_name(argument), self._lang), True
            case "/image" | "/audio":
                return self._attach(command, argument), False
            case "/senses":
                return self._switch(argument.split()), False
            case "/help":
                return say("help", self._lang, personas=", ".join(self._agent.book.names)), False
            case _:
                return say("unknown", self._lang, command=command), False

    def _attach(self, command: str, name: str) -> str:
        path = Path(name).expanduser()
        if not path.is_file():
            raise InputInvalid(f"there is no file {str(path)!r}; {command} takes the path of a file")
        if command == "/image":
            self._image = path
        else:
            self._audio = path
        return say("attached", self._lang, file=path.name)

    def _switch(self, words: list[str]) -> str:
        from perception import Modality

        if len(words) == 2 and words[0] in set(Modality) and words[1] in ("on", "off"):
            self._consent[Modality(words[0])] = words[1] == "on"
        elif words:
            raise InputInvalid(f"/senses takes vision, audio or text and on or off, not {' '.join(words)!r}")
        return say("senses", self._lang, on=", ".join(m for m, on in self._consent.items() if on) or "-")
