"""Users, sessions, turns, and what was perceived in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A revision is history: it repeats names and types instead of importing them from code that moves on.
EMOTIONS = ("happy", "sad", "angry", "fear", "surprise", "disgust", "neutral")


def upgrade() -> None:
    _people()
    _turns()
    _perceived()


def downgrade() -> None:
    for table in ("observations", "affect", "turns", "sessions", "users"):
        op.drop_table(table)


def _people() -> None:
    op.create_table(
        "users",
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("created_at", sa.Integer, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column("session_id", sa.Text, nullable=False, unique=True),
        sa.Column("user_id", sa.Text, sa.ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
        sa.Column("persona", sa.Text, nullable=False),
        sa.Column("lang", sa.Text),
        sa.Column("deployment_context", sa.Text, nullable=False),
        sa.Column("consent", sa.JSON, nullable=False),
        sa.Column("acknowledged_at", sa.Integer),
        sa.Column("started_at", sa.Integer, nullable=False),
    )
    op.create_index("sessions_by_user", "sessions", ["user_id", "started_at"])
    op.create_index("sessions_by_start", "sessions", ["started_at"])


def _turns() -> None:
    op.create_table(
        "turns",
        sa.Column("session_key", sa.Integer, sa.ForeignKey("sessions.key", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
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


def _perceived() -> None:
    op.create_table(
        "affect",
        sa.Column("session_key", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        *_scores(),
        sa.Column("reliability", sa.Float, nullable=False),
        sa.Column("shares", sa.JSON, nullable=False),
        sa.Column("conflicts", sa.JSON, nullable=False),
        _of_turn(),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "observations",
        sa.Column("session_key", sa.Integer, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("modality", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        *_scores(),
        sa.Column("quality", sa.Float, nullable=False),
        sa.Column("cues", sa.JSON, nullable=False),
        sa.Column("latency_ms", sa.Float, nullable=False),
        sa.Column("captured_at", sa.Integer, nullable=False),
        _of_turn(),
        sqlite_with_rowid=False,
    )


def _scores() -> list[sa.Column[float]]:
    return [sa.Column(emotion, sa.Float) for emotion in EMOTIONS]


def _of_turn() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["session_key", "number"], ["turns.session_key", "turns.number"], name="of_turn", ondelete="CASCADE"
    )
