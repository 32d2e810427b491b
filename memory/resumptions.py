"""What lets a client take up its session when the server has forgotten it: the hash of its token, and the last turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, delete, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database
from memory.records import Past
from memory.sessions import unknown
from memory.tables import Instant, metadata, sessions
from memory.turns import past
from perception.observation import now

RECOVERED: Final = 20
"""Turns at most that a client is told of, which it may have missed."""

resumptions = Table(
    "resumptions",
    metadata,
    Column("session_key", Integer, ForeignKey("sessions.key", ondelete="CASCADE"), primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("epoch", Integer, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("turn_id", Text),
    Column("used_at", Instant, nullable=False),
    Index("resumptions_by_use", "used_at"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Resumption:
    """A session as it was left."""

    past: Past
    """The session, and its last turns."""
    epoch: int
    """How many times it was taken up from here, this time included, and 1."""
    turn: int
    """How many turns the client has begun."""
    turn_id: str | None
    """Of the last of them; None where that ended and left nothing."""

    @property
    def lost(self) -> bool:
        """The last turn had begun, and is neither written nor known to have ended otherwise."""
        return self.turn_id is not None and all(turn.turn_id != self.turn_id for turn in self.past.turns)


class Resumptions:
    """The tokens of sessions. Only hashes are kept: whoever reads the file can resume nothing."""

    def __init__(self, database: Database) -> None:
        """Keep them in a database."""
        self._database = database

    async def keep(self, session_id: str, token_hash: bytes, *, since: datetime) -> None:
        """Let a session be resumed by a token, and forget those that nobody has used.

        Args:
            session_id: Of the session.
            token_hash: SHA-256 of its token.
            since: Tokens last used before this are forgotten.

        Raises:
            SessionUnknown: there is no such session.
        """
        await self._database.write(_keep, session_id, token_hash, since)

    async def begun(self, session_id: str, turn: int, turn_id: str) -> None:
        """Note that a turn has begun: one small write, and none when the turn ends well."""
        await self._database.write(_begun, session_id, turn, turn_id)

    async def ended(self, session_id: str, turn_id: str) -> None:
        """Note that a turn has ended and is not written."""
        await self._database.write(_ended, session_id, turn_id)

    async def forget(self, token_hash: bytes) -> None:
        """Have a token resume nothing any more."""
        await self._database.write(_forget, token_hash)

    async def take(self, token_hash: bytes, *, since: datetime, user_id: str | None = None) -> Resumption | None:
        """Take up the session of a token; None where there is none that was used since a moment.

        Args:
            token_hash: SHA-256 of the token.
            since: Tokens last used before this open nothing.
            user_id: Whose the session must be; somebody else's stays as it is. None for anybody's.
        """
        return await self._database.write(_take, token_hash, since, user_id)


async def _keep(connection: AsyncConnection, session_id: str, token_hash: bytes, since: datetime) -> None:
    await connection.execute(delete(resumptions).where(resumptions.c.used_at < since))
    found = await connection.execute(select(sessions.c.key).where(sessions.c.session_id == session_id))
    if (row := found.first()) is None:
        raise await unknown(connection, session_id)
    values = {"token_hash": token_hash, "epoch": 1, "turn": 0, "turn_id": None, "used_at": now()}
    query = insert(resumptions).values(session_key=row.key, **values)
    await connection.execute(query.on_conflict_do_update(index_elements=["session_key"], set_=values))


async def _forget(connection: AsyncConnection, token_hash: bytes) -> None:
    await connection.execute(delete(resumptions).where(resumptions.c.token_hash == token_hash))


async def _begun(connection: AsyncConnection, session_id: str, turn: int, turn_id: str) -> None:
    key = select(sessions.c.key).where(sessions.c.session_id == session_id).scalar_subquery()
    values = {"turn": turn, "turn_id": turn_id, "used_at": now()}
    await connection.execute(update(resumptions).where(resumptions.c.session_key == key).values(values))


async def _ended(connection: AsyncConnection, session_id: str, turn_id: str) -> None:
    key = select(sessions.c.key).where(sessions.c.session_id == session_id).scalar_subquery()
    of_session = resumptions.c.session_key == key
    await connection.execute(
        update(resumptions).where(of_session, resumptions.c.turn_id == turn_id).values(turn_id=None)
    )


async def _take(
    connection: AsyncConnection, token_hash: bytes, since: datetime, user_id: str | None
) -> Resumption | None:
    query = update(resumptions).where(resumptions.c.token_hash == token_hash, resumptions.c.used_at >= since)
    if user_id is not None:
        owner = select(sessions.c.user_id).where(sessions.c.key == resumptions.c.session_key).scalar_subquery()
        query = query.where(owner == user_id)
    taken = await connection.execute(
        query.values(epoch=resumptions.c.epoch + 1, used_at=now()).returning(*resumptions.c)
    )
    row = taken.mappings().first()
    if row is None:
        return None
    named = select(sessions.c.session_id).where(sessions.c.key == row["session_key"])
    session_id = (await connection.execute(named)).scalar_one()
    known = await past(connection, session_id, RECOVERED)
    return Resumption(past=known, epoch=row["epoch"], turn=row["turn"], turn_id=row["turn_id"])
