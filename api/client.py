"""A typed client of a running server.

    async with Client("ws://127.0.0.1:8000") as client:
        notice = await client.start(lang="en")
        await client.acknowledge(text=True)
        async for event in client.say("I lost my job today"):
            if event.type == "reply.delta":
                print(event.text, end="")

A connection that breaks is made again with growing pauses, and the session goes on where it was: no frame is lost or
doubled, a message that had not arrived is sent again, and nobody is greeted twice.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from itertools import count
from typing import Any, Final, Literal, Self

from api.errors import ConnectionLost, InputInvalid
from api.linking import Asking, Link, Place, TurnEars
from api.wire import (
    BinaryFrame,
    ClientFrame,
    CorrectionNoted,
    LiveState,
    MediaKind,
    Notice,
    PersonaGreeting,
    ReplyDone,
    ServerFrame,
    SessionResume,
    SessionStarted,
    pack_binary,
    parse_client,
)

PATIENCE_S: Final = 30.0
"""Seconds to wait for the answer to a frame; a reply may take longer."""
_PIECE: Final = 32_000
"""Bytes of a PCM16 frame: a second."""
_SPOKEN: Final = ("user.audio.start", "user.audio.end", "binary")


class Client:
    """One conversation with a server. Every method may be used while `say` is read, from other tasks too."""

    def __init__(
        self,
        server: str,
        *,
        key: str | None = None,
        key_as: Literal["header", "subprotocol"] = "header",
        accept_language: str | None = None,
        patience: float = PATIENCE_S,
        on_connection: Callable[[bool], None] = lambda _whole: None,
    ) -> None:
        """Nothing is opened before `start` or `resume`.

        Args:
            server: `ws://HOST:PORT`, `wss://HOST`, or the same with http.
            key: An API key or a token, where the server asks for one.
            key_as: How it is shown; web pages can do only the latter.
            accept_language: Language of notice and greeting where the session names none.
            patience: Seconds to wait for the answer to a frame.
            on_connection: Called with False when the connection breaks, and with True when the session goes on.

        Raises:
            InputInvalid: `server` is no address.
        """
        place = Place.of(server, key=key, key_as=key_as, accept_language=accept_language)
        self._link = Link(place, patience=patience, on_change=on_connection)
        self._asking = Asking(self._link, patience)
        self._asking_for_turn = asyncio.Lock()
        self._opened = False
        self._pictures = count(1)
        self.notice: Notice | None = None
        """What the person must be told; of `start`."""
        self.greeting: PersonaGreeting | None = None
        """The last greeting of a persona."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def session(self) -> SessionStarted:
        """The session: its id, the token for `resume`, who answers, what is allowed.

        Raises:
            ConnectionLost: there is none yet.
        """
        if self._link.started is None:
            raise ConnectionLost("there is no session yet; start() and acknowledge() begin one")
        return self._link.started

    @property
    def lost(self) -> bool:
        """The connection is gone for good."""
        return self._link.lost

    @property
    def last_seq(self) -> int:
        """`seq` of the last frame, for `resume`."""
        return self._link.last_seq

    async def start(
        self,
        *,
        persona: str | None = None,
        custom: str | None = None,
        lang: str | None = None,
        user_id: str | None = None,
        busy: Literal["queue", "reject", "interrupt"] | None = None,
    ) -> Notice:
        """Connect and begin a session; what is left out is as the server has it.

        Args:
            persona: Name of who answers.
            custom: Instead: a sentence that describes them.
            lang: ISO 639-1 code of notice, greeting and replies.
            user_id: Whose conversation it is, where the server lets the client say that.
            busy: What becomes of a message that comes while a turn runs.

        Returns:
            What the person must be shown before `acknowledge`.

        Raises:
            ClientError: no server, no access, or the frame was refused.
            WireError: an argument is not what it should be.
        """
        frame = _frame("session.start", persona=persona, custom=custom, lang=lang, user_id=user_id, busy=busy)
        self._one_session()
        if not self._opened:
            await self._link.open()
            self._opened = True
        self.notice = await self._asking.ask(frame, Notice)
        return self.notice

    async def resume(self, token: str, last_seq: int = 0, *, attach: bool = False) -> list[ServerFrame]:
        """Connect and take up a session of before, perhaps of another program.

        Args:
            token: Of `session`.
            last_seq: `last_seq` of then.
            attach: Beside the connections that the session has; else they are closed.

        Returns:
            The frames that were missed, `session.started` last.

        Raises:
            ClientError: no server, no access, or no such session.
        """
        frame = _frame("session.resume", token=token, last_seq=last_seq, attach=attach)
        assert isinstance(frame, SessionResume), "of that type"
        self._one_session()
        with self._link.listening() as heard:
            await self._link.open(frame)
            self._opened = True
            missed = [await heard.next()]
            while not (isinstance(missed[-1], SessionStarted) and missed[-1] is self._link.started):
                missed.append(await heard.next())
        return missed

    async def acknowledge(self, *, vision: bool = False, audio: bool = False, text: bool = False) -> SessionStarted:
        """The person has read the notice and allows these senses. May be called again to change that.

        The first time the persona greets: `greeting` holds what it says.
        """
        frame = _frame("notice.ack", consent={"vision": vision, "audio": audio, "text": text})
        first = self._link.started is None
        async with self._asking.hearing(frame.type) as heard:
            await self.send(frame)
            started = await self._asking.answer(heard, frame, SessionStarted)
            if first:
                self.greeting = await self._asking.answer(heard, frame, PersonaGreeting)
        return started

    def say(
        self,
        text: str = "",
        *,
        image: bytes | None = None,
        audio: bytes | None = None,
        crop: bool = False,
        lang: str | None = None,
    ) -> AsyncGenerator[ServerFrame, None]:
        """Have a turn; yields its frames as they come, `reply.done` last.

        Args:
            text: Typed words.
            image: A picture file: JPEG, PNG, WebP or BMP.
            audio: A recording: WAV, FLAC, Ogg, MP3, WebM or M4A.
            crop: The picture is a face crop already.
            lang: ISO 639-1 code of the reply.

        Raises:
            ThreadIsBusy: another turn runs, and the policy of the session is `reject`.
            FrameRefused: the turn was refused or broke; where `retryable`, `retry` takes it up again.
            ConnectionLost: the session could not be taken up again.
        """
        frame = _frame(
            "user.message", text=text, image=_base64(image), audio=_base64(audio), crop=crop or None, lang=lang
        )
        return self._turn(frame, text)

    def retry(self) -> AsyncGenerator[ServerFrame, None]:
        """Take up the turn that broke, where it broke; else as `say`."""
        return self._turn(_frame("turn.retry"), None)

    async def interrupt(self, delivered_chars: int | None = None) -> ReplyDone:
        """Stop the running turn; returns its `reply.done`, with which its `say` ends too.

        Args:
            delivered_chars: How much of the reply the person has seen or heard; None is all that was sent.

        Raises:
            FrameRefused: no turn is running, or it broke just now.
        """
        return await self._asking.ask(_frame("reply.interrupt", delivered_chars=delivered_chars), ReplyDone)

    async def correct(
        self, *, turn: int | None = None, emotion: str | None = None, text: str = "", share: bool = False
    ) -> CorrectionNoted:
        """Say that the person was read wrong.

        Args:
            turn: `turn` of the frames that were wrong; None is the last.
            emotion: What the person felt.
            text: In their own words.
            share: The person agrees that turn and label go into an export of labelled data.
        """
        frame = _frame("user.correction", turn=turn, emotion=emotion, text=text, share=share)
        return await self._asking.ask(frame, CorrectionNoted)

    async def set_persona(self, persona: str | None = None, *, custom: str | None = None) -> PersonaGreeting:
        """Let another persona answer; returns its greeting.

        Args:
            persona: Its name.
            custom: Instead: a sentence that describes it.
        """
        self.greeting = await self._asking.ask(_frame("persona.set", persona=persona, custom=custom), PersonaGreeting)
        return self.greeting

    async def set_live(self, *, vision: bool = False, audio: bool = False) -> LiveState:
        """Have pictures and recordings felt as they come, between turns: `frames` yields what is observed."""
        return await self._asking.ask(_frame("live.set", vision=vision, audio=audio), LiveState)

    async def answer_handoff(self, offer: str, accept: bool) -> None:
        """Answer `handoff.offered`."""
        await self._obey(_frame("handoff.answer", offer=offer, accept=accept))

    async def send_picture(self, jpeg: bytes, *, captured_at: datetime | None = None) -> None:
        """Send a picture. The latest one goes with the next message; with the live link on it is felt now.

        Args:
            jpeg: A JPEG file.
            captured_at: When it was taken; None where that is not known.
        """
        await self._asking.obeyed(_media(MediaKind.JPEG, next(self._pictures), jpeg, captured_at), about=("binary",))

    async def send_audio(self, samples: bytes, *, captured_at: datetime | None = None) -> None:
        """Send a recording, which goes with the next message.

        Args:
            samples: PCM16, mono, 16 kHz, little-endian.
            captured_at: When it began.
        """
        pieces = (samples[start : start + _PIECE] for start in range(0, len(samples), _PIECE))
        await self._asking.obeyed(
            _text(_frame("user.audio.start")),
            *(_media(MediaKind.PCM16, number, piece, captured_at) for number, piece in enumerate(pieces, 1)),
            _text(_frame("user.audio.end")),
            about=_SPOKEN,
        )

    async def ping(self) -> float:
        """Seconds that a frame takes there and back."""
        clock = asyncio.get_running_loop()
        began = clock.time()
        await self._asking.obeyed(about=())
        return clock.time() - began

    async def frames(self) -> AsyncIterator[ServerFrame]:
        """Everything the server sends from now on, whoever asked for it, until the connection is lost for good.

        Raises:
            ConnectionLost: it is, or the client was closed.
        """
        with self._link.listening() as heard:
            while True:
                yield await heard.next()

    async def send(self, frame: ClientFrame) -> None:
        """Send any frame; its answer comes out of `frames`."""
        await self._link.send(_text(frame))

    async def close(self) -> None:
        """Say goodbye. The session outlives it for a while: `resume` takes it up again."""
        await self._link.close()

    def _one_session(self) -> None:
        if self.notice is not None or self._link.started is not None:
            raise InputInvalid("a client holds one session; make another client for another one")

    async def _turn(self, frame: ClientFrame, text: str | None) -> AsyncGenerator[ServerFrame, None]:
        async with AsyncExitStack() as unsettled:
            # one at a time asks for a turn, so that a refusal is known to be about it
            await unsettled.enter_async_context(self._asking_for_turn)
            with self._link.listening() as heard:
                ears = TurnEars(self._link, frame.type, text)
                await self.send(frame)
                ears.sent()
                while not ears.over:
                    belongs = [*ears.take(await heard.next())]
                    if ears.settled:
                        await unsettled.aclose()
                    for event in belongs:
                        yield event
                    if ears.unheard:
                        await self.send(frame)
                        ears.sent()

    async def _obey(self, frame: ClientFrame) -> None:
        """Send a frame that only an error answers."""
        await self._asking.obeyed(_text(frame), about=(frame.type,))


def _frame(type: str, **fields: Any) -> ClientFrame:  # noqa: A002  (the name on the wire)
    """A frame of what was given; what is None is left out.

    Raises:
        WireError: a field is wrong; the message names it.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    return parse_client(json.dumps({"type": type, **given}))


def _text(frame: ClientFrame) -> str:
    return frame.model_dump_json(exclude_none=True)


def _media(kind: MediaKind, counter: int, payload: bytes, captured_at: datetime | None) -> bytes:
    at = round(captured_at.timestamp() * 1000) if captured_at is not None else 0
    return pack_binary(BinaryFrame(kind=kind, counter=counter, captured_at_ms=at, payload=payload))


def _base64(file: bytes | None) -> str | None:
    return base64.b64encode(file).decode() if file is not None else None
