"""Reading and writing sessions, inside a transaction of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.errors import SessionAmbiguous, SessionExists, SessionUnknown
from memory.records import SessionRecord
from memory.rows import session_of, session_row
from memory.tables import sessions, users

LATEST: Final = "last"
"""Instead of an id: the newest session."""

_LOOK_ALIKES: Final = 3


async def add(connection: AsyncConnection, session: SessionRecord) -> SessionRecord:
    """Begin a session, and remember its user if they are new.

    Raises:
        SessionExists: the id is taken.
    """
    taken = select(sessions.c.key).where(sessions.c.session_id == session.session_id)
    if (await connection.execute(taken)).first():
        raise SessionExists(session.session_id)
    user = {"user_id": session.user_id, "created_at": session.started_at}
    await connection.execute(insert(users).values(user).on_conflict_do_nothing())
    await connection.execute(insert(sessions).values(session_row(session)))
    return session


async def get(connection: AsyncConnection, session_id: str) -> SessionRecord:
    """One session by its id.

    Raises:
        SessionUnknown: there is none.
    """
    found = await known(connection, session_id)
    if found is None:
        raise await unknown(connection, session_id)
    return found


async def known(connection: AsyncConnection, session_id: str) -> SessionRecord | None:
    """The same, or None."""
    found = await connection.execute(select(sessions).where(sessions.c.session_id == session_id))
    row = found.mappings().first()
    return None if row is None else session_of(row)


async def find(connection: AsyncConnection, name: str) -> SessionRecord:
    """One session as a person names it: its id, the beginning of its id, or `last`.

    Raises:
        SessionUnknown: none begins like that.
        SessionAmbiguous: several do.
    """
    if name == LATEST and (newest := await latest(connection, user_id=None, limit=1)):
        return newest[0]
    begins = select(sessions).where(sessions.c.session_id.startswith(name, autoescape=True)).limit(_LOOK_ALIKES + 1)
    matches = [session_of(row) for row in (await connection.execute(begins)).mappings()]
    exact = [match for match in matches if match.session_id == name]
    if not name or not matches:
        raise await unknown(connection, name)
    if len(matches) > 1 and not exact:
        raise SessionAmbiguous(name, [match.session_id for match in matches])
    return (exact or matches)[0]


async def latest(
    connection: AsyncConnection, *, user_id: str | None, limit: int, before: str | None = None
) -> tuple[SessionRecord, ...]:
    """Sessions, the last begun first, whatever the clock said; those begun before another, where one is named.

    Raises:
        SessionUnknown: the other is not there, or is not theirs.
    """
    # keys grow from session to session
    query = select(sessions).order_by(sessions.c.key.desc()).limit(limit)
    if user_id is not None:
        query = query.where(sessions.c.user_id == user_id)
    if before is not None:
        query = query.where(sessions.c.key < await _key(connection, before, user_id))
    return tuple(session_of(row) for row in (await connection.execute(query)).mappings())


async def _key(connection: AsyncConnection, session_id: str, user_id: str | None) -> int:
    row = (await connection.execute(select(sessions).where(sessions.c.session_id == session_id))).first()
    if row is None or user_id not in (None, row.user_id):
        raise SessionUnknown(session_id)
    return int(row.key)


async def change(connection: AsyncConnection, /, session_id: str, **values: Any) -> SessionRecord:
    """Overwrite columns of one session.

    Raises:
        SessionUnknown: there is none.
    """
    query = update(sessions).where(sessions.c.session_id == session_id).values(values).returning(sessions)
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise await unknown(connection, session_id)
    return session_of(row)


async def unknown(connection: AsyncConnection, session_id: str) -> SessionUnknown:
    """The error for a session that is not there, with those that look like it."""
    ids = [session.session_id for session in await latest(connection, user_id=None, limit=200)]
    return SessionUnknown(session_id, _alike(session_id, ids))


def _alike(session_id: str, ids: Sequence[str]) -> list[str]:
    begins = [known for known in ids if len(session_id) >= _LOOK_ALIKES and known.startswith(session_id)]
    return begins[:_LOOK_ALIKES] or get_close_matches(session_id, ids, n=_LOOK_ALIKES, cutoff=0.7)
