"""The file: its schema, its version, its indices, and what happens when it cannot be used."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from memory import AffectMemory, DatabaseTooNew, DatabaseUnusable
from memory.schema import HEAD, MIGRATIONS, prepare, translated
from memory.tables import metadata
from memory.testing import made_turn
from perception import Emotion

pytestmark = pytest.mark.unit


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder with spaces 100% # ?" / "memory.db"


async def fill(path: Path, turns: int) -> str:
    async with await AffectMemory.open(path) as memory:
        begun = await memory.start_session(persona="chat", lang=None, deployment_context="personal", consent={})
        for number in range(1, turns + 1):
            await memory.record_turn(made_turn(begun.session_id, number))
        return begun.session_id


def test_revisions_are_numbered_and_the_last_is_the_head() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert revisions[0] == HEAD
    assert sorted(revisions, reverse=True) == revisions == [f"{n:04}" for n in range(len(revisions), 0, -1)]


def test_migrations_make_the_tables_the_code_knows(path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import URL, NullPool, create_engine

    prepare(path)
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


async def test_the_file_is_the_owners_alone(path: Path) -> None:
    async with await AffectMemory.open(path):
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0


async def test_the_settings_of_a_connection_hold(path: Path) -> None:
    seen: dict[str, object] = {}

    def look(connection: sqlite3.Connection, record: object) -> None:
        cursor = connection.cursor()
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
            cursor.execute(f"PRAGMA {name}")
            seen[name] = cursor.fetchone()[0]
        cursor.close()

    # after the engine's own listeners, which are added when the memory opens
    async with await AffectMemory.open(path) as memory:
        event.listen(Engine, "engine_connect", lambda connection: look(connection.connection, None), once=True)
        await memory.sessions()
    assert seen == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 5000}


async def test_deleting_a_user_deletes_everything_of_theirs(path: Path) -> None:
    await fill(path, 3)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM users WHERE user_id = 'local'")
        connection.commit()
        for table in metadata.tables:
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


async def test_reading_for_the_prompt_never_scans_or_sorts(path: Path) -> None:
    session_id = await fill(path, 3)
    asked: list[tuple[str, tuple[object, ...]]] = []

    def note(_c: object, _k: object, statement: str, parameters: tuple[object, ...], *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        async with await AffectMemory.open(path) as memory:
            await memory.recent_turns(session_id, 2)
            await memory.past(session_id, 2)
            await memory.record_turn(made_turn(session_id, 4))
            before = len(asked)
            # asked for only where there are any
            await memory.correct(session_id, emotion=Emotion.SAD)
            del asked[before:]
            await memory.corrections(session_id)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    queries = [(statement, values) for statement, values in asked if statement.startswith("SELECT")]
    assert len(queries) == 5
    with closing(sqlite3.connect(path)) as connection:
        for statement, values in queries:
            steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
            assert any("SEARCH" in step for step in steps)
            assert not [
                step for step in steps if "TEMP B-TREE" in step or (step.startswith("SCAN") and "CONSTANT" not in step)
            ], steps


async def test_a_turn_takes_little_room(path: Path) -> None:
    session_id = await fill(path, 1)
    before = path.stat().st_size
    async with await AffectMemory.open(path) as memory:
        for number in range(2, 202):
            await memory.record_turn(made_turn(session_id, number))
    assert (path.stat().st_size - before) / 200 < 2_000


async def test_opening_what_is_up_to_date_imports_no_alembic(path: Path) -> None:
    await fill(path, 1)
    code = (
        "import asyncio, sys; from pathlib import Path; from memory import AffectMemory\n"
        "async def main():\n"
        "    async with await AffectMemory.open(Path(sys.argv[1])) as memory: print(len(await memory.sessions()))\n"
        "asyncio.run(main()); print('alembic' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "False"]


async def test_a_database_from_the_future_is_refused_and_left_alone(path: Path) -> None:
    await fill(path, 1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0042'")
        connection.commit()
    before, changed = path.read_bytes(), path.stat().st_mtime_ns
    with pytest.raises(DatabaseTooNew, match=f"memory.db has schema 0042.*up to {HEAD}; upgrade") as caught:
        await AffectMemory.open(path)
    assert (caught.value.found, caught.value.known) == ("0042", HEAD)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, changed)


async def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("a shopping list, " * 100)
    with pytest.raises(DatabaseUnusable, match=r"memory.db.*not an SQLite database; move it away"):
        await AffectMemory.open(path)
    assert path.read_text().startswith("a shopping list")


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE songs (title)",
        "CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('ae10')",
    ],
)
async def test_a_database_of_something_else_is_refused(path: Path, script: str) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    with pytest.raises(DatabaseUnusable, match=r"no database of Attune \(it has the (tables songs|version 'ae10')"):
        await AffectMemory.open(path)


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseUnusable, match=r"file/memory.db.*folder exists and is writable"):
        await AffectMemory.open(tmp_path / "file" / "memory.db")
    with pytest.raises(DatabaseUnusable, match="cannot be opened"):
        await AffectMemory.open(tmp_path)


async def test_a_locked_database_says_so_and_may_be_tried_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session_id = await fill(path, 1)
    monkeypatch.setattr("memory.database.BUSY_TIMEOUT_MS", 50)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with await AffectMemory.open(path) as memory:
            assert len(await memory.recent_turns(session_id, 5)) == 1, "reading does not wait"
            with pytest.raises(DatabaseUnusable, match="another process has it locked") as caught:
                await memory.record_turn(made_turn(session_id, 2))
            assert caught.value.retryable
            other.execute("ROLLBACK")
            assert (await memory.record_turn(made_turn(session_id, 2))).number == 2


def test_a_full_disk_and_a_read_only_file_are_told_apart(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE t (c)")
        connection.execute("PRAGMA max_page_count = 2")
        with pytest.raises(DatabaseUnusable, match="the disk is full; free some space") as full, translated(path):
            connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
        connection.execute("PRAGMA query_only = ON")
        with pytest.raises(DatabaseUnusable, match="read-only; make the file") as closed, translated(path):
            connection.execute("INSERT INTO t VALUES (1)")
    assert full.value.retryable
    assert not closed.value.retryable


async def test_a_damaged_database_is_named(path: Path) -> None:
    session_id = await fill(path, 40)
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xaa" * (len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(DatabaseUnusable, match=r"memory.db.*damaged"):
        async with await AffectMemory.open(path) as memory:
            await memory.history(session_id)
