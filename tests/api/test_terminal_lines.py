"""Reading lines without blocking, and stopping what runs."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from typing import TextIO

import pytest

from api.terminal.interrupts import stoppable
from api.terminal.lines import LineReader

pytestmark = pytest.mark.unit


@pytest.fixture
def pipe() -> Iterator[tuple[TextIO, int]]:
    read, write = os.pipe()
    with os.fdopen(read, encoding="utf-8") as stream:
        yield stream, write


async def test_lines_come_whole_however_their_bytes_come(pipe: tuple[TextIO, int]) -> None:
    stream, write = pipe
    reader = LineReader(stream)
    first = asyncio.create_task(reader.read())
    for piece in (b"\xe6\x88", b"\x91\r", b"\ntwo\xff\n\n", b"last"):
        os.write(write, piece)
        await asyncio.sleep(0.01)
    os.close(write)
    assert [await first, *[await reader.read() for _ in range(5)]] == ["我", "two\ufffd", "", "last", None, None]


async def test_nobody_waits_for_a_line_that_never_comes(pipe: tuple[TextIO, int]) -> None:
    stream, write = pipe
    reader = LineReader(stream)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(), 0.05)
    os.write(write, b"too late\nin time\n")
    assert await reader.read() == "in time"
    os.close(write)


async def test_what_runs_is_stopped_and_the_signal_is_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    told: list[str] = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            told.append("stopped")
            raise

    assert await stoppable(work()) is True
    assert told == ["stopped"]
    assert await stoppable(asyncio.sleep(0)) is False
    assert signal.getsignal(signal.SIGINT) is before


async def test_whoever_cancels_the_program_is_obeyed() -> None:
    task = asyncio.create_task(stoppable(asyncio.sleep(30)))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_comes_through() -> None:
    async def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stoppable(work())
