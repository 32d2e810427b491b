"""The affect of a person over time, across their sessions, inside a transaction of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, count
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, ScalarSelect, and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.corrections import corrections
from memory.points import TimelineBucket, TimelinePoint
from memory.records import SessionRecord
from memory.rows import scores_of, session_of
from memory.sessions import unknown
from memory.tables import HOUR, affect, hours, sessions, turns, users
from perception import EMOTIONS, EmotionScores

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
USUAL_DAYS: Final = timedelta(days=30)
"""How far back goes what is usual of a person."""
_SCORES: Final = tuple(affect.c[emotion.value] for emotion in EMOTIONS)


async def points(
    connection: AsyncConnection, user_id: str, *, since: datetime | None, until: datetime | None, limit: int
) -> tuple[TimelinePoint, ...]:
    """The newest turns of a person within a time, oldest first, those without affect among them.

    The turns of a session stand in the order of their numbers, also where a clock was set back between them.
    """
    shown = (sessions.c.session_id, turns.c.number, turns.c.started_at, turns.c.persona)
    same = (affect.c.session_key == turns.c.session_key) & (affect.c.number == turns.c.number)
    query = (
        select(*shown, *_SCORES, affect.c.reliability)
        .select_from(turns.join(sessions, sessions.c.key == turns.c.session_key).outerjoin(affect, same))
        .where(turns.c.user_key == _key(user_id), *_within(turns.c.started_at, since, until))
        .order_by(turns.c.started_at.desc())
        .limit(limit)
    )
    return _in_order([_point(row) for row in (await connection.execute(query)).mappings()])


async def buckets(
    connection: AsyncConnection, user_id: str, *, since: datetime | None, until: datetime | None, most: int
) -> tuple[TimelineBucket, ...]:
    """The turns of a person in at most so many stretches of equal length, oldest first; empty ones are left out.

    The stretches are whole hours, so that the cost grows with the hours in which something was said, not with the
    turns. Hours that `since` and `until` cut count whole.
    """
    first, end = _hour(since), _hour(until and until + HOUR - timedelta(microseconds=1))
    mine = [hours.c.user_key == _key(user_id), *_within(hours.c.hour, first, end)]
    known = (await connection.execute(select(func.min(hours.c.hour), func.max(hours.c.hour)).where(*mine))).one()
    if known[0] is None:
        return ()
    width = _width(known[0], known[1], most)
    number = hours.c.hour // width
    sums = (func.sum(column).label(column.name) for column in hours.c if not column.primary_key)
    query = select(number.label("number"), *sums).where(*mine).group_by(number).order_by(number)
    return tuple(_bucket(row, width) for row in (await connection.execute(query)).mappings())


async def session_and_usual(
    connection: AsyncConnection, session_id: str, until: datetime
) -> tuple[SessionRecord, EmotionScores | None, bool]:
    """A session; the mean scores of its person over `USUAL_DAYS`, each turn alike, None where nothing was felt; and
    whether they corrected anything in it, which few do.

    The mean is that of at most so many hours, however much they said. One query for all: each costs several trips to
    the database's thread, and every turn asks.

    Raises:
        SessionUnknown: the session is not there.
    """
    within = _within(hours.c.hour, _hour(until - USUAL_DAYS), _hour(until + HOUR))
    theirs = sessions.join(users, users.c.user_id == sessions.c.user_id)
    names = ("felt", *(emotion.value for emotion in EMOTIONS))
    sums = [func.sum(hours.c[name]).label(f"usual_{name}") for name in names]
    set_right = exists().where(corrections.c.session_key == sessions.c.key).label("set_right")
    query = select(sessions, set_right, *sums)
    query = query.select_from(theirs.outerjoin(hours, and_(hours.c.user_key == users.c.key, *within)))
    row = (await connection.execute(query.where(sessions.c.session_id == session_id))).mappings().one()
    if row["session_id"] is None:
        raise await unknown(connection, session_id)
    felt, *known = (row[f"usual_{name}"] for name in names)
    usual = EmotionScores.normalised(max(0.0, value) for value in known) if felt else None
    return session_of(row), usual, row["set_right"]


def _key(user_id: str) -> ScalarSelect[int]:
    return select(users.c.key).where(users.c.user_id == user_id).scalar_subquery()


def _within(column: ColumnElement[Any], since: object, until: object) -> list[ColumnElement[bool]]:
    after = [] if since is None else [column >= since]
    return after if until is None else [*after, column < until]


def _hour(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // HOUR


def _width(first: int, last: int, most: int) -> int:
    """Hours of a stretch: a part of a day, or whole days, so that stretches begin where a person would begin them."""
    widths = chain((1, 2, 3, 4, 6, 8, 12), count(24, 24))
    return next(width for width in widths if last // width - first // width < most)


def _point(row: RowMapping) -> TimelinePoint:
    scores = scores_of(row)
    return TimelinePoint(
        session_id=row["session_id"],
        number=row["number"],
        started_at=row["started_at"],
        persona=row["persona"],
        scores=scores,
        reliability=row["reliability"] if scores else 0.0,
    )


def _bucket(row: RowMapping, width: int) -> TimelineBucket:
    felt = row["felt"]
    return TimelineBucket(
        since=_EPOCH + row["number"] * width * HOUR,
        until=_EPOCH + (row["number"] + 1) * width * HOUR,
        turns=row["turns"],
        felt=felt,
        # sums from which turns were taken again may miss zero by a rounding
        scores=EmotionScores.normalised(max(0.0, row[emotion.value]) for emotion in EMOTIONS) if felt else None,
        reliability=min(1.0, max(0.0, row["reliability"] / felt)) if felt else 0.0,
    )


def _in_order(newest_first: Sequence[TimelinePoint]) -> tuple[TimelinePoint, ...]:
    """Oldest first, where no turn stands before an earlier one of its session."""
    by_number = sorted(newest_first, key=lambda point: (point.session_id, point.number))
    latest: dict[str, datetime] = {}
    places = []
    for point in by_number:
        latest[point.session_id] = max(point.started_at, latest.get(point.session_id, point.started_at))
        places.append((latest[point.session_id], point.session_id, point.number))
    return tuple(by_number[index] for _, index in sorted(zip(places, range(len(places)), strict=True)))
