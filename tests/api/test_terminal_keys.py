"""The chat in a real terminal: Ctrl-C, Ctrl-D, and what is kept of a reply that was stopped."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.testing import ScriptedEndpoint

pytestmark = [pytest.mark.server, pytest.mark.model]

ROOT = Path(__file__).parents[2]
CHAT = """
import fcntl, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.default_int_handler)
from api.cli import main
main()
"""
CTRL_C, CTRL_D = b"\x03", b"\x04"
PROMPT = "> "


class Dripping(ScriptedEndpoint):
    """Streams a piece every tenth of a second."""

    async def _events(self, behaviour: Any) -> AsyncIterator[str]:
        async for event in super()._events(behaviour):
            yield event
            await asyncio.sleep(0.1)


class Terminal:
    """What a person does at one."""

    def __init__(self, descriptor: int, process: subprocess.Popen[bytes]) -> None:
        self._descriptor = descriptor
        self._process = process
        self.shown = ""

    def until(self, text: str, seconds: float = 60) -> str:
        """What appears up to a text, that one included."""
        read, end = "", time.monotonic() + seconds
        while text not in read:
            ready, _, _ = select.select([self._descriptor], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{text!r} did not appear after {self.shown!r}"
            read += os.read(self._descriptor, 1).decode("utf-8", "replace")
        self.shown += read
        return read

    def type(self, keys: bytes | str) -> None:
        os.write(self._descriptor, keys.encode() if isinstance(keys, str) else keys)

    def leaves(self, seconds: float = 30) -> int:
        """Exit code."""
        return self._process.wait(timeout=seconds)


@contextmanager
def chatting(endpoint: ScriptedEndpoint, *arguments: str) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    environment = {"ATTUNE_BASE_URL": endpoint.base_url, "ATTUNE_MODEL": "double", "ATTUNE_API_KEY": "x"}
    process = subprocess.Popen(
        [sys.executable, "-c", CHAT, "chat", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env={**os.environ, **environment, "PYTHONUTF8": "1", "TERM": "dumb", "COLUMNS": "200"},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(ours, process)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def turns() -> list[dict[str, Any]]:
    result = subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", "history", "last", "--json"],
        capture_output=True,
        cwd=ROOT,
        check=True,
    )
    shown: list[dict[str, Any]] = json.loads(result.stdout)
    return shown


def test_ctrl_c_at_the_prompt_leaves_at_once() -> None:
    with ScriptedEndpoint() as endpoint, chatting(endpoint) as terminal:
        terminal.until(PROMPT)
        terminal.type("half a thou")
        terminal.type(CTRL_C)
        assert terminal.leaves() == 130
    assert endpoint.requests == []


def test_ctrl_d_at_the_prompt_leaves_well() -> None:
    with ScriptedEndpoint() as endpoint, chatting(endpoint) as terminal:
        terminal.until(PROMPT)
        terminal.type(CTRL_D)
        terminal.until("attune history")
        assert terminal.leaves() == 0


def test_ctrl_c_stops_a_reply_and_keeps_what_was_shown() -> None:
    reply = "That sounds hard. " * 20
    with Dripping(reply=reply) as endpoint, chatting(endpoint) as terminal:
        terminal.until(PROMPT)
        terminal.type("I lost my job today and I feel awful.\n")
        terminal.until("That sounds hard.")
        terminal.type(CTRL_C)
        terminal.until("[stopped")
        terminal.until(PROMPT)
        (turn,) = turns()
        assert (turn["user_text"], turn["interrupted"]) == ("I lost my job today and I feel awful.", True)
        assert reply.startswith(turn["reply"])
        assert "That sounds hard." in turn["reply"]
        assert turn["affect"]["top"] == "sad"
        terminal.type("/quit\n")
        assert terminal.leaves() == 0


def test_ctrl_c_before_a_reply_keeps_nothing_and_the_next_one_leaves() -> None:
    with ScriptedEndpoint("slow", "normal", delay=30) as endpoint, chatting(endpoint) as terminal:
        terminal.until(PROMPT)
        terminal.type("hello\n")
        while not endpoint.requests:
            time.sleep(0.05)
        terminal.type(CTRL_C)
        terminal.until("[stopped")
        terminal.until(PROMPT)
        terminal.type("hello again\n")
        terminal.until("What happened?")
        terminal.until(PROMPT)
        terminal.type(CTRL_C)
        assert terminal.leaves() == 130
    assert [(turn["user_text"], turn["interrupted"]) for turn in turns()] == [("hello again", False)]


def test_chinese_typed_in_a_terminal_arrives_whole() -> None:
    with ScriptedEndpoint() as endpoint, chatting(endpoint) as terminal:
        terminal.until(PROMPT)
        terminal.type("我今天很难过\n")
        terminal.until("What happened?")
        terminal.until(PROMPT)
        terminal.type("/quit\n")
        assert terminal.leaves() == 0
    assert re.search("我今天很难过", json.dumps(endpoint.requests[0], ensure_ascii=False))
