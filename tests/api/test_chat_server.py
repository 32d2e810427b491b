"""`attune chat --server`: the same look through a server; a turn that is stopped, a connection that breaks, a key."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image
from rich.console import Console

from agent.errors import ChatModelUnreachable
from api.cli.app import app
from api.client import Client
from api.errors import ConnectionLost, InputInvalid, ServerUnreachable
from api.linking.testing import REPLY, Road, road_to_server
from api.terminal.chat import Opening
from api.terminal.lines import LineReader
from api.terminal.remote import Outages, RemoteChat
from api.terminal.screen import Screen

pytestmark = pytest.mark.server

ROOT = Path(__file__).parents[2]


class Sitting:
    """A person at a terminal whose screen can be read."""

    def __init__(self, road: Road, opening: Opening, lang: str) -> None:
        ours, theirs = os.pipe()
        self._keys = os.fdopen(theirs, "w")
        self._typed = os.fdopen(ours)
        self.screen = io.StringIO()
        console = Console(file=self.screen, width=200, highlight=False)
        screen = Screen(console, lang, LineReader(self._typed))
        self.client = Client(road.host, accept_language=lang, on_connection=Outages(screen))
        self._chat = RemoteChat(self.client, screen, opening)

    def type(self, line: str) -> None:
        self._keys.write(f"{line}\n")
        self._keys.flush()

    def leave(self) -> None:
        self._keys.close()

    async def shows(self, text: str) -> str:
        async with asyncio.timeout(20):
            while text not in self.screen.getvalue():
                await asyncio.sleep(0.01)
        return self.screen.getvalue()

    async def run(self) -> None:
        async with self.client:
            await self._chat.run()

    def close(self) -> None:
        self._keys.close()
        self._typed.close()


@asynccontextmanager
async def sitting(road: Road, lang: str = "en", **opening: Any) -> AsyncIterator[Sitting]:
    here = Sitting(road, Opening(**opening), lang)
    running = asyncio.create_task(here.run())
    try:
        yield here
        here.leave()
        await asyncio.wait_for(running, 20)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        here.close()


async def test_a_conversation_looks_as_it_does_without_a_road_to_server() -> None:
    async with road_to_server() as road, sitting(road) as here:
        notice = await here.shows("you agree")
        assert "AI" in notice.splitlines()[0]
        assert REPLY not in notice
        here.type("I lost my job")
        shown = await here.shows("What happened?")
        assert "→ sad" in shown
        here.type("/persona debate")
        async with asyncio.timeout(20):
            while here.client.greeting is None or here.client.greeting.persona != "debate":
                await asyncio.sleep(0.01)
        await here.shows(here.client.greeting.text[:20])
        here.type("/custom you are a tsundere cat girl")
        here.type("/dance")
        here.type("/help")
        await here.shows("/persona NAME")
        here.type("/persona debat")
        await here.shows("'debat'")
        here.type("and my car")
        async with asyncio.timeout(20):
            while here.screen.getvalue().count("What happened?") < 2:
                await asyncio.sleep(0.01)
        here.type("/quit")
        await here.shows("The server keeps the conversation as session")


async def test_nothing_is_agreed_to_before_something_is_written() -> None:
    async with road_to_server() as road, sitting(road, "zh") as here:
        shown = await here.shows("即表示同意")
        assert any("\u4e00" <= c <= "\u9fff" for c in shown.splitlines()[0])
        here.type("/senses vision off")
        await here.shows("已开启的感官：audio, text")
        with pytest.raises(Exception, match="no session yet"):
            _ = here.client.session
        here.type("")
        async with asyncio.timeout(20):
            while here.client.greeting is None:
                await asyncio.sleep(0.01)
        consent = here.client.session.consent
        assert (consent.vision, consent.audio, consent.text) == (False, True, True)


async def test_pictures_and_recordings_go_along(tmp_path: Path) -> None:
    Image.fromarray(np.full((48, 48, 3), 128, np.uint8)).save(tmp_path / "face.jpg")
    soundfile.write(tmp_path / "voice.wav", np.zeros(16_000), 16_000)
    (tmp_path / "broken.jpg").write_text("no picture")
    async with road_to_server() as road, sitting(road, image=tmp_path / "face.jpg") as here:
        here.type(f"/audio {tmp_path / 'voice.wav'}")
        here.type("")
        shown = await here.shows("What happened?")
        assert "“I lost my job today”" in shown
        assert "face: sad" in shown
        here.type("/image nowhere.jpg")
        await here.shows("nowhere.jpg")
        here.type(f"/image {tmp_path / 'broken.jpg'}")
        here.type("look")
        await here.shows("no picture")


async def test_ctrl_c_stops_the_turn_on_the_server_too() -> None:
    words = " ".join(f"word{number}" for number in range(200))
    async with road_to_server(words, REPLY, delay=0.02) as road, sitting(road) as here:
        here.type("count")
        await here.shows("word3 ")
        os.kill(os.getpid(), signal.SIGINT)
        shown = await here.shows("[stopped; Ctrl-C again leaves]")
        assert "word199" not in shown
        here.type("and now?")
        await here.shows("What happened?")


async def test_a_turn_that_breaks_is_taken_up_with_retry() -> None:
    async with road_to_server(ChatModelUnreachable("http://x", "down"), REPLY) as road, sitting(road) as here:
        here.type("hello")
        await here.shows("/retry tries again")
        here.type("/retry")
        await here.shows("What happened?")
        here.type("/retry")
        await here.shows("did not break")
        here.type("x" * 30_000)
        await here.shows("30,000")


async def test_a_connection_that_breaks_for_a_moment_goes_unnoticed() -> None:
    words = " ".join(f"word{number}" for number in range(60))
    async with road_to_server(words, delay=0.02) as road, sitting(road) as here:
        here.type("count")
        await here.shows("word3 ")
        road.cut()
        shown = await here.shows("word59")
        assert [f"word{number}" for number in range(60)] == re.findall(r"word\d+", shown)
        assert "broke" not in shown


async def test_a_server_that_is_away_for_longer_is_told_of() -> None:
    words = " ".join(f"word{number}" for number in range(60))
    async with road_to_server(words, delay=0.02) as road, sitting(road) as here:
        here.type("count")
        await here.shows("word3 ")
        road.cut(for_good=True)
        shown = await here.shows("\n[the connection broke; trying again]\n")
        assert "word59" not in shown
        road.mend()
        await here.shows("[connected again]\n")
        shown = await here.shows("word59")
        assert "".join(f"word{number}" for number in range(60)) in re.sub(r"\[[^]]*]|\s", "", shown)


async def test_a_server_that_lost_the_session_ends_the_chat() -> None:
    async with road_to_server() as road:
        here = Sitting(road, Opening(), "en")
        running = asyncio.create_task(here.run())
        here.type("hello")
        await here.shows("What happened?")
        async with Client(road.host) as other:
            await other.resume(here.client.session.token, here.client.last_seq)
            here.type("and now?")
            with pytest.raises(ConnectionLost, match="4001"):
                await asyncio.wait_for(running, 20)
        here.close()


def attune(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", "chat", *arguments],
        input=typed,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
        timeout=60,
        check=False,
    )


async def test_the_command_as_a_person_runs_it(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("attune_some_key\n")
    async with road_to_server() as road:
        result = await asyncio.to_thread(
            attune, "--server", f"ws://{road.host}", "--key-file", str(key), "--persona", "counseling", typed="hello\n"
        )
    assert (result.returncode, result.stderr) == (0, "")
    assert "That sounds heavy. What happened?" in result.stdout
    assert "AI" in result.stdout.splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (("--server", "ws://127.0.0.1:9"), ServerUnreachable, "attune serve"),
        (("--server", "ftp://x"), InputInvalid, "ws://HOST:PORT"),
        (("--server", "ws://127.0.0.1:9", "--session", "last"), InputInvalid, "--session"),
        (("--server", "ws://127.0.0.1:9", "--key-file", "nowhere"), InputInvalid, "nowhere"),
        (("--server", "ws://127.0.0.1:9", "--key-file", __file__), InputInvalid, "one key and nothing else"),
        (("--key-file", "nowhere"), InputInvalid, "--server"),
    ],
)
def test_options_that_cannot_be_meant(arguments: tuple[str, ...], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=re.escape(message)):
        app(["chat", *arguments], standalone_mode=False)
