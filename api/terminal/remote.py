"""The terminal chat with a server: the same look, another agent."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from api.client import Client
from api.errors import ClientError, FrameRefused, InputInvalid, expected_errors
from api.settings import load_settings
from api.terminal.choices import Choices
from api.terminal.corrections import noted, parse_correction
from api.terminal.interrupts import stoppable
from api.terminal.screen import Screen
from api.terminal.texts import say, terminal_language
from api.wire import (
    AffectFused,
    ErrorFrame,
    HandoffOffered,
    PerceptionObserved,
    ReplyDelta,
    ReplyDone,
    ServerFrame,
    SpeechTranscribed,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from api.terminal.chat import Opening
    from perception import Observation

UNNOTICED_S: Final = 1.0
"""Seconds that a connection may be broken without a word: most are whole again by then."""


async def run_remote_chat(server: str, opening: Opening, *, key: str | None) -> None:
    """Talk through a server until the person leaves.

    Args:
        server: `ws://HOST:PORT`.
        opening: How it begins.
        key: An API key, where the server asks for one.

    Raises:
        InputInvalid: `server` is no address, or the opening needs an agent in this process.
        ClientError: the server cannot be reached, or the conversation cannot go on.
    """
    if opening.session is not None:
        raise InputInvalid("--session goes on with a conversation of this machine; leave it out with --server")
    lang = opening.lang or load_settings().lang or terminal_language()
    screen = Screen(Console(highlight=False), lang)
    async with Client(server, key=key, accept_language=lang, on_connection=Outages(screen)) as client:
        await RemoteChat(client, screen, opening).run()


class Outages:
    """Tells of a connection that is broken for longer than a moment."""

    def __init__(self, screen: Screen) -> None:
        """Tell it there."""
        self._screen = screen
        self._soon: asyncio.TimerHandle | None = None
        self._told = False

    def __call__(self, whole: bool) -> None:
        """The connection broke, or is whole again."""
        if not whole:
            self._soon = asyncio.get_running_loop().call_later(UNNOTICED_S, self._tell)
            return
        if self._soon is not None:
            self._soon.cancel()
        if self._told:
            self._told = False
            self._screen.aside(say("whole", self._screen.lang))

    def _tell(self) -> None:
        self._told = True
        self._screen.aside(say("broken", self._screen.lang))


class RemoteChat:
    """One conversation in one terminal, with a server."""

    def __init__(self, client: Client, screen: Screen, opening: Opening) -> None:
        """Nothing is sent yet."""
        self._client = client
        self._screen = screen
        self._opening = opening
        self._lang = screen.lang
        self._agreed: dict[str, bool] | None = None
        self._shown = 0
        self._observations: list[Observation] = []
        self._offer: HandoffOffered | None = None
        self._question: HandoffOffered | None = None

    async def run(self) -> None:
        """Show the notice, then talk until the person leaves."""
        opening = self._opening
        notice = await self._client.start(
            persona=None if opening.custom else opening.persona, custom=opening.custom, lang=opening.lang
        )
        self._choices = Choices(
            self._lang,
            possible=notice.modalities,
            deployment=notice.deployment_context,
            image=opening.image,
            audio=opening.audio,
        )
        self._screen.opening(notice.text, "agree_server")
        while (line := await self._screen.read()) is not None:
            if await stoppable(self._obey(line)):
                self._screen.stopped()
        if self._agreed is not None:
            self._screen.dim(say("bye_server", self._lang, session=self._client.session.session_id[:8]))

    async def _obey(self, line: str) -> None:
        try:
            if not line.startswith("/") or line.startswith("//"):
                await self._send(line)
            elif line.split()[0] == "/retry":
                await self._agree()
                await self._turn(self._client.retry())
            else:
                await self._command(line)
        except FrameRefused as error:
            self._screen.complain(error)
            if error.retryable:
                self._screen.dim(say("retry", self._lang))
        except expected_errors() as error:
            # without the session there is nothing to go on with
            if isinstance(error, ClientError) and self._client.lost:
                raise
            self._screen.complain(error)

    async def _command(self, line: str) -> None:
        command, _, argument = line.partition(" ")
        argument = argument.strip()
        match command:
            case "/persona" | "/custom":
                await self._agree()
                chosen = {"custom": argument} if command == "/custom" else {"persona": argument}
                self._screen.said((await self._client.set_persona(**chosen)).text)
            case "/correct":
                typed = parse_correction(argument)
                kept = await self._client.correct(
                    emotion=typed.emotion.value if typed.emotion else None, text=typed.text, share=typed.shared
                )
                self._screen.dim(noted(kept.read, kept.emotion, kept.shared, self._lang))
            case "/yes" | "/no":
                await self._answer(accept=command == "/yes")
            case "/image" | "/audio":
                self._screen.dim(self._choices.attach(command, argument))
            case "/senses":
                self._screen.dim(self._choices.switch(argument.split()))
            case "/help":
                self._screen.dim(say("help", self._lang, personas="…"))
            case _:
                self._screen.dim(say("unknown", self._lang, command=command))

    async def _answer(self, *, accept: bool) -> None:
        """Answer the last offer of another persona."""
        offer, self._offer = self._offer, None
        await self._client.answer_handoff(offer.offer if offer else "none", accept)
        if offer and accept:
            self._screen.dim(say("handed_over", self._lang, persona=offer.persona))

    async def _agree(self) -> None:
        """Writing on after the notice is the acknowledgement; a change of senses renews it."""
        consent = {modality.value: on for modality, on in self._choices.consent.items()}
        if consent == self._agreed:
            return
        first, self._agreed = self._agreed is None, consent
        await self._client.acknowledge(**consent)
        if first and self._client.greeting is not None and self._client.greeting.text:
            self._screen.said(self._client.greeting.text)

    async def _send(self, line: str) -> None:
        await self._agree()
        image, audio = self._choices.take("/image"), self._choices.take("/audio")
        if line or image or audio:
            events = self._client.say(line, image=await _read(image), audio=await _read(audio), lang=self._opening.lang)
            await self._turn(events)

    async def _turn(self, events: AsyncGenerator[ServerFrame, None]) -> None:
        """Show what happens in a turn; Ctrl-C stops it on the server too."""
        self._observations, self._shown = [], 0
        try:
            async for event in events:
                self._show(event)
        except asyncio.CancelledError:
            self._screen.reply_broken()
            with suppress(ClientError):  # it was over already
                await self._client.interrupt(self._shown)
            raise
        except FrameRefused:
            self._screen.reply_broken()
            raise

    def _show(self, event: ServerFrame) -> None:
        from perception import Affect, Observation

        match event:
            case PerceptionObserved(observation=seen):
                self._observations.append(Observation.from_dict(seen.model_dump(mode="json")))
            case SpeechTranscribed(transcript=heard) if heard.text:
                self._screen.heard(heard.text)
            case AffectFused(affect=affect):
                felt = Affect.from_dict(affect.model_dump(mode="json"), tuple(self._observations))
                self._screen.felt(felt)
            case ReplyDelta(text=text):
                self._shown += len(text)
                self._screen.piece(text)
            case HandoffOffered():
                self._offer = self._question = event
            case ReplyDone(interrupted=cut):
                self._screen.reply_done(cut=cut)
                if self._question:  # after the reply: it is a question too
                    self._screen.dim(say("offered", self._lang, text=self._question.text))
                    self._question = None
            case ErrorFrame(message=message):
                self._screen.complain(message)
            case _:
                pass


async def _read(path: Path | None) -> bytes | None:
    return await asyncio.to_thread(path.read_bytes) if path is not None else None
