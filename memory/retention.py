"""What has grown old goes: turns by their age, then the sessions and people of whom nothing is left."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.points import Pruned
from memory.tables import sessions, turns, users


async def people(connection: AsyncConnection) -> tuple[tuple[int, str], ...]:
    """The key and the name of everybody."""
    rows = await connection.execute(select(users.c.key, users.c.user_id).order_by(users.c.key))
    return tuple((row.key, row.user_id) for row in rows)


async def outdated(connection: AsyncConnection, key: int, user_id: str, moment: datetime) -> Pruned:
    """What `drop_turns` and `drop_sessions` would take of a person."""
    old = await connection.execute(select(func.count()).where(*_old(key, moment)))
    young = exists().where(turns.c.session_key == sessions.c.key, turns.c.started_at >= moment)
    mine = select(func.count(), func.count().filter(~young & (sessions.c.started_at < moment)))
    all_of_them, left = (await connection.execute(mine.where(sessions.c.user_id == user_id))).one()
    return Pruned(turns=old.scalar_one(), sessions=left, users=int(left == all_of_them))


async def drop_turns(connection: AsyncConnection, key: int, moment: datetime, most: int) -> Pruned:
    """Delete at most so many turns of a person that began before a moment, the oldest first, with their evidence."""
    oldest = select(turns.c.session_key, turns.c.number).where(*_old(key, moment))
    oldest = oldest.order_by(turns.c.started_at).limit(most)
    place = tuple_(turns.c.session_key, turns.c.number)
    done = await connection.execute(delete(turns).where(place.in_(oldest)))
    return Pruned(turns=done.rowcount)


async def drop_sessions(connection: AsyncConnection, user_id: str, moment: datetime, most: int) -> Pruned:
    """Delete at most so many sessions of a person that began before a moment and have no turns."""
    empty = ~exists().where(turns.c.session_key == sessions.c.key)
    query = select(sessions.c.key).where(sessions.c.user_id == user_id, sessions.c.started_at < moment, empty)
    done = await connection.execute(delete(sessions).where(sessions.c.key.in_(query.limit(most))))
    return Pruned(sessions=done.rowcount)


async def drop_user(connection: AsyncConnection, key: int) -> Pruned:
    """Forget a person who has no sessions left."""
    idle = ~exists().where(sessions.c.user_id == users.c.user_id)
    return Pruned(users=(await connection.execute(delete(users).where(users.c.key == key, idle))).rowcount)


def _old(key: int, moment: datetime) -> tuple[ColumnElement[Any], ...]:
    return (turns.c.user_key == key, turns.c.started_at < moment)
