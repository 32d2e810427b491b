"""Turns by person and time, and sums of what was felt by the hour."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

EMOTIONS: Final = ("happy", "sad", "angry", "fear", "surprise", "disgust", "neutral")
SUMS: Final = (*EMOTIONS, "reliability")
HOUR: Final = 3_600_000_000  # microseconds

TURNS: Final = (
    *("session_key", "number", "turn_id", "started_at", "finished_at", "persona", "route_reason", "lang"),
    *("user_text", "transcript", "reply", "interrupted", "trace"),
)


def upgrade() -> None:
    _number_the_users()
    _name_the_user_of_each_turn()
    # a session's key says when it was begun, whatever the clock said then
    op.drop_index("sessions_by_start", "sessions")
    op.drop_index("sessions_by_user", "sessions")
    op.create_index("sessions_by_user", "sessions", ["user_id"])
    _sum_by_the_hour()


def downgrade() -> None:
    for trigger in ("hours_of_turns", "hours_of_affect", "hours_without_turns"):
        op.execute(f"DROP TRIGGER {trigger}")
    op.drop_table("hours")
    op.drop_index("turns_by_user", "turns")
    op.drop_column("turns", "user_key")
    op.drop_index("sessions_by_user", "sessions")
    op.create_index("sessions_by_user", "sessions", ["user_id", "started_at"])
    op.create_index("sessions_by_start", "sessions", ["started_at"])
    op.create_table(
        "old_users",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("created_at", sa.Integer, nullable=False),
    )
    op.execute("INSERT INTO old_users SELECT user_id, created_at FROM users ORDER BY key")
    op.drop_table("users")
    op.rename_table("old_users", "users")


def _number_the_users() -> None:
    op.create_table(
        "new_users",
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Text, nullable=False, unique=True),
        sa.Column("created_at", sa.Integer, nullable=False),
    )
    op.execute("INSERT INTO new_users (user_id, created_at) SELECT user_id, created_at FROM users ORDER BY rowid")
    op.drop_table("users")
    op.rename_table("new_users", "users")


def _name_the_user_of_each_turn() -> None:
    op.create_table(
        "new_turns",
        sa.Column("session_key", sa.Integer, sa.ForeignKey("sessions.key", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("user_key", sa.Integer, nullable=False),
        sa.Column("turn_id", sa.Text, nullable=False, unique=True),
        sa.Column("started_at", sa.Integer, nullable=False),
        sa.Column("finished_at", sa.Integer, nullable=False),
        sa.Column("persona", sa.Text, nullable=False),
        sa.Column("route_reason", sa.Text, nullable=False),
        sa.Column("lang", sa.Text, nullable=False),
        sa.Column("user_text", sa.Text, nullable=False),
        sa.Column("transcript", sa.Text, nullable=False),
        sa.Column("reply", sa.Text, nullable=False),
        sa.Column("interrupted", sa.Boolean, nullable=False),
        sa.Column("trace", sa.JSON, nullable=False),
    )
    names, of_turns = ", ".join(TURNS), ", ".join(f"turns.{name}" for name in TURNS)
    op.execute(
        f"INSERT INTO new_turns (user_key, {names}) SELECT users.key, {of_turns} FROM turns "  # noqa: S608
        "JOIN sessions ON sessions.key = turns.session_key JOIN users USING (user_id) ORDER BY turns.rowid"
    )
    op.drop_table("turns")
    op.rename_table("new_turns", "turns")
    op.create_index("turns_by_user", "turns", ["user_key", "started_at"])


def _sum_by_the_hour() -> None:
    op.create_table(
        "hours",
        sa.Column("user_key", sa.Integer, sa.ForeignKey("users.key", ondelete="CASCADE"), primary_key=True),
        sa.Column("hour", sa.Integer, primary_key=True),
        sa.Column("turns", sa.Integer, nullable=False),
        sa.Column("felt", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Float, nullable=False) for name in SUMS),
        sqlite_with_rowid=False,
    )
    sums = ", ".join(f"total(affect.{name}) FILTER (WHERE affect.happy IS NOT NULL)" for name in SUMS)
    op.execute(
        f"INSERT INTO hours SELECT user_key, started_at / {HOUR}, count(*), count(affect.happy), {sums} "  # noqa: S608
        "FROM turns LEFT JOIN affect USING (session_key, number) GROUP BY 1, 2"
    )
    # triggers, so that the sums cost a turn no statement of its own, and follow every way in which rows go
    zeros = ", ".join("0.0" for _ in SUMS)
    op.execute(
        "CREATE TRIGGER hours_of_turns AFTER INSERT ON turns BEGIN "  # noqa: S608
        f"INSERT INTO hours VALUES (NEW.user_key, NEW.started_at / {HOUR}, 1, 0, {zeros}) "
        "ON CONFLICT (user_key, hour) DO UPDATE SET turns = turns + 1; END"
    )
    added = ", ".join(f"{name} = {name} + NEW.{name}" for name in SUMS)
    of_turn = "FROM turns WHERE session_key = NEW.session_key AND number = NEW.number"
    op.execute(
        "CREATE TRIGGER hours_of_affect AFTER INSERT ON affect WHEN NEW.happy IS NOT NULL BEGIN "  # noqa: S608
        f"UPDATE hours SET felt = felt + 1, {added} WHERE user_key = (SELECT user_key {of_turn}) "
        f"AND hour = (SELECT started_at / {HOUR} {of_turn}); END"
    )
    there = f"hours.user_key = OLD.user_key AND hours.hour = OLD.started_at / {HOUR}"
    taken = ", ".join(f"{name} = hours.{name} - gone.{name}" for name in SUMS)
    op.execute(
        # before: what was felt goes with the turn
        "CREATE TRIGGER hours_without_turns BEFORE DELETE ON turns BEGIN "  # noqa: S608
        f"UPDATE hours SET felt = felt - 1, {taken} FROM affect AS gone WHERE {there} "
        "AND gone.session_key = OLD.session_key AND gone.number = OLD.number AND gone.happy IS NOT NULL; "
        f"UPDATE hours SET turns = turns - 1 WHERE {there}; "
        f"DELETE FROM hours WHERE {there} AND turns <= 0; END"
    )
