"""The version of a database: read it cheaply, raise it when it is old, refuse it when it is from the future.

To change the schema, add `migrations/versions/revision_NNNN.py` with the next number and set `HEAD`.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError

from memory.errors import DatabaseTooNew, DatabaseUnusable

HEAD: Final = "0004"
"""The newest revision in `migrations/versions/`."""

BUSY_TIMEOUT_MS: Final = 5_000
"""How long one process waits for another to finish writing."""

INCREMENTAL: Final = 2
"""SQLite's number for a file that gives room back when it is asked to."""

MIGRATIONS: Final = Path(__file__).parent / "migrations"

# Alembic keeps the migration under way in module globals
_migrating: Final = threading.Lock()

# The primary code of an SQLite error: what it means, what to do, whether waiting may help
_ADVICE: Final[dict[int, tuple[str, str, bool]]] = {
    sqlite3.SQLITE_NOTADB: ("the file is not an SQLite database", "move it away, or name another", False),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", "restore a backup, or move it away to begin a new one", False),
    sqlite3.SQLITE_READONLY: ("it is read-only", "make the file and its folder writable, or name another", False),
    sqlite3.SQLITE_PERM: ("access is denied", "make the file and its folder writable, or name another", False),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "check that its folder exists and is writable", False),
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space and try again", True),
    sqlite3.SQLITE_IOERR: ("the disk failed to read or write it", "check the disk and its free space", True),
    sqlite3.SQLITE_BUSY: ("another process has it locked", "close that process or try again", True),
    sqlite3.SQLITE_LOCKED: ("another connection has it locked", "try again", True),
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite or the file system complains about into `DatabaseUnusable`."""
    try:
        yield
    except IntegrityError:
        raise  # a broken promise of this package, not of the file
    except (DBAPIError, sqlite3.Error, OSError) as error:
        raise _unusable(path, error) from error


def prepare(path: Path) -> None:
    """Make the database if there is none, and bring its schema up to `HEAD`. Blocks.

    Raises:
        DatabaseTooNew: a newer version of Attune has written it.
        DatabaseUnusable: it cannot be opened, or is no database of Attune.
    """
    with translated(path):
        _create(path)
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)) as connection:
            found = _revision(connection, path)
            if found == HEAD:
                return
            if found is None:
                # only an empty file can be told so: then it shrinks when rows are deleted
                connection.execute(f"PRAGMA auto_vacuum = {INCREMENTAL}")
            _write_ahead(connection)
    _upgrade(path)


def _create(path: Path) -> None:
    # how somebody felt is nobody else's business: only the owner may read it
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        path.touch(mode=0o600)


def _revision(connection: sqlite3.Connection, path: Path) -> str | None:
    """The revision of the database; None when it is empty."""
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "alembic_version" not in names:
        if names:
            raise _foreign(path, f"has the tables {', '.join(sorted(names)[:3])} and no version")
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    found = row[0] if row else ""
    if not (found.isdigit() and len(found) == len(HEAD)):
        raise _foreign(path, f"has the version {found!r}")
    if found > HEAD:
        raise DatabaseTooNew(path, found, HEAD)
    return str(found)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; the file remembers it.

    SQLite calls no busy handler for this change, so that of two processes that begin together one is turned away at
    once and has to wait by itself.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _upgrade(path: Path) -> None:
    """Migrate in one transaction: killed in the middle, it has not happened."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import URL, NullPool, create_engine

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        connect_args={"isolation_level": None, "timeout": BUSY_TIMEOUT_MS / 1000},
    )
    with translated(path), _migrating, engine.connect() as connection:
        # a table that is made anew is dropped first, and must not take along what refers to it
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        # a process that waited here for another finds the work done: Alembic reads the version under the lock
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)
        connection.commit()


def _foreign(path: Path, what: str) -> DatabaseUnusable:
    return DatabaseUnusable(path, f"it is no database of Attune (it {what})", "name another file")


def _unusable(path: Path, error: Exception) -> DatabaseUnusable:
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        known, next_step, retryable = _ADVICE.get(code, (str(cause), "check the file, or name another", False))
        return DatabaseUnusable(path, known, next_step, retryable=retryable)
    reason = getattr(cause, "strerror", None) or str(cause)
    return DatabaseUnusable(path, reason.lower(), "check that its folder exists and is writable, or name another")
