"""What has grown old goes: turns by their age, then the sessions and people of whom nothing is left.

The last turn of a session goes with the session only, so that the next turn never takes a number that was taken: also
where a clock that was set back makes the last turn the oldest.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, delete, exists, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.points import Pruned
from memory.tables import sessions, turns, users

_LAST: Final = turns.alias("last_turns")
_ROW: Final[ColumnElement[int]] = literal_column("turns.rowid", Integer)


async def people(connection: AsyncConnection) -> tuple[tuple[int, str], ...]:
    """The key and the name of everybody."""
    rows = await connection.execute(select(users.c.key, users.c.user_id).order_by(users.c.key))
    return tuple((row.key, row.user_id) for row in rows)


async def outdated(connection: AsyncConnection, key: int, user_id: str, moment: datetime) -> Pruned:
    """What `drop_turns` and `drop_sessions` would take of a person."""
    joined = turns.join(sessions, sessions.c.key == turns.c.session_key)
    old = await connection.execute(select(func.count()).select_from(joined).where(*_old(key, moment)))
    at = select(_LAST.c.started_at).where(_LAST.c.session_key == sessions.c.key)
    at_last = at.order_by(_LAST.c.number.desc()).limit(1).scalar_subquery()
    ended = (sessions.c.started_at < moment) & func.coalesce(at_last < moment, True)
    mine = select(func.count(), func.count().filter(ended)).where(sessions.c.user_id == user_id)
    all_of_them, gone = (await connection.execute(mine)).one()
    return Pruned(turns=old.scalar_one(), sessions=gone, users=int(gone == all_of_them))


async def drop_turns(connection: AsyncConnection, key: int, moment: datetime, most: int) -> Pruned:
    """Delete about so many turns of a person that began before a moment, the oldest first, with their evidence.

    With the last turn of a session the session goes.
    """
    joined = turns.join(sessions, sessions.c.key == turns.c.session_key)
    oldest = select(_ROW.label("row"), turns.c.session_key, (turns.c.number == _last()).label("ends")).select_from(
        joined
    )
    found = (await connection.execute(oldest.where(*_old(key, moment)).order_by(turns.c.started_at).limit(most))).all()
    ended = {row.session_key for row in found if row.ends}
    other = [row.row for row in found if row.session_key not in ended]
    gone = await connection.execute(delete(turns).where(_ROW.in_(other)))
    left = await connection.execute(select(func.count()).where(turns.c.session_key.in_(ended)))
    await connection.execute(delete(sessions).where(sessions.c.key.in_(ended)))
    return Pruned(turns=gone.rowcount + left.scalar_one(), sessions=len(ended))


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
    """Turns, beside their sessions, that began before the moment; not the last one of a session that began later."""
    ended = or_(turns.c.number < _last(), sessions.c.started_at < moment)
    return (turns.c.user_key == key, turns.c.started_at < moment, ended)


def _last() -> ColumnElement[int]:
    last = select(func.max(_LAST.c.number)).where(_LAST.c.session_key == turns.c.session_key)
    return last.correlate(turns).scalar_subquery()
