"""Everything of a person, page by page: each is a short transaction, so that a slow reader holds nothing up."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from memory import corrections
from memory.database import Database
from memory.records import SessionRecord
from memory.rows import session_of
from memory.tables import hours, sessions, turns, users
from memory.turns import page

SESSIONS_A_PAGE: Final = 50
TURNS_A_PAGE: Final = 400
"""Of one session, or of several short ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Session:
    key: int
    record: SessionRecord
    last: int
    """Number of its last turn; it has as many at most."""


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
        after = found[-1].key
        for some in _together(found):
            async for row in _told(database, some, since, until):
                yield row
            names = {session.key: session.record.session_id for session in some}
            for said in await database.read(corrections.within, names, since, until):
                yield {"kind": "correction", **said.as_dict()}


async def count(connection: AsyncConnection, user_id: str) -> int:
    """The turns of a person."""
    mine = select(users.c.key).where(users.c.user_id == user_id).scalar_subquery()
    query = select(func.coalesce(func.sum(hours.c.turns), 0)).where(hours.c.user_key == mine)
    return int((await connection.execute(query)).scalar_one())


async def _told(
    database: Database, some: Sequence[_Session], since: datetime | None, until: datetime | None
) -> AsyncGenerator[dict[str, Any], None]:
    """Sessions that began within the time, or had a turn in it, each before its turns."""
    names = {session.key: session.record.session_id for session in some}
    after: int | None = 0
    while after is not None:
        found = await database.read(page, names, after=after, limit=TURNS_A_PAGE, since=since, until=until)
        theirs = {name: [*turns] for name, turns in groupby(found, lambda turn: turn.session_id)}
        for session in some:
            name = session.record.session_id
            if after == 0 and (name in theirs or _began(session.record, since, until)):
                yield {"kind": "session", **session.record.as_dict()}
            for turn in theirs.get(name, ()):
                yield {"kind": "turn", **turn.as_dict()}
        after = found[-1].number if len(some) == 1 and len(found) == TURNS_A_PAGE else None


def _began(session: SessionRecord, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or since <= session.started_at) and (until is None or session.started_at < until)


def _together(found: Sequence[_Session]) -> Iterator[list[_Session]]:
    """Sessions whose turns are one page together; a long one stands alone."""
    some: list[_Session] = []
    for session in found:
        if some and sum(other.last for other in some) + session.last > TURNS_A_PAGE:
            yield some
            some = []
        some.append(session)
    yield some


async def _person(connection: AsyncConnection, user_id: str) -> dict[str, Any] | None:
    row = (await connection.execute(select(users).where(users.c.user_id == user_id))).first()
    return None if row is None else {"user_id": row.user_id, "created_at": row.created_at.isoformat()}


async def _sessions(connection: AsyncConnection, user_id: str, after: int) -> tuple[_Session, ...]:
    last = select(func.coalesce(func.max(turns.c.number), 0)).where(turns.c.session_key == sessions.c.key)
    query = select(sessions, last.scalar_subquery().label("last"))
    query = query.where(sessions.c.user_id == user_id, sessions.c.key > after).order_by(sessions.c.key)
    found = await connection.execute(query.limit(SESSIONS_A_PAGE))
    return tuple(_Session(key=row["key"], record=session_of(row), last=row["last"]) for row in found.mappings())
