"""What breaks around a conversation costs one turn: a typed error, a retry where that is right, a session that goes on.

The rows of docs/failures.md; a test holds the two together.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from agent.senses import Senses
from agent.testing import Behaviour, ScriptedChatModel, ScriptedEndpoint
from api.app import create_app
from api.runtime import open_agent
from api.settings import Settings
from api.testing import WireClient, served
from perception import EmotionScores, Modality
from perception.testing import ScriptedPerceiver

pytestmark = pytest.mark.server

REPLY = "That sounds hard. What happened?"
SAD = EmotionScores.of({"sad": 0.8, "neutral": 0.2})
PAGE = Path(__file__).parents[2] / "docs" / "failures.md"


def doubles(**changes: Any) -> Senses:
    text = ScriptedPerceiver(Modality.TEXT, SAD)
    return Senses(**{"text": text, "vision": None, "audio": None, "speech": None, **changes})


@asynccontextmanager
async def conversation(
    folder: Path, *, chat: ScriptedChatModel | None = None, senses: Senses | None = None, **settings: Any
) -> AsyncIterator[WireClient]:
    """A client that has been greeted, of a server with a database in `folder`."""
    chosen = Settings(_env_file=None, data_dir=folder, **settings)
    app = create_app(chosen, agent_factory=lambda given: open_agent(given, chat=chat, senses=senses or doubles()))
    async with served(app) as host, WireClient.connect(host) as client:
        await client.open_session()
        yield client


async def failure(client: WireClient, text: str = "hello") -> dict[str, Any]:
    """The error that ends a turn."""
    await client.send("user.message", text=text)
    while not (frame := (await client.until("error"))[-1]).get("ends_turn"):
        pass
    return frame


async def retried(client: WireClient) -> dict[str, Any]:
    await client.send("turn.retry")
    return (await client.until("reply.done"))[-1]


@pytest.mark.parametrize(
    ("behaviour", "code", "retryable"),
    [
        ("error", "chat_model_failed", True),
        ("busy", "chat_model_busy", True),
        ("refuse", "chat_model_refused", False),
        ("malformed", "chat_model_failed", True),
        ("empty", "chat_model_failed", True),
    ],
)
async def test_an_endpoint_that_misbehaves(tmp_path: Path, behaviour: Behaviour, code: str, retryable: bool) -> None:
    with ScriptedEndpoint("normal", reply=REPLY, retry_after=7) as endpoint:
        async with conversation(tmp_path, base_url=endpoint.base_url, model="scripted") as client:
            assert (await client.say("hello"))[-1]["text"] == REPLY
            endpoint.then(*[behaviour] * 5)  # also each time the model's own client tries again
            told = await failure(client)
            assert (told["code"], told["retryable"]) == (code, retryable)
            assert told.get("retry_after_s") == (7 if behaviour == "busy" else None)
            endpoint.then("normal")
            if retryable:
                assert (await retried(client))["number"] == 2
            assert (await client.say("and now"))[-1]["text"] == REPLY


@pytest.mark.parametrize("behaviour", ["cut", "unfinished"])
async def test_half_a_stream_is_half_a_reply_and_says_so(tmp_path: Path, behaviour: Behaviour) -> None:
    with ScriptedEndpoint(behaviour, reply=REPLY) as endpoint:
        async with conversation(tmp_path, base_url=endpoint.base_url, model="scripted") as client:
            turn = await client.say("hello")
            half = "".join(frame["text"] for frame in turn if frame["type"] == "reply.delta")
            assert (turn[-1]["text"], turn[-1]["interrupted"]) == (half, True)
            assert REPLY.startswith(half)
            assert half not in {"", REPLY}
            endpoint.then("normal")
            assert (await client.say("and now"))[-1]["text"] == REPLY


async def test_an_endpoint_that_is_down_and_comes_back(tmp_path: Path) -> None:
    with ScriptedEndpoint("normal", reply=REPLY) as endpoint:
        url = endpoint.base_url
    async with conversation(tmp_path, base_url=url, model="scripted") as client:
        told = await failure(client)
        assert (told["code"], told["retryable"]) == ("chat_model_unreachable", True)
        assert (await client.ask("ping"))["type"] == "pong"


@pytest.mark.parametrize("raised", [RuntimeError("a driver crashed"), MemoryError(), OSError(24, "too many files")])
async def test_a_sense_that_breaks_costs_itself_only(tmp_path: Path, raised: Exception) -> None:
    senses = doubles(text=ScriptedPerceiver(Modality.TEXT, error=lambda: raised))
    async with conversation(tmp_path, chat=ScriptedChatModel([REPLY]), senses=senses) as client:
        turn = await client.say("hello")
        seen = [frame["observation"] for frame in turn if frame["type"] == "perception.observed"]
        assert [(each["modality"], each["status"]) for each in seen] == [("text", "failed")]
        assert turn[-1]["text"] == REPLY


async def test_a_sense_that_hangs_costs_itself_only(tmp_path: Path) -> None:
    senses = doubles(text=ScriptedPerceiver(Modality.TEXT, SAD, delay=1.0), timeout=0.1)
    async with conversation(tmp_path, chat=ScriptedChatModel([REPLY]), senses=senses) as client:
        turn = await client.say("hello")
        seen = [frame["observation"]["status"] for frame in turn if frame["type"] == "perception.observed"]
        assert seen == ["timeout"]
        assert turn[-1]["text"] == REPLY


async def test_a_locked_database_is_waited_for_and_then_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memory.database.BUSY_TIMEOUT_MS", 50)
    async with conversation(tmp_path, chat=ScriptedChatModel([REPLY])) as client:
        with locked(tmp_path / "attune.sqlite3"):
            told = await failure(client)
            assert (told["code"], told["retryable"]) == ("memory_unusable", True)
            assert str(tmp_path) not in told["message"], "files of the server are nobody's business"
        assert (await client.say("again"))[-1]["number"] == 1


async def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path, disk: Disk) -> None:
    async with conversation(tmp_path, chat=ScriptedChatModel([REPLY])) as client:
        assert (await client.say("before"))[-1]["number"] == 1
        disk.full = True
        told = await failure(client, "x" * 19_000)
        assert (told["code"], told["retryable"]) == ("memory_unusable", True)
        disk.full = False
        assert (await client.say("after"))[-1]["number"] == 2
    with closing(sqlite3.connect(tmp_path / "attune.sqlite3")) as kept:
        assert [row[0] for row in kept.execute("SELECT user_text FROM turns ORDER BY number")] == ["before", "after"]
        assert kept.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_clock_that_jumps_back_keeps_the_order_of_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from perception.observation import now

    async with conversation(tmp_path, chat=ScriptedChatModel([REPLY])) as client:
        await client.say("first")
        for name in ("agent.agent.now", "agent.nodes.remember.now"):
            monkeypatch.setattr(name, lambda: now() - timedelta(days=1), raising=False)
        done = (await client.say("second"))[-1]
        assert (done["number"], done["interrupted"]) == (2, False)
    with closing(sqlite3.connect(tmp_path / "attune.sqlite3")) as kept:
        rows = kept.execute("SELECT number, user_text FROM turns ORDER BY number").fetchall()
    assert rows == [(1, "first"), (2, "second")]


async def test_a_client_that_vanishes_in_mid_turn_loses_nothing(tmp_path: Path) -> None:
    async with conversation(tmp_path, chat=ScriptedChatModel([REPLY], chunk=4, delay=0.02)) as client:
        await client.send("user.message", text="hello")
        await client.until("reply.delta")
        client.connection.transport.abort()
        await asyncio.sleep(0.5)
    with closing(sqlite3.connect(tmp_path / "attune.sqlite3")) as kept:
        assert kept.execute("SELECT reply, interrupted FROM turns").fetchall() == [(REPLY, 0)]


def test_every_row_of_the_page_has_its_test() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text(encoding="utf-8")))
    assert named
    here = PAGE.parents[1] / "tests"
    written = {
        name for file in here.rglob("test_*.py") for name in re.findall(r"def (test_\w+)", file.read_text("utf-8"))
    }
    assert named <= written
    assert {name for name in globals() if name.startswith("test_")} - named == {
        "test_every_row_of_the_page_has_its_test"
    }


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process that writes, and takes its time."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


class Disk:
    """What SQLite finds in every transaction that begins."""

    full = False

    def __call__(self, connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {1 if self.full else 1_000_000_000}")


@pytest.fixture
def disk() -> Iterator[Disk]:
    found = Disk()
    event.listen(Engine, "begin", found)
    yield found
    event.remove(Engine, "begin", found)
