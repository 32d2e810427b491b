"""What rules changed in a turn, how people were read wrong, and which handoffs they were offered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("affect", sa.Column("policy", sa.JSON))
    op.add_column("sessions", sa.Column("offers", sa.JSON))
    op.create_table(
        "corrections",
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column("session_key", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("read", sa.Text),
        sa.Column("emotion", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("shared", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_key", "number"], ["turns.session_key", "turns.number"], name="of_turn", ondelete="CASCADE"
        ),
    )
    op.create_index("corrections_by_session", "corrections", ["session_key"])


def downgrade() -> None:
    op.drop_table("corrections")
    op.drop_column("sessions", "offers")
    op.drop_column("affect", "policy")
