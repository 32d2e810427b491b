"""What has grown old goes while an agent is open: turns by the retention, checkpoints that nobody can use."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from agent import Agent, Senses, TurnInput
from agent.checkpoints import WipedCheckpoints, open_checkpoints
from agent.errors import ChatModelUnreachable, NothingToRetry
from agent.testing import ScriptedChatModel
from agent.upkeep import BROKEN_FOR, tidy
from memory import AffectMemory, DatabaseUnusable
from memory.testing import made_turn
from personas import PersonaBook

pytestmark = pytest.mark.unit

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def memory(tmp_path: Path) -> AsyncIterator[AffectMemory]:
    async with await AffectMemory.open(tmp_path / "talk.sqlite3") as opened:
        yield opened


@pytest.fixture
async def checkpoints(tmp_path: Path) -> AsyncIterator[WipedCheckpoints]:
    async with open_checkpoints(tmp_path / "talk.checkpoints.sqlite3") as opened:
        yield opened


async def held(memory: AffectMemory, days_ago: int, session_id: str = "s") -> None:
    """A session of another day, with a turn."""
    with mock.patch("memory.store.now", return_value=NOW - days_ago * DAY):
        await memory.start_session(
            session_id=session_id, persona="chat", lang="en", deployment_context="personal", consent={}
        )
    turn = replace(made_turn(session_id), started_at=NOW - days_ago * DAY, finished_at=NOW - days_ago * DAY)
    await memory.record_turn(turn)


async def broken(database: Path, reply: str = "Never said. What now?") -> str:
    """A session whose turn broke, in an agent that is closed again."""
    chat = ScriptedChatModel([ChatModelUnreachable("down"), reply])
    async with Agent.open(database=database, senses=Senses(), chat=chat, book=PersonaBook.load()) as agent:
        session = await agent.start()
        await agent.acknowledge(session.session_id, {})
        with pytest.raises(ChatModelUnreachable):
            async for _ in agent.turn(session.session_id, TurnInput(text="hello")):
                pass
        return session.session_id


async def test_only_with_a_retention_do_turns_go(memory: AffectMemory, checkpoints: WipedCheckpoints) -> None:
    await held(memory, 40)
    await tidy(memory, checkpoints, None)
    assert len(await memory.history("s")) == 1
    await tidy(memory, checkpoints, 41 * DAY)
    assert len(await memory.history("s")) == 1
    await tidy(memory, checkpoints, 39 * DAY)
    assert await memory.sessions() == ()


async def test_an_agent_deletes_what_is_too_old_when_it_opens_and_again_on_another_day(
    memory: AffectMemory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.upkeep.EVERY", timedelta(seconds=0.05))

    async def old_turns(session_id: str) -> None:
        await memory.start_session(
            session_id=session_id, persona="chat", lang="en", deployment_context="personal", consent={}
        )
        for number in (1, 2):
            await memory.record_turn(replace(made_turn(session_id, number), started_at=NOW - 40 * DAY))

    await old_turns("one")
    async with Agent.open(
        database=memory.path,
        senses=Senses(),
        chat=ScriptedChatModel(["What now?"]),
        book=PersonaBook.load(),
        retain=30 * DAY,
    ):
        for session_id in ("one", "two"):
            if session_id == "two":
                await old_turns("two")
            async with asyncio.timeout(10):
                # the last turn of a session that has just begun stays
                while len(await memory.history(session_id)) > 1:
                    await asyncio.sleep(0.01)


async def test_a_round_that_fails_is_logged_and_disturbs_nobody(
    memory: AffectMemory,
    checkpoints: WipedCheckpoints,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def locked(*_: object, **__: object) -> None:
        raise DatabaseUnusable(memory.path, "another process has it locked", "try again", retryable=True)

    async def unreadable(*_: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(memory, "prune", locked)
    monkeypatch.setattr(checkpoints, "threads", unreadable)
    await tidy(memory, checkpoints, 30 * DAY)
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.ERROR]
    assert "it will be tried tomorrow" in caplog.text


async def test_a_turn_that_broke_can_be_retried_for_a_week(tmp_path: Path) -> None:
    database = tmp_path / "talk.sqlite3"
    session_id = await broken(database)
    async with await AffectMemory.open(database) as memory, open_checkpoints(_beside(database)) as checkpoints:
        await tidy(memory, checkpoints, None, today=NOW + BROKEN_FOR - DAY)
        assert await checkpoints.threads() == (session_id,)
        await tidy(memory, checkpoints, None, today=NOW + BROKEN_FOR + DAY)
        assert await checkpoints.threads() == ()


async def test_a_short_retention_holds_for_broken_turns_too(tmp_path: Path) -> None:
    database = tmp_path / "talk.sqlite3"
    await broken(database)
    async with await AffectMemory.open(database) as memory, open_checkpoints(_beside(database)) as checkpoints:
        await tidy(memory, checkpoints, 2 * DAY, today=NOW + 3 * DAY)
        assert await checkpoints.threads() == ()


async def test_the_checkpoint_of_a_turn_that_was_finished_after_all_goes(tmp_path: Path) -> None:
    database = tmp_path / "talk.sqlite3"
    session_id = await broken(database)
    async with await AffectMemory.open(database) as memory, open_checkpoints(_beside(database)) as checkpoints:
        kept = await checkpoints.aget_tuple({"configurable": {"thread_id": session_id}})
        assert kept is not None
        # as if the process had been killed between the two files
        turn_id = kept.checkpoint["channel_values"]["turn_id"]
        await memory.record_turn(replace(made_turn(session_id), turn_id=turn_id))
        await tidy(memory, checkpoints, None)
        assert await checkpoints.threads() == ()


async def test_a_checkpoint_whose_session_is_gone_goes(tmp_path: Path) -> None:
    database = tmp_path / "talk.sqlite3"
    await broken(database)
    with closing(sqlite3.connect(database)) as other:
        other.execute("DELETE FROM sessions")
        other.commit()
    async with await AffectMemory.open(database) as memory, open_checkpoints(_beside(database)) as checkpoints:
        await tidy(memory, checkpoints, None)
        assert await checkpoints.threads() == ()


async def test_a_turn_that_was_finished_leaves_no_checkpoint_and_no_room(talk: Any, tmp_path: Path) -> None:
    file = tmp_path / "talk.checkpoints.sqlite3"
    async with talk(replies=(ChatModelUnreachable("down"), "I hear you. What happened then?")) as conversation:
        await asyncio.sleep(0)
        empty = file.stat().st_size
        with pytest.raises(ChatModelUnreachable):
            await conversation.say("a long story. " * 1000)
        await conversation.retry()
        assert file.stat().st_size <= empty + 4096
        with pytest.raises(NothingToRetry):
            await conversation.retry()


async def test_a_file_of_an_earlier_version_learns_to_shrink(tmp_path: Path) -> None:
    file = tmp_path / "old.checkpoints.sqlite3"
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE kept (word)")
        other.execute("INSERT INTO kept VALUES ('here')")
        other.commit()
    async with open_checkpoints(file) as saver:
        assert [*await saver.conn.execute_fetchall("PRAGMA auto_vacuum")] == [(2,)]
        assert [*await saver.conn.execute_fetchall("SELECT * FROM kept")] == [("here",)]


def _beside(database: Path) -> Path:
    return database.with_name("talk.checkpoints.sqlite3")
