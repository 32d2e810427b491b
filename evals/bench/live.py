"""What a live link keeps up with while the machine is busy: updates a second, their age, what is dropped, memory."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from evals.bench.machine import describe_machine
from evals.bench.portrait import Pixels, drawn_face, fitted, swaying
from evals.bench.stream import resident_mb

if TYPE_CHECKING:
    from agent.chat_models.protocol import ChatModel
    from perception.live import LiveStatistics

RATE: Final = 30
"""Frames offered a second."""
SETTLED: Final = 3.0
"""Seconds after which memory is first looked at, at most half the run: buffers have their size by then."""

_TOKENS: Final = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveBench:
    """One camera, from its first picture to its last."""

    seconds: float
    """Of the run."""
    beside: str
    """What kept the machine busy meanwhile."""
    statistics: LiveStatistics
    """What became of the pictures."""
    ages_ms: tuple[float, ...]
    """Of every update, in milliseconds."""
    memory_mb: tuple[float, float]
    """Resident memory once settled and at the end, in megabytes."""
    shown: str | None
    """The emotion that was shown at the end."""
    machine: Mapping[str, Any]
    """It was measured on."""

    @property
    def a_second(self) -> float:
        """Updates a second."""
        return len(self.ages_ms) / self.seconds

    def age_ms(self, percent: float) -> float | None:
        """A percentile of the ages; None where nothing was told."""
        return float(np.percentile(self.ages_ms, percent)) if self.ages_ms else None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        ages = {f"p{percent}": self.age_ms(percent) for percent in (50, 95, 100)}
        return {
            "bench": "live",
            "seconds": round(self.seconds, 2),
            "beside": self.beside,
            "updates_a_second": round(self.a_second, 2),
            "read_a_second": round(self.statistics.read / self.seconds, 2),
            "age_ms": {name: None if age is None else round(age, 1) for name, age in ages.items()},
            "frames": self.statistics.as_dict(),
            "memory_settled_mb": round(self.memory_mb[0], 1),
            "memory_at_the_end_mb": round(self.memory_mb[1], 1),
            "shown": self.shown,
            "machine": dict(self.machine),
        }


def bench_live(
    seconds: float,
    picture: Pixels | None = None,
    *,
    chat_model: ChatModel | None = None,
    progress: Callable[[int, int, str], None] = lambda _done, _of, _now: None,
) -> LiveBench:
    """Offer a moving picture as a camera would, while a reply is generated.

    Args:
        seconds: that it takes, above 0.
        picture: height x width x 3, RGB, with a face; one that is drawn when None.
        chat_model: generates the reply; a thread that multiplies matrices takes its place when None.
        progress: told the seconds done, how many there are, and a line.

    Raises:
        ModelError: the weights of the sense cannot be loaded.
        RuntimeError: this system does not tell how much memory a process has.
        ValueError: no time at all.
    """
    import asyncio

    if seconds <= 0:
        raise ValueError(f"the bench of a live link takes seconds above 0, got {seconds!r}")
    resident_mb()  # before time is spent
    frames = _encoded(swaying(drawn_face() if picture is None else fitted(picture)))
    return asyncio.run(_run(seconds, frames, chat_model, progress))


async def _run(
    seconds: float, frames: Sequence[bytes], chat_model: ChatModel | None, progress: Callable[[int, int, str], None]
) -> LiveBench:
    import asyncio

    from perception.live import LiveFaces, LiveUpdate
    from perception.observation import now
    from perception.vision import EmbeddedVision

    sense, ages, shown, memory = EmbeddedVision(), list[float](), None, list[float]()
    sense.warm_up()

    def told(update: LiveUpdate) -> None:
        # an update holds the features of its picture, which would look like memory that the link keeps
        nonlocal shown
        ages.append(update.age_ms)
        shown = update.affect.emotion

    link = LiveFaces(sense, told, a_second=RATE)
    async with _busy(chat_model) as beside:
        began = time.monotonic()
        try:
            for number in range(max(1, round(seconds * RATE))):
                await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
                link.offer("camera", frames[number % len(frames)], now())
                if not memory and time.monotonic() - began >= min(SETTLED, seconds / 2):
                    memory.append(resident_mb())
                progress(number // RATE, round(seconds), beside)
        finally:
            await asyncio.to_thread(link.close)
        # before the chat model gives its memory back
        took, end = time.monotonic() - began, resident_mb()
    return LiveBench(
        seconds=took,
        beside=beside,
        statistics=link.statistics,
        ages_ms=tuple(ages),
        memory_mb=(memory[0] if memory else end, end),
        shown=shown,
        machine=describe_machine(),
    )


def _encoded(frames: Sequence[Pixels]) -> list[bytes]:
    from PIL import Image

    encoded = []
    for frame in frames:
        held = io.BytesIO()
        Image.fromarray(frame).save(held, "JPEG", quality=85)
        encoded.append(held.getvalue())
    return encoded


@asynccontextmanager
async def _busy(chat_model: ChatModel | None) -> AsyncIterator[str]:
    """Keep the machine busy; says with what."""
    import asyncio

    if chat_model is None:
        with _multiplying():
            yield "a thread that multiplies matrices"
        return
    await chat_model.warm_up()
    talking = asyncio.create_task(_talk(chat_model))
    try:
        yield f"a reply of {chat_model.name}"
    finally:
        talking.cancel()
        await asyncio.wait([talking])
        await chat_model.aclose()


async def _talk(chat_model: ChatModel) -> None:
    from langchain_core.messages import HumanMessage

    while True:
        async for _ in chat_model.stream([HumanMessage("Tell me a long story about a lake.")], max_tokens=_TOKENS):
            pass


@contextmanager
def _multiplying() -> Iterator[None]:
    over = threading.Event()
    matrix = np.random.default_rng(0).random((256, 256))

    def work() -> None:
        while not over.is_set():
            np.dot(matrix, matrix)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
