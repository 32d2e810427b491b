"""A connection that heals. One task reads; whoever listens gets every frame once, in order."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from api.errors import AccessRefused, ClientError, ConnectionLost, ServerUnreachable
from api.linking.places import Place
from api.wire import CLOSINGS, CloseCode, ErrorFrame, ServerFrame, SessionResume, SessionStarted, parse_server
from api.wire.server import ReplyDone, SessionClosing

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

log = logging.getLogger(__name__)

FIRST_DELAY_S: Final = 0.1
LONGEST_DELAY_S: Final = 10.0
_TRY_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same handshake may succeed."""

Heard = ServerFrame | ClientError


class Listener:
    """Hears the frames from the moment it was made."""

    def __init__(self) -> None:
        # not bounded: what a server sends in a turn is, and the server drops what is read too slowly
        self._heard: asyncio.Queue[Heard] = asyncio.Queue()

    def put(self, heard: Heard) -> None:
        """Let it hear a frame, or why there are no more."""
        self._heard.put_nowait(heard)

    async def next(self) -> ServerFrame:
        """The next frame.

        Raises:
            ClientError: there are no more.
        """
        heard = await self._heard.get()
        if isinstance(heard, ClientError):
            self._heard.put_nowait(heard)
            raise heard
        return heard


class Link:
    """The connection to one server, for one session."""

    def __init__(
        self, place: Place, *, patience: float, on_change: Callable[[bool], None] = lambda _whole: None
    ) -> None:
        """Nothing is opened yet.

        Args:
            place: Where the server is.
            patience: Seconds to wait for an answer.
            on_change: Called with False when the connection breaks, and with True when the session goes on.
        """
        self._on_change = on_change
        self._place = place
        self._patience = patience
        self._connection: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None
        self._listeners: list[Listener] = []
        self._whole = asyncio.Event()
        self._wanted = asyncio.Event()
        self._over: ClientError | None = None
        self._farewell: SessionClosing | None = None
        self.started: SessionStarted | None = None
        """The last `session.started`."""
        self.last_seq = 0
        """`seq` of the last frame."""
        self.last_turn = 0
        """The highest `turn` that a frame belonged to."""
        self.last_number: int | None = None
        """`number` of the last turn that was done."""
        self.resumptions = 0
        """How often the session was taken up again."""

    @property
    def lost(self) -> bool:
        """It is broken for good, or closed."""
        return self._over is not None

    async def open(self, resume: SessionResume | None = None) -> None:
        """Connect; without a session, or with one that is taken up.

        Args:
            resume: Takes up a session that this link did not begin.

        Raises:
            ServerUnreachable: nobody answers.
            AccessRefused: this client is not let in.
            ConnectionLost: the session cannot be taken up.
        """
        if resume is None:
            self._connection = await self._place.connect()
        else:
            self.last_seq = resume.last_seq
            self._connection = await self._try_once(resume)
            if self._connection is None:
                raise ConnectionLost("the server closed the connection before the session was taken up; try again")
        self._whole.set()
        self._reading = asyncio.create_task(self._run(), name="attune-link")

    async def close(self) -> None:
        """Say goodbye; the session can still be resumed."""
        self._end(ConnectionLost("the client is closed; make another one"))
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()

    async def send(self, data: str | bytes) -> None:
        """Send a frame, once the connection is whole. One that breaks meanwhile may have taken the frame or not.

        Raises:
            ClientError: the connection is lost for good.
        """
        from websockets.exceptions import ConnectionClosed

        self._wanted.set()
        await self._whole.wait()
        if self._over is not None:
            raise self._over
        assert self._connection is not None, "open() comes first"
        # the reader notices too, and takes the session up again
        with suppress(ConnectionClosed):
            await self._connection.send(data)

    @contextmanager
    def listening(self) -> Iterator[Listener]:
        """Hear the frames from here on."""
        listener = Listener()
        if self._over is not None:
            listener.put(self._over)
        self._listeners.append(listener)
        try:
            yield listener
        finally:
            self._listeners.remove(listener)

    async def _run(self) -> None:
        try:
            while True:
                assert self._connection is not None, "opened before it is read"
                await self._read(self._connection)
                self._whole.clear()
                self._wanted.clear()
                await self._heal(self._connection.close_code)
        except ClientError as error:
            self._end(error)
        except Exception as error:  # nobody else looks at this task
            log.exception("the link broke")
            self._end(ConnectionLost(f"the client broke ({type(error).__name__}: {error}); connect again"))

    async def _read(self, connection: ClientConnection) -> None:
        from websockets.exceptions import ConnectionClosed

        with suppress(ConnectionClosed):
            async for data in connection:
                self._take(data)

    async def _heal(self, code: int | None) -> None:
        """Take the session up again, on a new connection."""
        self._raise_if_final(code)
        self._on_change(False)
        if code == CloseCode.IDLE:  # who says nothing needs no connection
            await self._wanted.wait()
        assert self.started is not None, "checked just now"
        loop = asyncio.get_running_loop()
        until = loop.time() + self.started.resume_seconds
        delay = FIRST_DELAY_S
        while True:
            # spread, so that the clients of a server that restarts do not all come at once
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311
            try:
                if connection := await self._try_once(self._resumption()):
                    self._connection = connection
                    self.resumptions += 1
                    self._whole.set()
                    self._on_change(True)
                    return
                if loop.time() > until:
                    raise ConnectionLost("the server closes every connection before the session goes on; try later")
            except (ServerUnreachable, AccessRefused) as error:
                if isinstance(error, AccessRefused) and error.status not in _TRY_AGAIN:
                    raise
                if loop.time() > until:
                    raise ConnectionLost(f"the connection broke, and {error}", close_code=code) from error
            delay = min(2 * delay, LONGEST_DELAY_S)

    def _resumption(self) -> SessionResume:
        assert self.started is not None, "a session can be resumed that was started"
        return SessionResume(
            token=self.started.token,
            last_seq=self.last_seq,
            epoch=self.started.epoch,
            last_turn=self.last_number or 0,
        )

    async def _try_once(self, resume: SessionResume) -> ClientConnection | None:
        """A connection on which the session goes on; None where it broke again."""
        from websockets.exceptions import ConnectionClosed

        connection: ClientConnection = await self._place.connect()
        try:
            async with asyncio.timeout(self._patience):
                await connection.send(resume.model_dump_json(exclude_none=True))
                while not self._resumed(await connection.recv()):
                    pass
        except (ConnectionClosed, TimeoutError):
            self._raise_if_final(connection.close_code)
            await connection.close()
            return None
        except BaseException:
            await connection.close()
            raise
        return connection

    def _resumed(self, data: str | bytes) -> bool:
        frame = self._parsed(data)
        match frame:
            # it has a number of its own until the session is found, so that `seq` says nothing
            case ErrorFrame(about="session.resume", retryable=True):
                raise ServerUnreachable(f"the session cannot be taken up now: {frame.message}")
            case ErrorFrame(about="session.resume", code=code) if code != "replay_incomplete":
                raise ConnectionLost(f"the session cannot be taken up: {frame.message}")
            case SessionStarted(resumed=True):
                self._hear(frame)
                return True
            case _:
                self._hear(frame)
                return False

    def _raise_if_final(self, code: int | None) -> None:
        farewell, self._farewell = self._farewell, None
        known = next((closing for one, closing in CLOSINGS.items() if one == code), None)
        said = farewell.message if farewell is not None else known.meaning if known is not None else ""
        why = f" ({code})" + (f": {said}" if said else "") if code is not None else ""
        if known is not None and not known.resume:
            raise ConnectionLost(f"the server closed the connection{why}", close_code=code)
        if self.started is None and self._reading is not None:
            raise ConnectionLost(f"the connection broke before there was a session{why}", close_code=code)

    def _take(self, data: str | bytes) -> None:
        self._hear(self._parsed(data))

    def _parsed(self, data: str | bytes) -> ServerFrame | None:
        """A frame; None for one of a type that this version does not know."""
        try:
            return parse_server(data)
        except ValidationError as error:
            raw = _object(data)
            if error.errors(include_url=False)[0]["type"] != "union_tag_invalid" or raw is None:
                raise ConnectionLost("what answers there does not speak as Attune does; check the address") from error
            self.last_seq = max(self.last_seq, int(raw.get("seq", 0)))
            return None

    def _hear(self, frame: ServerFrame | None) -> None:
        if isinstance(frame, SessionClosing):  # it has no number of its own
            self._farewell = frame
        elif frame is None or frame.seq <= self.last_seq:
            return
        else:
            self._count(frame)
        for listener in self._listeners:
            listener.put(frame)

    def _count(self, frame: ServerFrame) -> None:
        self.last_seq = frame.seq
        self.last_turn = max(self.last_turn, frame.turn)
        match frame:
            case SessionStarted():
                self.started = frame
            case ReplyDone(number=int(number)):
                self.last_number = number

    def _end(self, error: ClientError) -> None:
        if self._over is None:
            self._over = error
            for listener in self._listeners:
                listener.put(error)
            self._whole.set()  # who waits to send must hear of it


def _object(data: str | bytes) -> dict[str, Any] | None:
    with suppress(ValueError):
        value = json.loads(data)
        return value if isinstance(value, dict) else None
    return None
