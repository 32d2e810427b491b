"""Tokens with which clients take up their sessions, as hashes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "resumptions",
        sa.Column("session_key", sa.Integer, sa.ForeignKey("sessions.key", ondelete="CASCADE"), primary_key=True),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("turn_id", sa.Text),
        sa.Column("used_at", sa.Integer, nullable=False),
    )
    op.create_index("resumptions_by_use", "resumptions", ["used_at"])


def downgrade() -> None:
    op.drop_table("resumptions")
