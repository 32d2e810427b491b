"""What Alembic runs for each command: the caller hands in a connection that is inside a transaction already."""

from __future__ import annotations

from alembic import context

from memory.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    # SQLite can roll schema changes back; Alembic assumes that the driver gets in the way
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
