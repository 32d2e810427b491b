"""A server under frames that no client should send."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.load.child import Child, running
from api.load.figures import Tally
from api.load.noise import frames
from api.load.server import ServerPlan
from api.load.talker import PATIENCE_S, Talker

A_SOCKET: Final = 200
"""Frames on one socket, before the next one."""
SOCKETS: Final = 8
"""At the same time."""

_LAST: Final = "the last one"


@dataclass(frozen=True, kw_only=True, slots=True)
class FuzzFigures:
    """What became of it."""

    frames: int
    """Sent."""
    answers: int
    """Frames that came back."""
    codes: Mapping[str, int]
    """`error` frames among them, by code."""
    closed: Mapping[str, int]
    """Sockets that the server closed, by close code; `silent`: it did not answer the last frame in time."""
    alive: bool
    """The server still runs, and holds a conversation."""
    memory_mb: tuple[float, ...]
    """Resident memory of the server after each tenth of the frames, megabytes."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "bench": "fuzz",
            "frames": self.frames,
            "answers": self.answers,
            "codes": dict(self.codes),
            "closed": dict(self.closed),
            "alive": self.alive,
            "memory_mb": [round(each, 1) for each in self.memory_mb],
        }

    def lines(self) -> Sequence[str]:
        """For a person to read."""
        told = ", ".join(f"{code} {count}" for code, count in sorted(self.codes.items()))
        memory = f"{self.memory_mb[0]:.0f} to {self.memory_mb[-1]:.0f} MB" if self.memory_mb else "not told"
        return (
            f"{self.frames} frames that no client should send, {self.answers} answers",
            f"errors: {told or 'none'}",
            f"closed by the server: {dict(self.closed) or 'none'}",
            f"memory of the server: {memory}; it {'goes on' if self.alive else 'does not answer any more'}",
        )


async def bench_fuzz(
    count: int, *, seed: int = 0, progress: Callable[[int, int, str], None] = lambda _done, _of, _now: None
) -> FuzzFigures:
    """Throw frames at a server of its own, then hold a conversation with it.

    Args:
        count: how many frames.
        seed: of the frames.
        progress: told how many are sent, of how many, and what comes now.

    Raises:
        InputInvalid: the server did not start.
    """
    codes, closed, memory, answers = Counter[str](), Counter[str](), list[float](), 0
    thrown = frames(count, seed)
    with tempfile.TemporaryDirectory(prefix="attune-fuzz-") as folder:
        plan = ServerPlan(folder=folder, first_s=0.0, piece_s=0.0)
        async with running(plan) as child:
            parts = [thrown[at : at + A_SOCKET] for at in range(0, count, A_SOCKET)]
            for at in range(0, len(parts), SOCKETS):
                done = await asyncio.gather(*(_throw(child, part, codes, closed) for part in parts[at : at + SOCKETS]))
                answers += sum(done)
                sent = min(count, (at + SOCKETS) * A_SOCKET)
                progress(sent, count, "frames")
                if sent * 10 // count > len(memory) and (now := child.memory_mb()) is not None:
                    memory.append(now)
            alive = await _converses(child, plan)
    return FuzzFigures(frames=count, answers=answers, codes=codes, closed=closed, alive=alive, memory_mb=tuple(memory))


async def _throw(child: Child, thrown: Sequence[str | bytes], codes: Counter[str], closed: Counter[str]) -> int:
    """Send frames as fast as the server takes them; gives how many came back."""
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed

    answers = 0
    async with connect(f"ws://{child.host}/v1/ws", max_size=None, proxy=None) as socket:

        async def read() -> None:
            nonlocal answers
            async for text in socket:
                answers += 1
                told = json.loads(text)
                if told["type"] == "error":
                    codes[told["code"]] += 1
                if told.get("id") == _LAST:
                    return

        reading = asyncio.create_task(read())
        try:
            for frame in thrown:
                # a text frame is UTF-8: what cannot be encoded cannot be sent
                await socket.send(frame.encode("utf-8", "replace").decode() if isinstance(frame, str) else frame)
            await socket.send(json.dumps({"type": "ping", "id": _LAST}))
            await asyncio.wait_for(reading, PATIENCE_S)
        except ConnectionClosed as error:
            closed[str(error.rcvd.code if error.rcvd else "dropped")] += 1
        except TimeoutError:
            closed["silent"] += 1
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    return answers


async def _converses(child: Child, plan: ServerPlan) -> bool:
    tally = Tally()
    talker = Talker(child.host, plan, tally, seed=0)
    try:
        await talker.begin()
        await talker.turn()
        await talker.close()
    except Exception:  # whatever it is, the server does not serve
        return False
    return len(tally.overhead_s) == 1
