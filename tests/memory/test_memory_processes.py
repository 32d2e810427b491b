"""Several processes on one file, and a process that dies."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from memory import AffectMemory
from memory.testing import made_turn

pytestmark = pytest.mark.unit

WRITER = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from memory import AffectMemory
from memory.testing import made_turn

async def main(path, name, count):
    async with await AffectMemory.open(Path(path)) as memory:
        sys.stdin.readline()
        for number in range(1, int(count) + 1):
            turn = made_turn("shared", number)
            written = await memory.record_turn(replace(turn, turn_id=f"{name}-{number}"))
            print(written.turn_id, written.number, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", WRITER, str(path), name, str(count)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def begin(path: Path) -> None:
    async with await AffectMemory.open(path) as memory:
        await memory.start_session(
            session_id="shared", persona="chat", lang=None, deployment_context="personal", consent={}
        )


async def test_two_processes_number_the_turns_of_one_session_without_gaps(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    await begin(path)
    writers = [writer(path, name, 25) for name in ("a", "b")]
    for process in writers:
        _, errors = process.communicate("go\n", timeout=60)
        assert process.returncode == 0, errors
    async with await AffectMemory.open(path) as memory:
        turns = await memory.history("shared")
    assert [turn.number for turn in turns] == list(range(1, 51))
    assert len({turn.turn_id for turn in turns}) == 50


def test_processes_that_begin_together_make_one_database(tmp_path: Path) -> None:
    path = tmp_path / "new" / "memory.db"
    code = (
        "import asyncio, sys; from pathlib import Path; from memory import AffectMemory\n"
        "async def main():\n"
        "    memory = await AffectMemory.open(Path(sys.argv[1]))\n"
        "    await memory.start_session(persona='chat', lang=None, deployment_context='personal', consent={})\n"
        "    await memory.close()\n"
        "asyncio.run(main())"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(path)]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    for process in started:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (4,)


async def test_a_process_killed_while_it_writes_leaves_whole_turns_only(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    await begin(path)
    process = writer(path, "a", 100_000)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    told = [process.stdout.readline() for _ in range(60)]
    process.kill()
    rest, errors = process.communicate(timeout=60)
    told += [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    assert process.returncode == -9, errors
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    async with await AffectMemory.open(path) as memory:
        turns = await memory.history("shared")
        assert [turn.number for turn in turns] == list(range(1, len(turns) + 1))
        assert len(turns) >= len(told), "what was confirmed is there"
        for turn in turns:
            assert turn.affect == made_turn("shared", turn.number).affect
        assert (await memory.record_turn(made_turn("shared", len(turns) + 1))).number == len(turns) + 1
