"""Reading and writing turns, inside a transaction of the caller."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from memory import corrections, timeline
from memory.errors import TurnElsewhere
from memory.records import Past, TurnRecord
from memory.rows import (
    affect_row,
    observation_of,
    observation_row,
    stripped,
    turn_of,
    turn_row,
)
from memory.sessions import get as get_session
from memory.sessions import unknown
from memory.tables import affect, observations, sessions, turns, users
from perception import Observation
from perception.observation import now

_AFFECT_COLUMNS = [column for column in affect.c if not column.primary_key]


async def record(connection: AsyncConnection, turn: TurnRecord) -> TurnRecord:
    """Write a turn as the next of its session, or find that it has been written.

    Raises:
        SessionUnknown: its session is not there.
        TurnElsewhere: its id belongs to a turn of another session.
    """
    # one trip to the database's thread instead of three
    last = select(func.coalesce(func.max(turns.c.number), 0)).where(turns.c.session_key == sessions.c.key)
    known = select(turns.c.number).where(turns.c.turn_id == turn.turn_id).scalar_subquery()
    place = select(
        sessions.c.key, users.c.key.label("user"), last.scalar_subquery().label("last"), known.label("known")
    )
    place = place.join(users, users.c.user_id == sessions.c.user_id)
    row = (await connection.execute(place.where(sessions.c.session_id == turn.session_id))).first()
    if row is None:
        raise await unknown(connection, turn.session_id)
    if row.known is not None:
        return await _written(connection, turn)
    turn = stripped(turn, row.last + 1)
    await _insert(connection, turn, row.key, row.user)
    return turn


async def written(connection: AsyncConnection, session_id: str, turn_id: str) -> bool:
    """Whether a session has that turn.

    Raises:
        SessionUnknown: the session is not there.
    """
    query = select(turns.c.number).where(turns.c.turn_id == turn_id, turns.c.session_key == _key(session_id))
    if (await connection.execute(query)).first():
        return True
    await get_session(connection, session_id)
    return False


async def past(connection: AsyncConnection, session_id: str, limit: int) -> Past:
    """A session with its last turns, in one transaction: each one costs several trips to the database's thread."""
    session, usual, set_right = await timeline.session_and_usual(connection, session_id, now())
    return Past(
        session=session,
        turns=await latest(connection, session_id, limit),
        usual=usual,
        corrections=await corrections.of_session(connection, session_id) if set_right else (),
    )


async def latest(
    connection: AsyncConnection, session_id: str, limit: int, before: int | None = None
) -> tuple[TurnRecord, ...]:
    """The last turns without their observations, oldest first; the cost does not grow with the session."""
    query = _turns_of(session_id).order_by(turns.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(turns.c.number < before)
    rows = (await connection.execute(query)).mappings().all()
    if not rows:
        await get_session(connection, session_id)  # no turns yet, or no session?
    return tuple(turn_of(row, session_id) for row in reversed(rows))


async def whole(
    connection: AsyncConnection, session_id: str, limit: int | None, before: int | None = None
) -> tuple[TurnRecord, ...]:
    """Turns with their observations, oldest first: all of them, or the last, or the last before a number."""
    found = await latest(connection, session_id, -1 if limit is None else limit, before)
    if not found:
        return ()
    evidence = await _evidence(connection, session_id, found[0].number, found[-1].number)
    return tuple(_with(turn, evidence[turn.number]) for turn in found)


async def page(
    connection: AsyncConnection,
    names: Mapping[int, str],
    *,
    after: int,
    limit: int,
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[TurnRecord, ...]:
    """Turns with what was observed, session by session: those after a number that began within a time.

    Args:
        connection: In a transaction.
        names: The ids of the sessions by their keys; what is gone meanwhile has no turns. Several are read well when
            they have few turns.
        after: Only turns with a greater number.
        limit: How many at most.
        since: Only turns that began then or later.
        until: Only turns that began before.
    """
    query = _joined().where(turns.c.session_key.in_(names), turns.c.number > after)
    if since is not None:
        query = query.where(turns.c.started_at >= since)
    if until is not None:
        query = query.where(turns.c.started_at < until)
    query = query.order_by(turns.c.session_key, turns.c.number).limit(limit)
    rows = (await connection.execute(query)).mappings().all()
    if not rows:
        return ()
    seen = select(observations).where(observations.c.session_key.in_(names), observations.c.number > after)
    if len(names) == 1:
        seen = seen.where(observations.c.number <= rows[-1]["number"])
    places: dict[tuple[int, int], tuple[Observation, ...]] = defaultdict(tuple)
    order = (observations.c.session_key, observations.c.number, observations.c.position)
    for row in (await connection.execute(seen.order_by(*order))).mappings():
        places[row["session_key"], row["number"]] += (observation_of(row),)
    return tuple(turn_of(row, names[row["session_key"]], places[row["session_key"], row["number"]]) for row in rows)


def _joined() -> Select[Any]:
    same = (affect.c.session_key == turns.c.session_key) & (affect.c.number == turns.c.number)
    return select(*turns.c, *_AFFECT_COLUMNS).select_from(turns.outerjoin(affect, same))


def _turns_of(session_id: str) -> Select[Any]:
    return _joined().where(turns.c.session_key == _key(session_id))


def _key(session_id: str) -> ScalarSelect[Any]:
    return select(sessions.c.key).where(sessions.c.session_id == session_id).scalar_subquery()


async def _insert(connection: AsyncConnection, turn: TurnRecord, key: int, user: int) -> None:
    await connection.execute(insert(turns), turn_row(turn, key, user))
    if turn.affect is None:
        return
    await connection.execute(insert(affect), affect_row(turn.affect, key, turn.number))
    evidence = enumerate(turn.affect.observations)
    rows = [observation_row(observation, key, turn.number, position) for position, observation in evidence]
    if rows:
        await connection.execute(insert(observations), rows)


async def _written(connection: AsyncConnection, turn: TurnRecord) -> TurnRecord:
    query = _turns_of(turn.session_id).where(turns.c.turn_id == turn.turn_id)
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise TurnElsewhere(turn.turn_id, turn.session_id)
    evidence = await _evidence(connection, turn.session_id, row["number"], row["number"])
    return _with(turn_of(row, turn.session_id), evidence[row["number"]])


async def _evidence(
    connection: AsyncConnection, session_id: str, first: int, last: int | None = None
) -> dict[int, tuple[Observation, ...]]:
    """Observations by the number of their turn."""
    query = select(observations).where(observations.c.session_key == _key(session_id), observations.c.number >= first)
    if last is not None:
        query = query.where(observations.c.number <= last)
    rows = await connection.execute(query.order_by(observations.c.number, observations.c.position))
    evidence: dict[int, tuple[Observation, ...]] = defaultdict(tuple)
    for row in rows.mappings():
        evidence[row["number"]] += (observation_of(row),)
    return evidence


def _with(turn: TurnRecord, evidence: tuple[Observation, ...]) -> TurnRecord:
    return turn if turn.affect is None else replace(turn, affect=replace(turn.affect, observations=evidence))
