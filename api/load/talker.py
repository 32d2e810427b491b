"""One client of a load bench: it talks, waits as a person would, and counts what it gets."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from api.load.figures import Tally
from api.load.server import SAID, ServerPlan
from api.wire import BinaryFrame, MediaKind, pack_binary

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

PATIENCE_S = 60.0
"""Seconds without a frame after which a turn counts as hanging."""


class Talker:
    """A conversation over one socket after another; the session and its `seq` go on."""

    def __init__(self, host: str, plan: ServerPlan, tally: Tally, *, seed: int) -> None:
        """Nothing is sent yet.

        Args:
            host: `127.0.0.1:PORT`.
            plan: The timetable of the chat model.
            tally: Where everything is counted.
            seed: Of its pauses.
        """
        self._host, self._plan, self._tally = host, plan, tally
        self._random = np.random.default_rng(seed)
        self._socket: ClientConnection | None = None
        self._token = ""
        self._waits = False
        self._epoch = 1
        self.session_id = ""
        """From `session.started`."""
        self.last_seq = 0
        """Of the last frame received."""
        self.ended: list[dict[str, Any]] = []
        """Every `reply.done` received."""
        self.greetings = 0
        """How often it was greeted."""

    async def begin(self, *, live: bool = False) -> None:
        """Open a session and agree to everything."""
        await self._connect()
        await self._send("session.start", lang="en", **({"live": True} if live else {}))
        await self._until("session.notice")
        await self._send("notice.ack", consent={"vision": True, "audio": True, "text": True})
        started = await self._until("session.started")
        self._token, self._epoch, self.session_id = started["token"], started.get("epoch", 1), started["session_id"]
        await self._until("persona.greeting")

    async def talk(self, until: float, think_s: float) -> None:
        """Have turns until a moment of the monotonic clock."""
        await asyncio.sleep(self._random.uniform(0, think_s))
        while time.monotonic() < until:
            await self.turn()
            await asyncio.sleep(think_s * self._random.uniform(0.5, 1.5))

    async def turn(self) -> None:
        """Say something and read the reply."""
        began, first = time.monotonic(), None
        await self.say()
        while self._waits:
            frame = await self._receive()
            if frame["type"] == "reply.delta" and first is None:
                first = time.monotonic()
        if frame["type"] == "reply.done" and first is not None:
            self._tally.first_s.append(first - began - self._plan.first_s)
            self._tally.overhead_s.append(time.monotonic() - began - self._plan.reply_s)

    async def show(self, until: float, picture: bytes) -> None:
        """Send a picture a second, and read what comes back."""
        reading = asyncio.create_task(self._read_live(until))
        try:
            await asyncio.sleep(self._random.uniform(0, 1))
            counter = 0
            while time.monotonic() < until:
                counter += 1
                await self._picture(picture, counter)
                await asyncio.sleep(1)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def drop(self) -> None:
        """Lose the connection, as in a tunnel: no close frame."""
        if self._socket is not None:
            self._socket.transport.abort()
            await self._socket.wait_closed()

    async def resume(self) -> bool:
        """Come back and read what was missed; tells whether nothing was lost, doubled or out of order."""
        before = self._tally.lost, self._tally.doubled
        started = await self.take_up()
        return started["resumed"] and before == (self._tally.lost, self._tally.doubled)

    async def take_up(self) -> dict[str, Any]:
        """Resume the session on a new connection; gives `session.started`, after which nothing that was missed comes.

        Raises:
            LookupError: the server does not know the session any more; with the code.
        """
        await self._connect()
        last = max((frame["number"] or 0 for frame in self.ended), default=0)
        told = {"token": self._token, "last_seq": self.last_seq, "epoch": self._epoch, "last_turn": last}
        await self._send("session.resume", **told)
        while (frame := await self._receive())["type"] != "session.started":
            if frame["type"] == "error" and frame["about"] == "session.resume":
                raise LookupError(frame["code"])
        self._epoch = frame.get("epoch", 1)
        return frame

    async def say(self) -> None:
        """Send a message and wait for nothing."""
        self._waits = True
        await self._send("user.message", text=SAID)

    async def ending(self) -> bool:
        """Read until the turn under way has ended; tells whether it did in time."""
        try:
            while self._waits:
                await self._receive()
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Hang up in order."""
        if self._socket is not None:
            await self._socket.close()

    async def _connect(self) -> None:
        from websockets.asyncio.client import connect

        self._socket = await connect(f"ws://{self._host}/v1/ws", max_size=None, proxy=None, open_timeout=PATIENCE_S)

    async def _send(self, type: str, **fields: Any) -> None:  # noqa: A002  (the name on the wire)
        assert self._socket is not None, "begin() or resume() comes first"
        await self._socket.send(json.dumps({"type": type, **fields}))

    async def _picture(self, picture: bytes, counter: int) -> None:
        assert self._socket is not None, "begin() comes first"
        now_ms = round(time.time() * 1000)
        frame = BinaryFrame(kind=MediaKind.JPEG, counter=counter, captured_at_ms=now_ms, payload=picture)
        self._tally.pictures += 1
        await self._socket.send(pack_binary(frame))

    async def _read_live(self, until: float) -> None:
        while time.monotonic() < until:
            frame = await self._receive()
            if frame["type"] == "perception.observed":
                self._tally.live_age_s.append(frame["age_ms"] / 1000)

    async def _receive(self) -> dict[str, Any]:
        assert self._socket is not None, "begin() or resume() comes first"
        frame: dict[str, Any] = json.loads(await asyncio.wait_for(self._socket.recv(), PATIENCE_S))
        seq, tally = frame["seq"], self._tally
        tally.frames += 1
        if seq <= self.last_seq:
            tally.doubled += 1
        else:
            tally.lost += seq - self.last_seq - 1
            self.last_seq = seq
        if frame["type"] == "error":
            tally.failed(frame["code"])
        if frame["type"] == "reply.done":
            self.ended.append(frame)
        if frame["type"] == "reply.done" or frame.get("ends_turn"):
            self._waits = False
        if frame["type"] == "persona.greeting":
            self.greetings += 1
        return frame

    async def _until(self, type: str) -> dict[str, Any]:  # noqa: A002
        while (frame := await self._receive())["type"] != type:
            pass
        return frame
