"""Databases of earlier versions: what was in them is there, whole, and readable in the new ways."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, NullPool, create_engine

from memory import AffectMemory
from memory.schema import MIGRATIONS
from memory.testing import made_turn

pytestmark = pytest.mark.unit

SCORES = (0.1, 0.4, 0.1, 0.1, 0.1, 0.1, 0.1)


def migrate(path: Path, revision: str) -> None:
    """The schema of a version, made or changed as that version would."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        known = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE name = 'alembic_version'").first()
        connection.commit()
        (command.downgrade if known else command.upgrade)(config, revision)
        connection.commit()


def first_version(path: Path) -> None:
    """Two people with a session each, three turns, the last of them without affect."""
    migrate(path, "0001")
    with closing(sqlite3.connect(path)) as database, database:
        for key, user in ((1, "bo"), (2, "ann")):
            database.execute("INSERT INTO users VALUES (?, ?)", (user, key))
            database.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, 'chat', NULL, 'personal', '{\"text\": true}', 5, ?)",
                (key, f"of-{user}", user, key),
            )
        for key, number in ((1, 1), (2, 1), (2, 2)):
            moment = 3_600_000_000 * number
            database.execute(
                "INSERT INTO turns VALUES (?, ?, ?, ?, ?, 'chat', 'fixed', 'en', 'hello', '', 'hi', 0, '{}')",
                (key, number, f"t{key}{number}", moment, moment + 1),
            )
            if number == 1:
                marks = json.dumps([["text", 1.0, "weighted"]])
                database.execute(
                    "INSERT INTO affect VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0.5, ?, '[]')",
                    (key, number, *SCORES, marks),
                )
                database.execute(
                    "INSERT INTO observations VALUES (?, ?, 0, 'text', 'ok', 'm'" + ", ?" * 7 + ", 1, '[]', 1, 9)",
                    (key, number, *SCORES),
                )


async def test_a_database_of_the_first_version_keeps_everything_and_has_a_timeline(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    await asyncio.to_thread(first_version, path)
    async with await AffectMemory.open(path) as memory:
        assert [s.session_id for s in await memory.sessions()] == ["of-ann", "of-bo"]
        one, two = await memory.history("of-ann")
        assert one.affect is not None
        assert one.affect.scores is not None
        assert one.affect.scores.values == SCORES
        assert [o.model for o in one.affect.observations] == ["m"]
        assert (two.affect, two.user_text) == (None, "hello")
        points = await memory.timeline("ann")
        assert [(p.number, p.reliability) for p in points] == [(1, 0.5), (2, 0.0)]
        assert [(b.turns, b.felt) for b in await memory.timeline_buckets("ann")] == [(1, 1), (1, 0)]
        assert len(await memory.timeline("bo")) == 1
        assert (await memory.record_turn(made_turn("of-ann", 3))).number == 3
        assert len(await memory.timeline("ann", since=datetime(2026, 1, 1, tzinfo=UTC))) == 1
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError):
            database.execute("INSERT INTO sessions VALUES (9, 's', 'nobody', 'chat', NULL, 'p', '{}', NULL, 1, NULL)")


async def test_a_migration_can_be_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    await asyncio.to_thread(first_version, path)
    with closing(sqlite3.connect(path)) as database:
        before = list(database.iterdump())
    async with await AffectMemory.open(path):
        pass
    await asyncio.to_thread(migrate, path, "0001")
    with closing(sqlite3.connect(path)) as database:
        rows = [line for line in database.iterdump() if line.startswith("INSERT")]
    assert sorted(rows) == sorted(line for line in before if line.startswith("INSERT"))
