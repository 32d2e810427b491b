"""One SQLite file: connections, transactions, and errors in our words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeAlias, TypeVar

from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from memory.errors import MemoryStoreError
from memory.schema import BUSY_TIMEOUT_MS, INCREMENTAL, prepare, translated

P = ParamSpec("P")
T = TypeVar("T")
_Work: TypeAlias = Callable[Concatenate[AsyncConnection, P], Awaitable[T]]

_BEGIN = "attune_begin"

_PAGES: Final = 100
"""Given back in one transaction: 400 kB."""

_PAUSE: Final = 0.005
"""Seconds between two of these, in which another process can have its turn: SQLite has no queue."""


class Database:
    """Short transactions on one file.

    Readers never wait. Writers of one process queue here, those of several processes in SQLite.
    """

    def __init__(self, path: Path, engine: AsyncEngine) -> None:
        self.path = path
        self._engine = engine
        # SQLite's own queue is a sleep that doubles: fair between processes, slow within one
        self._writing = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()
        self._closed = False

    @classmethod
    async def open(cls, path: Path) -> Database:
        """Make or migrate the file, then connect.

        Raises:
            DatabaseTooNew: a newer version of Attune has written it.
            DatabaseUnusable: it cannot be opened, or is no database of Attune.
        """
        await asyncio.to_thread(prepare, path)
        return cls(path, _engine(path))

    async def close(self) -> None:
        """Close every connection; the last to leave folds the write-ahead log into the file. May be called twice."""
        self._closed = True
        if self._running:
            await asyncio.wait(self._running)
        await self._engine.dispose()

    async def read(self, work: _Work[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do work in a transaction that sees one moment of the database."""
        return await self._to_its_end(
            self._transaction("DEFERRED", lambda connection: work(connection, *args, **kwargs))
        )

    async def write(self, work: _Work[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do work in a transaction that owns the database from its first statement, and is kept whole or not at all."""
        return await self._to_its_end(self._exclusive(lambda connection: work(connection, *args, **kwargs)))

    async def shrink(self) -> None:
        """Give back the room of what was deleted, a little at a time, and wipe it from the write-ahead log.

        A file that was made before it could shrink keeps its size and fills the room again; `compact` changes that.
        """
        more = True
        while more:
            more = await self._to_its_end(self._exclusive(_give_back, mode=None))
            await asyncio.sleep(_PAUSE)
        await self._to_its_end(self._exclusive(_wipe, mode=None))

    async def shrinks(self) -> bool:
        """Whether `shrink` can make the file smaller."""
        return await self.read(_shrinks)

    async def compact(self) -> None:
        """Write the file anew, without gaps, and able to shrink from then on. Nobody can write meanwhile.

        Raises:
            DatabaseUnusable: there is no room for a second copy, or another process keeps the file busy.
        """
        await self._to_its_end(self._exclusive(_rewrite, mode=None))

    async def _exclusive(self, work: Callable[[AsyncConnection], Awaitable[T]], mode: str | None = "IMMEDIATE") -> T:
        async with self._writing:
            return await self._transaction(mode, work)

    async def _transaction(self, mode: str | None, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        if self._closed:
            raise MemoryStoreError(f"the memory in {self.path} is closed; open it again with AffectMemory.open")
        with translated(self.path):
            async with self._engine.execution_options(**{_BEGIN: mode}).begin() as connection:
                return await work(connection)

    async def _to_its_end(self, transaction: Coroutine[Any, Any, T]) -> T:
        """Run a transaction that ends even when whoever waits for it is cancelled.

        Cancelled between two statements, a connection would keep its lock on the database and let nobody else write.
        """
        task = asyncio.create_task(transaction)
        self._running.add(task)
        task.add_done_callback(self._done)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait([task])
            raise

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen, even when nobody waits any more


def _engine(path: Path) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        # the driver's own BEGIN comes too late to number turns under a lock
        connect_args={"isolation_level": None, "timeout": BUSY_TIMEOUT_MS / 1000},
        json_serializer=_compact_json,
    )
    event.listen(engine.sync_engine, "connect", _configure)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _configure(connection: Any, record: object) -> None:  # noqa: ARG001  (called by SQLAlchemy)
    cursor = connection.cursor()
    # with a write-ahead log, NORMAL can lose the last turns to a power cut, and never a whole database
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # what is deleted is overwritten
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    if mode := connection.get_execution_options()[_BEGIN]:
        connection.exec_driver_sql(f"BEGIN {mode}")


async def _shrinks(connection: AsyncConnection) -> bool:
    (mode,) = (await connection.exec_driver_sql("PRAGMA auto_vacuum")).one()
    return bool(mode == INCREMENTAL)


async def _give_back(connection: AsyncConnection) -> bool:
    """Cut some free pages off the end of the file; tells whether there may be more."""
    (pages,) = (await connection.exec_driver_sql("PRAGMA freelist_count")).one()
    if not pages or not await _shrinks(connection):
        return False
    # a cursor would take one step, which is one page; a script runs to its end, in a transaction of its own
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    await driver.executescript(f"PRAGMA incremental_vacuum({_PAGES})")
    return bool(pages > _PAGES)


async def _wipe(connection: AsyncConnection) -> None:
    # a reader in another process would be waited for, and writers with it: the log is folded later then
    await connection.exec_driver_sql("PRAGMA busy_timeout = 50")
    (await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).close()
    await connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


async def _rewrite(connection: AsyncConnection) -> None:
    await connection.exec_driver_sql(f"PRAGMA auto_vacuum = {INCREMENTAL}")
    await connection.exec_driver_sql("VACUUM")
    (await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).close()


def _compact_json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()
