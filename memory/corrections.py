"""What people said about how they were read: written beside the turn, never over it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, Column, Index, Integer, RowMapping, Table, Text, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database
from memory.errors import TurnUnknown
from memory.records import CorrectionRecord, TurnRecord
from memory.sessions import unknown
from memory.tables import Instant, Words, metadata, of_turn, sessions, users
from memory.tables import turns as turn_table
from perception import Emotion
from perception.observation import now

KNOWN: Final = 50
"""Of a session, the newest: older ones are kept, and no longer looked at."""

corrections = Table(
    "corrections",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("session_key", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("read", Text),
    Column("emotion", Text),
    Column("text", Words, nullable=False),
    Column("shared", Boolean, nullable=False),
    of_turn(),
    # and by key, which SQLite keeps in every index: the order in which they came, whatever the clock said
    Index("corrections_by_session", "session_key"),
)


async def add(
    connection: AsyncConnection,
    session_id: str,
    turn: TurnRecord,
    *,
    emotion: Emotion | None,
    text: str,
    shared: bool,
) -> CorrectionRecord:
    """Write down that a turn was read wrong.

    Raises:
        SessionUnknown: there is no such session.
        TurnUnknown: it has no such turn.
    """
    place = select(sessions.c.key, turn_table.c.number)
    place = place.outerjoin(
        turn_table, (turn_table.c.session_key == sessions.c.key) & (turn_table.c.number == turn.number)
    )
    row = (await connection.execute(place.where(sessions.c.session_id == session_id))).first()
    if row is None:
        raise await unknown(connection, session_id)
    if row.number is None:
        raise TurnUnknown(session_id, turn.number)
    record = CorrectionRecord(
        session_id=session_id,
        number=turn.number,
        at=now(),
        read=turn.affect.sensed if turn.affect else None,
        emotion=emotion,
        text=text,
        shared=shared,
    )
    await connection.execute(
        insert(corrections),
        {
            "session_key": row.key,
            "number": record.number,
            "at": record.at,
            "read": record.read,
            "emotion": record.emotion,
            "text": record.text,
            "shared": record.shared,
        },
    )
    return record


async def of_session(connection: AsyncConnection, session_id: str) -> tuple[CorrectionRecord, ...]:
    """The newest of a session, oldest first."""
    mine = select(sessions.c.key).where(sessions.c.session_id == session_id).scalar_subquery()
    query = select(corrections).where(corrections.c.session_key == mine)
    rows = (await connection.execute(query.order_by(corrections.c.key.desc()).limit(KNOWN))).mappings().all()
    return tuple(_record(row, session_id) for row in reversed(rows))


async def within(
    connection: AsyncConnection, names: Mapping[int, str], since: datetime | None, until: datetime | None
) -> tuple[CorrectionRecord, ...]:
    """Everything that was said within a time, in the order in which it came.

    Args:
        connection: In a transaction.
        names: The ids of the sessions by their keys.
        since: From then on.
        until: Before then.
    """
    query = select(corrections).where(corrections.c.session_key.in_(names)).order_by(corrections.c.key)
    if since is not None:
        query = query.where(corrections.c.at >= since)
    if until is not None:
        query = query.where(corrections.c.at < until)
    rows = await connection.execute(query)
    return tuple(_record(row, names[row["session_key"]]) for row in rows.mappings())


async def labelled(database: Database, user_id: str | None = None) -> AsyncGenerator[dict[str, Any], None]:
    """Turns with the emotion that the person said they felt, as rows of a data set, where the person agreed to that.

    The newest correction of a turn counts. What a person did not allow to be perceived is in no row.

    Args:
        database: Where from.
        user_id: Whose; of everybody when None.
    """
    from memory import turns

    found = await database.read(_shared, user_id)
    for record in found:
        turn = await database.read(turns.whole, record.session_id, 1, record.number + 1)
        if turn and record.emotion is not None:
            yield _row(record, turn[0], record.emotion)


def _row(record: CorrectionRecord, turn: TurnRecord, emotion: Emotion) -> dict[str, Any]:
    observed = turn.affect.observations if turn.affect else ()
    return {
        "id": turn.turn_id,
        "text": turn.user_text or turn.transcript,
        "lang": turn.lang,
        "label": emotion.value,
        "read": record.read.value if record.read else None,
        "at": record.at.isoformat(),
        "observations": {o.modality.value: o.as_dict() for o in observed if o.scores is not None},
    }


async def _shared(connection: AsyncConnection, user_id: str | None) -> tuple[CorrectionRecord, ...]:
    newest = select(func.max(corrections.c.key)).group_by(corrections.c.session_key, corrections.c.number)
    query = select(*corrections.c, sessions.c.session_id, users.c.user_id)
    query = query.join(sessions, sessions.c.key == corrections.c.session_key)
    query = query.join(users, users.c.user_id == sessions.c.user_id)
    query = query.where(corrections.c.key.in_(newest), corrections.c.shared, corrections.c.emotion.is_not(None))
    if user_id is not None:
        query = query.where(users.c.user_id == user_id)
    rows = await connection.execute(query.order_by(corrections.c.key))
    return tuple(_record(row, row["session_id"]) for row in rows.mappings())


def _record(row: RowMapping, session_id: str) -> CorrectionRecord:
    return CorrectionRecord(
        session_id=session_id,
        number=row["number"],
        at=row["at"],
        read=Emotion(row["read"]) if row["read"] else None,
        emotion=Emotion(row["emotion"]) if row["emotion"] else None,
        text=row["text"],
        shared=row["shared"],
    )
