"""Checkpoints of broken turns: nobody else may read them, and deleted ones are gone from the disk at once."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from agent.checkpoints import open_checkpoints
from agent.errors import ChatModelUnreachable

pytestmark = pytest.mark.unit

SECRET = "the-heron-stands-in-the-mill-pond"
OK = "I hear you. What happened then?"


def files(folder: Path) -> list[Path]:
    return [*folder.glob("*.checkpoints.sqlite3*")]


def hits(folder: Path) -> int:
    return sum(file.read_bytes().count(SECRET.encode()) for file in files(folder))


Talk = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.mark.parametrize("ending", ["retried", "superseded"])
async def test_a_deleted_checkpoint_is_gone_from_the_disk_while_the_agent_is_open(
    talk: Talk, tmp_path: Path, ending: str
) -> None:
    async with talk(replies=(ChatModelUnreachable("down"), OK)) as conversation:
        with pytest.raises(ChatModelUnreachable):
            await conversation.say(SECRET)
        assert hits(tmp_path) > 0, "the broken turn is kept, or this test tests nothing"
        await (conversation.retry() if ending == "retried" else conversation.say("something else"))
        assert hits(tmp_path) == 0
    assert hits(tmp_path) == 0


async def test_two_agents_on_one_database_do_not_hinder_each_other(talk: Talk, tmp_path: Path) -> None:
    down = ChatModelUnreachable("down")
    async with talk(replies=(down, OK)) as first, talk(replies=(down, OK)) as second:
        for conversation in (first, second):
            with pytest.raises(ChatModelUnreachable):
                await conversation.say(SECRET)
        await asyncio.gather(first.retry(), second.retry())
        assert hits(tmp_path) == 0


async def test_only_the_owner_may_read_them(talk: Talk, tmp_path: Path) -> None:
    async with talk(replies=(ChatModelUnreachable("down"), OK)) as conversation:
        with pytest.raises(ChatModelUnreachable):
            await conversation.say(SECRET)
        assert {stat.S_IMODE(file.stat().st_mode) for file in files(tmp_path)} == {0o600}


async def test_what_a_killed_process_left_in_the_log_is_wiped_when_the_file_is_opened(tmp_path: Path) -> None:
    killed = tmp_path / "killed.checkpoints.sqlite3"
    async with open_checkpoints(killed) as saver:
        await saver.conn.execute("CREATE TABLE words (word TEXT)")
        await saver.conn.execute("INSERT INTO words VALUES (?)", (SECRET,))
        await saver.conn.commit()
        await saver.conn.execute("DELETE FROM words")
        await saver.conn.commit()
        folder = tmp_path / "after"
        folder.mkdir()
        for file in (killed, killed.with_name(f"{killed.name}-wal")):
            (folder / file.name).write_bytes(file.read_bytes())
    assert hits(folder) > 0
    async with open_checkpoints(folder / killed.name):
        assert hits(folder) == 0
