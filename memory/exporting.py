"""Everything of a person, page by page: each is a short transaction, so that a slow reader holds nothing up."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database
from memory.records import SessionRecord
from memory.rows import session_of
from memory.tables import hours, sessions, users
from memory.turns import page

SESSIONS_A_PAGE: Final = 50
TURNS_A_PAGE: Final = 100


async def rows(
    database: Database, user_id: str, since: datetime | None, until: datetime | None
) -> AsyncGenerator[dict[str, Any], None]:
    """The person, then each session followed by its turns, in the order in which they began."""
    person = await database.read(_person, user_id)
    if person is None:
        return
    yield {"kind": "user", **person}
    after = 0
    while found := await database.read(_sessions, user_id, after):
        for after, session in found:  # noqa: B007  (read by the next page)
            async for row in _session(database, session, since, until):
                yield row


async def count(connection: AsyncConnection, user_id: str) -> int:
    """The turns of a person."""
    mine = select(users.c.key).where(users.c.user_id == user_id).scalar_subquery()
    query = select(func.coalesce(func.sum(hours.c.turns), 0)).where(hours.c.user_key == mine)
    return int((await connection.execute(query)).scalar_one())


async def _session(
    database: Database, session: SessionRecord, since: datetime | None, until: datetime | None
) -> AsyncGenerator[dict[str, Any], None]:
    """A session that began within the time, or had a turn in it, and those turns."""
    told = (since is None or since <= session.started_at) and (until is None or session.started_at < until)
    if told:
        yield {"kind": "session", **session.as_dict()}
    after: int | None = 0
    while after is not None:
        found = await database.read(page, session.session_id, after=after, limit=TURNS_A_PAGE, since=since, until=until)
        if found and not told:
            yield {"kind": "session", **session.as_dict()}
            told = True
        for turn in found:
            yield {"kind": "turn", **turn.as_dict()}
        after = found[-1].number if len(found) == TURNS_A_PAGE else None


async def _person(connection: AsyncConnection, user_id: str) -> dict[str, Any] | None:
    row = (await connection.execute(select(users).where(users.c.user_id == user_id))).first()
    return None if row is None else {"user_id": row.user_id, "created_at": row.created_at.isoformat()}


async def _sessions(connection: AsyncConnection, user_id: str, after: int) -> tuple[tuple[int, SessionRecord], ...]:
    query = select(sessions).where(sessions.c.user_id == user_id, sessions.c.key > after)
    found = await connection.execute(query.order_by(sessions.c.key).limit(SESSIONS_A_PAGE))
    return tuple((row["key"], session_of(row)) for row in found.mappings())
