"""What goes wrong around a database: a full disk, a file that cannot be written, a lock, a killed process."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from memory import AffectMemory, DatabaseUnusable
from memory.testing import made_turn, write_life

pytestmark = pytest.mark.unit

CUT = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory.db"


@contextmanager
def connections_are_told(pragma: str) -> Iterator[None]:
    """Run a statement on each connection that is opened."""

    def tell(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute(pragma)
        cursor.close()

    event.listen(Engine, "connect", tell)
    try:
        yield
    finally:
        event.remove(Engine, "connect", tell)


async def begin(memory: AffectMemory) -> str:
    session = await memory.start_session(persona="chat", lang="en", deployment_context="personal", consent={})
    return session.session_id


async def talk(memory: AffectMemory, session_id: str, turns: int) -> None:
    for number in range(1, turns + 1):
        await memory.record_turn(made_turn(session_id, number))


def sums_hold(path: Path) -> None:
    """The file is whole, and the sums of its hours are those of its turns."""
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        for felt in database.execute(
            "SELECT h.turns, h.felt, h.sad, count(*), count(affect.sad), total(affect.sad) FROM hours AS h "
            "JOIN turns USING (user_key) LEFT JOIN affect USING (session_key, number) "
            "WHERE turns.started_at / 3600000000 = h.hour GROUP BY h.user_key, h.hour"
        ):
            assert felt[:3] == pytest.approx(felt[3:])
        (known,) = database.execute("SELECT total(turns) FROM hours").fetchone()
        assert database.execute("SELECT count(*) FROM turns").fetchone() == (known,)


async def test_a_full_disk_loses_the_turn_that_does_not_fit_and_no_other(path: Path) -> None:
    async with await AffectMemory.open(path) as memory:
        session_id = await begin(memory)
    with connections_are_told("PRAGMA max_page_count = 60"):
        async with await AffectMemory.open(path) as memory:
            with pytest.raises(DatabaseUnusable, match="the disk is full; free some space") as caught:
                await talk(memory, session_id, 2000)
            assert caught.value.retryable
            kept = await memory.history(session_id)
            assert [turn.number for turn in kept] == list(range(1, len(kept) + 1))
    sums_hold(path)
    async with await AffectMemory.open(path) as memory:
        again = await memory.record_turn(made_turn(session_id, len(kept) + 1))
        assert (again.number, again.turn_id) == (len(kept) + 1, made_turn(session_id, len(kept) + 1).turn_id)


async def test_room_can_be_made_on_a_full_disk(path: Path) -> None:
    await write_life(path, "ann", 400, days=8)
    with closing(sqlite3.connect(path)) as database:
        (pages,) = database.execute("PRAGMA page_count").fetchone()
    with connections_are_told(f"PRAGMA max_page_count = {pages}"):
        async with await AffectMemory.open(path) as memory:
            assert (await memory.prune(CUT)).turns
            await memory.record_turn(made_turn("ann-000019", 21))
    sums_hold(path)


async def test_what_cannot_be_written_can_still_be_read(path: Path) -> None:
    await write_life(path, "ann", 40, days=8)
    with connections_are_told("PRAGMA query_only = ON"):
        async with await AffectMemory.open(path) as memory:
            for write in (
                memory.record_turn(made_turn("ann-000000", 99)),
                memory.set_persona("ann-000000", "debate"),
                memory.prune(CUT),
            ):
                with pytest.raises(DatabaseUnusable, match="it is read-only") as caught:
                    await write
                assert not caught.value.retryable
            assert len(await memory.timeline("ann")) == 40
            assert len([row async for row in memory.export("ann")]) == 43


async def test_pruning_a_locked_database_says_so_and_goes_on_the_next_time(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write_life(path, "ann", 40, days=8)
    monkeypatch.setattr("memory.database.BUSY_TIMEOUT_MS", 50)
    async with await AffectMemory.open(path) as memory:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(DatabaseUnusable, match="another process has it locked") as caught:
                await memory.prune(CUT)
            assert caught.value.retryable
            assert (await memory.prune(CUT, dry_run=True)).turns == 20
        assert (await memory.prune(CUT)).turns == 20


async def test_a_reader_in_another_process_keeps_nobody_from_pruning(path: Path) -> None:
    await write_life(path, "ann", 200, days=8)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM turns").fetchone()
        async with await AffectMemory.open(path) as memory:
            assert (await asyncio.wait_for(memory.prune(CUT), 20)).turns
        assert other.execute("SELECT count(*) FROM turns").fetchone() == (200,), "and it sees what it saw"


async def test_turns_are_written_while_others_are_pruned(path: Path) -> None:
    await write_life(path, "ann", 1000, days=8)
    async with await AffectMemory.open(path) as memory:
        session_id = await begin(memory)
        pruning = asyncio.create_task(memory.prune(CUT))
        written = [await memory.record_turn(made_turn(session_id, number)) for number in range(1, 11)]
        assert not pruning.done(), "it works in pieces"
        assert (await pruning).turns > 100
        # they began before the moment too, and still each has a number of its own
        assert [turn.number for turn in written] == list(range(1, 11))
    sums_hold(path)


@pytest.mark.parametrize("after", [0.02, 0.1])
async def test_a_process_killed_while_it_prunes_leaves_whole_turns(path: Path, after: float) -> None:
    await write_life(path, "ann", 1000, days=8)
    code = (
        "import asyncio, sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from memory import AffectMemory\n"
        "async def main():\n"
        "    async with await AffectMemory.open(Path(sys.argv[1])) as memory:\n"
        "        print('now', flush=True)\n"
        "        await memory.prune(datetime(2030, 1, 1, tzinfo=UTC))\n"
        "asyncio.run(main())"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    await asyncio.to_thread(process.stdout.readline)
    await asyncio.sleep(after)
    process.kill()
    await asyncio.to_thread(process.communicate)
    sums_hold(path)
    async with await AffectMemory.open(path) as memory:
        left = await memory.timeline("ann", limit=5000)
        assert len(left) == await memory.turn_count("ann")
        if left:
            assert left[-1].started_at == max(point.started_at for point in left), "the newest are left"
        await memory.prune(datetime(2030, 1, 1, tzinfo=UTC))
        assert await memory.people() == ()


async def test_numbers_go_on_when_all_turns_of_a_session_seem_old(path: Path) -> None:
    async with await AffectMemory.open(path) as memory:
        session_id = await begin(memory)
        await talk(memory, session_id, 3)
        # the session has begun now, and its turns a long time before: a clock was set back in between
        cut = datetime.now(UTC) - timedelta(hours=1)
        assert (await memory.prune(cut, dry_run=True)).turns == 2
        assert (await memory.prune(cut)).turns == 2
        assert [turn.number for turn in await memory.history(session_id)] == [3]
        assert (await memory.record_turn(made_turn(session_id, 4))).number == 4
        assert (await memory.prune(datetime.now(UTC) + timedelta(hours=1))).sessions == 1
    sums_hold(path)


async def test_a_clock_far_in_the_past_prunes_nothing(path: Path) -> None:
    await write_life(path, "ann", 40, days=8)
    async with await AffectMemory.open(path) as memory:
        early = datetime(1971, 1, 1, tzinfo=UTC)
        await memory.record_turn(replace(made_turn("ann-000001", 21), started_at=early, finished_at=early))
        assert not await memory.prune(early - timedelta(days=90))
        assert (await memory.timeline("ann"))[-1].number == 21, "the last turn of its session stays the last"
