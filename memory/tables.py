"""The tables, as SQLAlchemy sees them. `migrations/` makes them; a test holds the two together.

A turn and what was perceived in it share the key (session, number), which clusters the affect of a session in the
order in which it is read. Deleting a user deletes everything of theirs.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

from perception import EMOTIONS

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Instant(TypeDecorator[datetime]):
    """A moment as whole microseconds since 1970 in UTC: a quarter of ISO 8601's bytes, and sortable."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone, got {value!r}; use datetime.now(UTC)")
        return (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Words(TypeDecorator[str]):
    """Text in which lone surrogates, which UTF-8 cannot hold, become question marks: a typo must not lose a turn."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else value.encode("utf-8", "replace").decode()


def score_columns() -> list[Column[float]]:
    """A column for each emotion; NULL in all of them where there are no scores."""
    return [Column(emotion.value, Float) for emotion in EMOTIONS]


metadata = MetaData()

users = Table(
    "users",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("user_id", Text, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("session_id", Text, nullable=False, unique=True),
    Column("user_id", Text, ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    Column("persona", Text, nullable=False),
    Column("lang", Text),
    Column("deployment_context", Text, nullable=False),
    Column("consent", JSON, nullable=False),
    Column("acknowledged_at", Instant),
    Column("started_at", Instant, nullable=False),
    Column("offers", JSON(none_as_null=True)),
    # and by key, which SQLite keeps in every index: the order in which they began, whatever the clock said
    Index("sessions_by_user", "user_id"),
)

turns = Table(
    "turns",
    metadata,
    Column("session_key", Integer, ForeignKey("sessions.key", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    # the session's, so that the turns of a person stand in order of time in one index
    Column("user_key", Integer, nullable=False),
    Column("turn_id", Text, nullable=False, unique=True),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant, nullable=False),
    Column("persona", Text, nullable=False),
    Column("route_reason", Text, nullable=False),
    Column("lang", Text, nullable=False),
    Column("user_text", Words, nullable=False),
    Column("transcript", Words, nullable=False),
    Column("reply", Words, nullable=False),
    Column("interrupted", Boolean, nullable=False),
    Column("trace", JSON, nullable=False),
    Index("turns_by_user", "user_key", "started_at"),
)


def of_turn() -> ForeignKeyConstraint:
    """What goes with a turn."""
    return ForeignKeyConstraint(
        ["session_key", "number"], ["turns.session_key", "turns.number"], name="of_turn", ondelete="CASCADE"
    )


affect = Table(
    "affect",
    metadata,
    Column("session_key", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    *score_columns(),
    Column("reliability", Float, nullable=False),
    Column("shares", JSON, nullable=False),
    Column("conflicts", JSON, nullable=False),
    # NULL where no rule applied
    Column("policy", JSON(none_as_null=True)),
    of_turn(),
    sqlite_with_rowid=False,
)

observations = Table(
    "observations",
    metadata,
    Column("session_key", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("modality", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("model", Text, nullable=False),
    *score_columns(),
    Column("quality", Float, nullable=False),
    Column("cues", JSON, nullable=False),
    Column("latency_ms", Float, nullable=False),
    Column("captured_at", Instant, nullable=False),
    of_turn(),
    sqlite_with_rowid=False,
)

HOUR: Final = timedelta(hours=1)

hours = Table(
    "hours",
    metadata,
    Column("user_key", Integer, ForeignKey("users.key", ondelete="CASCADE"), primary_key=True),
    Column("hour", Integer, primary_key=True),
    Column("turns", Integer, nullable=False),
    Column("felt", Integer, nullable=False),
    *(Column(name, Float, nullable=False) for name in (*(emotion.value for emotion in EMOTIONS), "reliability")),
    sqlite_with_rowid=False,
)
"""Sums over the turns that began in an hour since 1970, from which a life is drawn; triggers of the file keep them."""
