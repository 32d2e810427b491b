"""No question about one person reads what is not theirs, however much there is: what SQLite plans for each query."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import aclosing, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from memory import AffectMemory
from memory.testing import made_turn, write_life

pytestmark = pytest.mark.unit

SINCE = datetime(2026, 3, 2, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=3)
SESSION = "ann-000003"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("life") / "memory.db"
    for user in ("ann", "bo"):
        asyncio.run(write_life(database, user, 120, days=6))
    return database


@pytest.fixture
async def memory(path: Path) -> AsyncIterator[AffectMemory]:
    async with await AffectMemory.open(path) as opened:
        yield opened


async def whole(memory: AffectMemory, **within: Any) -> None:
    async with aclosing(memory.export("ann", **within)) as rows:
        async for _ in rows:
            pass


QUESTIONS: dict[str, Any] = {
    "sessions": lambda m: m.sessions(user_id="ann", limit=5),
    "sessions of all": lambda m: m.sessions(limit=5),
    "a page of sessions": lambda m: m.sessions(user_id="ann", limit=5, before=SESSION),
    "history": lambda m: m.history(SESSION, limit=5),
    "a page of history": lambda m: m.history(SESSION, limit=5, before=9),
    "timeline": lambda m: m.timeline("ann", limit=50),
    "timeline of a time": lambda m: m.timeline("ann", since=SINCE, until=UNTIL),
    "life": lambda m: m.timeline_buckets("ann"),
    "life of a time": lambda m: m.timeline_buckets("ann", since=SINCE, until=UNTIL),
    "count": lambda m: m.turn_count("ann"),
    "has turn": lambda m: m.has_turn(SESSION, f"{SESSION}-1"),
    "past": lambda m: m.past(SESSION, 20),
    "export": lambda m: whole(m),
    "export of a time": lambda m: whole(m, since=SINCE, until=UNTIL),
    "record": lambda m: m.record_turn(made_turn(SESSION, 900)),
    "prune": lambda m: m.prune(SINCE),
    "a turn has begun": lambda m: m.resumptions.begun(SESSION, 1, "a"),
    "a turn has left nothing": lambda m: m.resumptions.ended(SESSION, "a"),
    "a session is taken up": lambda m: m.resumptions.take(b"h", since=SINCE),
}

SORTS = {"life", "life of a time", "export", "export of a time"}
"""A few hundred sums, or the rows of one page, may be put in order."""


@pytest.mark.parametrize("name", QUESTIONS)
async def test_no_question_about_a_person_scans_a_table(memory: AffectMemory, name: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _k: object, statement: str, parameters: Any, _x: object, many: bool) -> None:
        asked.append((statement, parameters[0] if many else parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await QUESTIONS[name](memory)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    queries = [each for each in asked if each[0].split(maxsplit=1)[0] in {"SELECT", "DELETE", "UPDATE", "WITH"}]
    assert queries
    with closing(sqlite3.connect(memory.path)) as connection:
        for statement, values in queries:
            for step in (row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)):
                assert not scans(step), (step, statement)
                assert name in SORTS or "TEMP B-TREE" not in step, (step, statement)


def scans(step: str) -> bool:
    """Whether a step reads a table from its beginning, but for the few newest sessions and the list of people."""
    harmless = ("SCAN sessions", "SCAN users", "SCAN CONSTANT ROW", "SCAN (")
    return step.startswith("SCAN") and not step.startswith(harmless)
