"""The commands of the terminal chat, and what goes with the next message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from api.errors import expected_errors
from api.terminal.choices import Choices
from api.terminal.texts import say

if TYPE_CHECKING:
    from agent import Agent
    from agent.events import TurnInput
    from memory import SessionRecord
    from perception import Modality

MediaT = TypeVar("MediaT")


class Commands:
    """What a person may do besides talking."""

    def __init__(
        self,
        agent: Agent,
        session: SessionRecord,
        lang: str,
        *,
        image: Path | None = None,
        audio: Path | None = None,
        reply_lang: str | None = None,
    ) -> None:
        """Take up a session.

        Args:
            agent: Does what is asked.
            session: A session that goes on keeps the senses that the person allowed in it.
            lang: Of what the person sees.
            image: Goes with the first message.
            audio: Goes with the first message.
            reply_lang: ISO 639-1 code to answer in.
        """
        self._agent = agent
        self._session_id = session.session_id
        self._lang = lang
        self._reply_lang = reply_lang
        goes_on = session.acknowledged_at is not None
        self._agreed: dict[Modality, bool] | None = dict(session.consent) if goes_on else None
        self.choices = Choices(
            lang,
            possible=agent.modalities,
            deployment=agent.deployment.value,
            consent=session.consent if goes_on else None,
            image=image,
            audio=audio,
        )
        """What the person has chosen."""

    async def message(self, text: str) -> tuple[TurnInput | None, list[str]]:
        """The next message, and why an attachment was left out of it.

        The words always go: they may be a cry for help. None where nothing is left to send.
        """
        from agent.events import TurnInput
        from perception.media import read_audio, read_image

        frame, bad_image = await self._decoded("/image", read_image)
        clip, bad_audio = await self._decoded("/audio", read_audio)
        left_out = [reason for reason in (bad_image, bad_audio) if reason]
        if not (text or frame or clip):
            return None, left_out
        return TurnInput(text=text, frame=frame, clip=clip, lang=self._reply_lang), left_out

    async def _decoded(self, command: str, read: Callable[[Path], MediaT]) -> tuple[MediaT | None, str]:
        """What is in an attached file, or why it is dropped."""
        path = self.choices.take(command)
        if path is None:
            return None, ""
        try:
            return await asyncio.to_thread(read, path), ""
        except expected_errors() as error:
            return None, say("left_out", self._lang, reason=" ".join(str(error).split()))

    async def agree(self) -> None:
        """Writing on after the notice is the acknowledgement; a change of senses renews it."""
        if self._agreed != self.choices.consent:
            await self._agent.acknowledge(self._session_id, self.choices.consent)
            self._agreed = dict(self.choices.consent)

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
            case "/correct":
                return await self._correct(argument), False
            case "/yes" | "/no":
                answering = await self._agent.answer_handoff(self._session_id, command == "/yes")
                return say("handed_over", self._lang, persona=answering), False
            case "/image" | "/audio":
                return self.choices.attach(command, argument), False
            case "/senses":
                return self.choices.switch(argument.split()), False
            case "/help":
                return say("help", self._lang, personas=", ".join(self._agent.book.names)), False
            case _:
                return say("unknown", self._lang, command=command), False

    async def _correct(self, argument: str) -> str:
        from api.terminal.corrections import noted, parse_correction

        typed = parse_correction(argument)
        kept = await self._agent.correct(self._session_id, emotion=typed.emotion, text=typed.text, shared=typed.shared)
        return noted(kept.read, kept.emotion, kept.shared, self._lang)
